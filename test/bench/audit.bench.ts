/**
 * What a row of the audit costs its caller: one write to a file on this machine's disk, no wait for the disk. Beside it a
 * bare `writeSync` of the same bytes, which no log can be faster than; and what reading costs, beside the keeper or in it.
 */
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AuditEntry, createAudit } from '../../helper/journal/audit.ts';
import { readAudit } from '../../helper/journal/audit-read.ts';
import { logStart } from '../../helper/protocol/values.ts';
import { printRow } from './row.ts';

const rows = 100_000;
/** Before an act: the row that stands between a decision and its signal. */
const intent = (number: number): AuditEntry => ({
  kind: 'intent',
  wallMs: 1_763_820_000_000 + number,
  instance: '0123456789abcdef0123456789abcdef',
  plan: number,
  verb: 'freeze',
  target: 'node (pid 45013)',
  pids: [45_013],
  by: 'automatic',
});

const directory = mkdtempSync(join(tmpdir(), 'castellan-bench-'));
process.once('exit', () => rmSync(directory, { recursive: true, force: true }));

const quantile = (sorted: Float64Array, share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;

/** Microseconds, to a tenth. */
const timed = (act: (number: number) => void): Float64Array => {
  const times = new Float64Array(rows);
  for (let number = 0; number < rows; number++) {
    const fromMs = performance.now();
    act(number);
    times[number] = (performance.now() - fromMs) * 1_000;
  }
  return times.sort();
};

const report = (figure: string, times: Float64Array, peer?: string): void => {
  const of = peer === undefined ? {} : { peer };
  const tenth = (value: number): number => Math.round(value * 10) / 10;
  printRow({ name: 'audit', figure: `${figure}, median`, value: tenth(quantile(times, 0.5)), unit: 'µs', ...of });
  const p99 = quantile(times, 0.99);
  const goal = peer === undefined ? { goal: '≤ 50', met: p99 <= 50 } : {};
  printRow({ name: 'audit', figure: `${figure}, p99`, value: tenth(p99), unit: 'µs', ...goal, ...of });
};

const audit = createAudit({ directory });
for (let number = 0; number < 1_000; number++) audit.append(intent(number));
report(
  'append of a row',
  timed((number) => {
    if (!audit.append(intent(number)).ok) throw new Error('not taken');
  }),
);
audit.close();

const fd = openSync(join(directory, 'bare'), 'a');
report(
  'the same bytes',
  timed((number) => void writeSync(fd, `${JSON.stringify(intent(number))}\n`)),
  'writeSync',
);
closeSync(fd);

/** Median of five: the first one compiles. */
const passedMs = async (act: () => Promise<unknown>): Promise<number> => {
  const times: number[] = [];
  for (let round = 0; round < 5; round++) {
    const fromMs = performance.now();
    await act();
    times.push(performance.now() - fromMs);
  }
  return Math.round((times.sort((a, b) => a - b)[2] ?? Number.NaN) * 10) / 10;
};

printRow({
  name: 'audit',
  figure: 'the last 500 rows',
  value: await passedMs(() => readAudit({ directory, limit: 500 })),
  unit: 'ms',
});
printRow({
  name: 'audit',
  figure: `a kind that is not there, ${rows.toLocaleString('en')} rows looked through`,
  value: await passedMs(() => readAudit({ directory, after: logStart, kinds: ['receipt'], limit: 500 })),
  unit: 'ms',
});
