import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { verdictSchema } from '../../helper/cli/incidents/output.ts';
import { maxReportBytes, type ReadReport, readReport } from '../../helper/incidents/reports/read-report.ts';

const given = Number(process.env.CASTELLAN_SEED);
const seeded = Number.isInteger(given) ? { seed: given } : {};

const folder = new URL('../fixtures/incidents/', import.meta.url);
const reports = readdirSync(folder)
  .filter((name) => name !== 'README.md')
  .map((name) => readFileSync(new URL(name, folder), 'utf8'));

/** Whatever it is: a verdict of the published form with a sentence in it, or a refusal that says why. */
const checkRead = (read: ReadReport): void => {
  if (!read.ok) {
    assert.ok(read.failure.detail !== '' && read.failure.code === 'report_invalid');
    return;
  }
  const { verdict } = read;
  const parsed = verdictSchema.safeParse(verdict);
  assert.ok(parsed.success, parsed.success ? '' : parsed.error.message);
  assert.match(verdict.sentence, /\.$/);
  assert.ok(verdict.sentence.length < 1000, verdict.sentence);
  for (const each of verdict.helped) assert.match(each, /\.$/);
  for (const { bytes } of verdict.top) assert.ok(bytes === null || (bytes >= 0 && Number.isSafeInteger(bytes)));
  assert.ok(verdict.victim === null || verdict.victim.reason !== null);
  assert.ok(verdict.top.length <= 20);
};

/** CPU time of this process rather than the clock: other work on the machine must not count. */
const cpuMs = (work: () => void): number => {
  const from = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(from);
  return (user + system) / 1000;
};

/** A value of JSON under a key that the readers know, of the right kind and of any other. */
const known = [
  'bug_type',
  'timestamp',
  'date',
  'os_version',
  'build',
  'kernel',
  'memoryStatus',
  'pageSize',
  'memoryPages',
  'compressorSize',
  'free',
  'wired',
  'processes',
  'processByPid',
  'name',
  'procname',
  'pid',
  'rpages',
  'residentMemoryBytes',
  'reason',
  'killDelta',
  'physicalPages',
  'internal',
  'states',
  'panicString',
  '__proto__',
];
const leaf = fc.oneof(
  fc.constantFrom(298, '298', 210, '210', 16384, '16384', 'vm-compressor-space-shortage', 'idle-exit', 'kernel_task'),
  fc.constantFrom(
    'panic(cpu 1): watchdog timeout: no checkins from watchdogd in 91 seconds',
    'userspace watchdog timeout: no successful checkins from a in 5 seconds',
    'Compressor Info: 3% of compressed pages limit (OK) and 100% of segments limit (BAD) with 9 swapfiles and LOW swap space',
  ),
  fc.jsonValue({ maxDepth: 1 }),
  fc.string({ unit: 'binary', maxLength: 40 }),
);
const { document } = fc.letrec<{ document: unknown }>((tie) => ({
  document: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    leaf,
    fc.array(tie('document'), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom(...known), tie('document'), { maxKeys: 8 }),
  ),
}));

describe('a report of macOS', () => {
  test('made of any bytes is read or refused, and nothing throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 4096 }), (bytes) => {
        checkRead(readReport(Buffer.from(bytes).toString('utf8')));
        checkRead(readReport(`{"bug_type":"210"}\n${Buffer.from(bytes).toString('latin1')}`));
      }),
      { numRuns: 500, ...seeded },
    );
  });

  test('with anything under the keys it should have gives a verdict of the published form', () => {
    fc.assert(
      fc.property(fc.constantFrom('298', '210', 298), document, document, (type, header, body) => {
        const first = JSON.stringify({ bug_type: type, header });
        checkRead(readReport(`${first}\n${JSON.stringify(body)}`));
        checkRead(readReport(`${JSON.stringify(header)}\n${JSON.stringify(body)}`));
      }),
      { numRuns: 1500, ...seeded },
    );
  });

  test('cut off anywhere still has its kind, and no process that is not in the whole one', () => {
    fc.assert(
      fc.property(fc.constantFrom(...reports), fc.double({ min: 0, max: 1, noNaN: true }), (text, share) => {
        const whole = readReport(text);
        const header = text.indexOf('\n');
        const cut = readReport(text.slice(0, header + Math.floor(share * (text.length - header))));
        checkRead(cut);
        assert.ok(whole.ok && cut.ok);
        assert.equal(cut.verdict.kind, whole.verdict.kind);
        assert.ok((cut.verdict.processCount ?? 0) <= (whole.verdict.processCount ?? 0));
        const pids = new Set(whole.verdict.top.map(({ pid }) => pid));
        if (whole.verdict.processCount === whole.verdict.top.length)
          for (const { pid } of cut.verdict.top) assert.ok(pid === null || pids.has(pid), String(pid));
      }),
      { numRuns: 400, ...seeded },
    );
  });

  test('with some characters changed is read or refused', () => {
    const change = fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), by: fc.string({ maxLength: 3 }) });
    fc.assert(
      fc.property(fc.constantFrom(...reports), fc.array(change, { minLength: 1, maxLength: 5 }), (text, changes) => {
        let changed = text;
        for (const { at, by } of changes) {
          const from = Math.floor(at * changed.length);
          changed = changed.slice(0, from) + by + changed.slice(from + by.length);
        }
        checkRead(readReport(changed));
      }),
      { numRuns: 400, ...seeded },
    );
  });
});

describe('the largest file that is read', () => {
  /** Linear work takes a second or two at most; what is not linear takes hours. */
  const limitMs = 30_000;
  const fill = (unit: string, bytes = maxReportBytes - 4096): string => unit.repeat(Math.floor(bytes / unit.length));

  const panic = (words: string): string => `{"bug_type":"210"}\n{"panicString":"${words}"}`;
  const cases: readonly (readonly [string, () => string])[] = [
    ['brackets', () => fill('[')],
    ['objects one in the other', () => fill('{"a":')],
    ['blanks', () => fill(' ')],
    ['NULs', () => fill('\0')],
    ['quotation marks', () => `{"bug_type":"298"}\n{${fill('"')}`],
    ['backslashes', () => `{"bug_type":"298"}\n{"a":"${fill('\\')}`],
    ['half an escape', () => `{"bug_type":"210"}\n{"panicString":"${fill('\\u00')}`],
    ['commas', () => `{"bug_type":"298"}\n{"processes":[${fill(',')}`],
    ['numbers', () => `{"bug_type":"298"}\n{"processes":[${fill('1,')}1]}`],
    ['empty processes', () => `{"bug_type":"298"}\n{"processes":[${fill('{},', 4 * 2 ** 20)}{}]}`],
    ['one long name', () => `{"bug_type":"298"}\n{"processes":[{"name":"${fill('a')}","reason":"x"}]}`],
    ['one long number', () => `{"bug_type":"298"}\n{"processes":[{"rpages":${fill('9')}}]}`],
    ['processors that panic', () => panic(fill('panic(cpu 1 caller 0x1): '))],
    ['watchdogs', () => panic(fill('userspace watchdog timeout: no successful checkins from '))],
    ['compressors', () => panic(fill('Compressor Info: 99% of compressed pages limit (OK) and '))],
    ['tasks', () => panic(fill('Panicked task 0x1: '))],
    ['calendars', () => panic(fill('Calendar        : 0x'))],
    ['panics without JSON', () => fill('panic(cpu 1')],
    ['headers', () => fill('{"bug_type":"210"}\n')],
  ];
  for (const [name, make] of cases)
    test(`of ${name} takes linear time`, () => {
      const text = make();
      assert.ok(text.length <= maxReportBytes);
      const took = cpuMs(() => checkRead(readReport(text)));
      assert.ok(took < limitMs, `${took} ms`);
    });
});
