import { release } from 'node:os';
import { libc, nativeBuffer } from './libc.ts';
import { readText } from './proc-io.ts';

/** What does not change until the next boot, and what this account may do. */
export interface StartFacts {
  readonly totalBytes: number;
  readonly pageBytes: number;
  readonly bootId: string;
  readonly os: string;
  readonly isRoot: boolean;
  /** CAP_SYS_RESOURCE: protection may be raised above the default. */
  readonly mayRaise: boolean;
}

/** include/uapi/linux/capability.h */
const CAP_SYS_RESOURCE = 24n;

const unquote = (text: string): string => text.replace(/^(["'])(.*)\1$/, '$2');

export const readStartFacts = (procRoot: string, osReleasePath: string): StartFacts => {
  const buffer = nativeBuffer(65_536);
  const text = (path: string): string => readText(path, buffer) ?? '';
  const kb = /^MemTotal:\s+(\d+) kB/m.exec(text(`${procRoot}/meminfo`))?.[1];
  // A boot id there always is on Linux 2.4 and later; the boot time is as good where /proc/sys is hidden.
  const bootId =
    text(`${procRoot}/sys/kernel/random/boot_id`).trim() ||
    `booted-${/^btime (\d+)/m.exec(text(`${procRoot}/stat`))?.[1] ?? 'unknown'}`;
  const pretty = /^PRETTY_NAME=(.+)$/m.exec(text(osReleasePath))?.[1];
  const effective = /^CapEff:\s+([0-9a-f]+)/m.exec(text(`${procRoot}/self/status`))?.[1];
  return {
    totalBytes: kb === undefined ? 0 : Number(kb) * 1024,
    pageBytes: libc.getpagesize(),
    bootId,
    os: `${pretty === undefined ? 'Linux' : unquote(pretty.trim())}, Linux ${release()}`,
    isRoot: process.geteuid?.() === 0,
    mayRaise: effective !== undefined && ((BigInt(`0x${effective}`) >> CAP_SYS_RESOURCE) & 1n) === 1n,
  };
};

/** Sentences for `castellan doctor`. */
export const missingHere = (
  facts: StartFacts,
  found: { readonly events: string | null; readonly peer: string | null; readonly traffic: string | null },
): readonly string[] => {
  const missing: string[] = [];
  if (!facts.isRoot)
    missing.push(
      'Not root: other accounts’ processes are measured without the memfds they hold, and cannot be signalled or banded.',
    );
  if (!facts.mayRaise)
    missing.push(
      'No CAP_SYS_RESOURCE: no process can be protected more than the default; bands are kept in order from CRITICAL 0 to IDLE +900.',
    );
  if (found.events !== null) missing.push(found.events);
  if (found.peer !== null)
    missing.push(`The kernel does not tell who connects, so no client can be admitted: ${found.peer}.`);
  if (found.traffic !== null) missing.push(found.traffic);
  return missing;
};
