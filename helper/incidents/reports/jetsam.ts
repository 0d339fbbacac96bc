import { type Fields, field, textOf, timeOf } from './fields.ts';
import { memoryOf, pageBytesOf } from './memory-status.ts';
import { jetsamProcesses, rank, unnamedReason, victimsOf } from './processes.ts';
import type { ReportFacts } from './verdict.ts';

/** A JetsamEvent: what ran, how large it was, and whom macOS ended. Its `largestProcess` is not who was ended. */
export const readJetsam = (header: Fields | null, body: Fields, wasWhole: boolean): ReportFacts => {
  const list = jetsamProcesses(body, pageBytesOf(body));
  const { victim, ended } = victimsOf(list.all);
  const hasList = Array.isArray(field(body, 'processes'));
  return {
    kind: 'jetsam',
    at: timeOf(field(body, 'date')) ?? timeOf(field(header, 'timestamp')),
    atIs: 'event',
    bootedAt: null,
    os: textOf(field(header, 'os_version')) ?? textOf(field(body, 'build')),
    isComplete: wasWhole && hasList && list.isComplete,
    reason:
      victim === null
        ? { kind: hasList ? 'none_named' : 'unknown' }
        : { kind: 'killed', code: victim.reason ?? unnamedReason },
    victim,
    ended,
    ...rank(list.all),
    processCount: hasList ? list.all.length : null,
    swap: null,
    ...memoryOf(body),
  };
};
