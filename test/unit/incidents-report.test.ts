import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { readReport } from '../../helper/incidents/reports/read-report.ts';
import type { Verdict } from '../../helper/incidents/reports/verdict.ts';

const GB = 2 ** 30;
const MB = 2 ** 20;

const fixture = (name: string): string =>
  readFileSync(new URL(`../fixtures/incidents/${name}`, import.meta.url), 'utf8');

const verdictOf = (text: string): Verdict => {
  const read = readReport(text);
  assert.ok(read.ok, read.ok ? '' : read.failure.detail);
  return read.verdict;
};

const refusalOf = (text: string): string => {
  const read = readReport(text);
  assert.ok(!read.ok);
  assert.equal(read.failure.code, 'report_invalid');
  return read.failure.detail;
};

const jetsam = (body: object, header: object = { bug_type: '298' }): string =>
  `${JSON.stringify(header)}\n${JSON.stringify(body)}`;
const status = { pageSize: 16384 };

const panicText = (panicString: string, header: object = { bug_type: '210' }): string =>
  `${JSON.stringify(header)}\n${JSON.stringify({ panicString })}`;

describe('a JetsamEvent', () => {
  const verdict = verdictOf(fixture('JetsamEvent-2026-04-20-001132.ips'));

  test('names as victim who was ended, and not who was largest', () => {
    assert.equal(verdict.kind, 'jetsam');
    assert.deepEqual([verdict.victim?.pid, verdict.victim?.name], [78, 'photoanalysisd']);
    assert.deepEqual(verdict.reason, { kind: 'killed', code: 'vm-compressor-space-shortage' });
    assert.deepEqual([verdict.largest?.pid, verdict.largest?.reason], [9221, null]);
    assert.equal(
      verdict.sentence,
      'macOS ended 3 processes, the largest of them photoanalysisd (pid 78, 310 MB), because the compressor had no room left; the largest was sanctum-mlx with 64.3 GB, which was not ended.',
    );
    assert.deepEqual(verdict.ended, [
      { code: 'vm-compressor-space-shortage', count: 2 },
      { code: 'idle-exit', count: 1 },
    ]);
  });

  test('has sizes in bytes: pages of the size that stands inside memoryStatus', () => {
    assert.equal(verdict.largest?.bytes, 65_813 * MB);
    assert.equal(verdict.largest?.measure, 'footprint');
    assert.equal(verdict.largest?.compressedBytes, 30 * GB);
    assert.equal(verdict.memory?.wiredBytes, 19 * GB);
    assert.ok(Math.abs((verdict.compressor?.sizeBytes ?? 0) - 21.4 * GB) < MB);
    assert.equal(verdict.processCount, 11);
  });

  test('tells when, on which system, and that memory was short', () => {
    assert.equal(verdict.at, Date.UTC(2026, 3, 20, 4, 11, 32, 710));
    assert.equal(verdict.atIs, 'event');
    assert.equal(verdict.os, 'macOS 26.4 (25E246)');
    assert.equal(verdict.isComplete, true);
    assert.equal(verdict.shortOfMemory, true);
    assert.match(verdict.helped.join(' '), /sanctum-mlx held 64\.3 GB: as a seat with a declared peak/);
  });

  test('names a swarm of small processes as holder of the memory', () => {
    const swarm = verdictOf(fixture('JetsamEvent-2026-08-24-195524.ips'));
    assert.deepEqual([swarm.largest?.name, swarm.victim?.name], ['Google Chrome', 'node']);
    assert.deepEqual([swarm.largestGroup?.name, swarm.largestGroup?.count], ['node', 60]);
    assert.match(swarm.sentence, /ended 46 processes, .*; 60 processes named node held 19\.3 GB together\.$/);
    assert.match(swarm.helped.join(' '), /with a group/);
  });

  test('reads figures that are written as strings, and does without keys that are missing', () => {
    const limited = verdictOf(fixture('JetsamEvent-2026-05-02-101500.ips'));
    assert.deepEqual([limited.victim?.pid, limited.victim?.bytes], [4624, 7680 * 16384]);
    assert.equal(limited.compressor?.sizeBytes, 1000 * 16384);
    assert.equal(limited.memory?.totalBytes, null);
    assert.equal(limited.shortOfMemory, false);
    assert.match(limited.sentence, /for more memory than its own limit allows/);
    assert.match(limited.helped.join(' '), /^More free memory would not have/);
  });

  test('of idle processes alone is no shortage', () => {
    const idle = verdictOf(fixture('JetsamEvent-2026-05-03-030000.ips'));
    assert.equal(idle.shortOfMemory, false);
    assert.match(idle.sentence, /for having been idle for long/);
    assert.match(idle.helped.join(' '), /^Nothing: /);
  });

  test('prefers as victim any that was not idle, however small', () => {
    const { victim } = verdictOf(
      jetsam({
        memoryStatus: status,
        processes: [
          { name: 'idler', pid: 1, rpages: 9000, reason: 'idle-exit' },
          { name: 'worker', pid: 2, rpages: 10, reason: 'highwater' },
        ],
      }),
    );
    assert.equal(victim?.name, 'worker');
  });

  test('takes who has only killDelta for ended, and says that no reason is given', () => {
    const { victim, sentence } = verdictOf(
      jetsam({ memoryStatus: status, processes: [{ name: 'a', pid: 1, rpages: 64, killDelta: 0 }] }),
    );
    assert.equal(victim?.reason, 'unknown');
    assert.equal(sentence, 'macOS ended a (pid 1, 1 MB) without saying why.');
  });

  test('shows a reason it does not know by its own word', () => {
    const { sentence, shortOfMemory } = verdictOf(
      jetsam({ memoryStatus: status, processes: [{ name: 'a', pid: 1, rpages: 64, reason: 'new-thing' }] }),
    );
    assert.equal(sentence, 'macOS ended a (pid 1, 1 MB) for a reason it calls "new-thing".');
    assert.equal(shortOfMemory, null);
  });

  test('without anybody ended says so', () => {
    const verdict = verdictOf(jetsam({ memoryStatus: status, processes: [{ name: 'a', pid: 1, rpages: 64 }] }));
    assert.deepEqual(verdict.reason, { kind: 'none_named' });
    assert.equal(verdict.victim, null);
    assert.match(verdict.sentence, /ended nobody; the largest was a with 1 MB, which was not ended\.$/);
  });

  test('knows the key of the reason not to freeze with its colon, and without', () => {
    for (const key of ['freeze_skip_reason:', 'freeze_skip_reason']) {
      const { top } = verdictOf(
        jetsam({ memoryStatus: status, processes: [{ name: 'a', pid: 1, rpages: 1, [key]: 'out-of-slots' }] }),
      );
      assert.equal(top[0]?.freezeSkipReason, 'out-of-slots');
    }
  });

  test('takes the size of a page from the kernel where it is missing, and no size from nowhere', () => {
    const processes = [{ name: 'a', pid: 1, rpages: 100 }];
    const of = (kernel: string) => verdictOf(jetsam({ kernel, memoryStatus: {}, processes })).top[0]?.bytes;
    assert.equal(of('root:xnu-1~1/RELEASE_ARM64_T6000'), 100 * 16384);
    assert.equal(of('root:xnu-1~1/RELEASE_X86_64'), 100 * 4096);
    assert.equal(of('something else'), null);
    const odd = jetsam({ memoryStatus: { pageSize: 7 }, processes });
    assert.equal(verdictOf(odd).top[0]?.bytes, null);
  });

  test('believes no figure that cannot be', () => {
    for (const rpages of [-1, 1e300, Number.MAX_SAFE_INTEGER, '1e9', '-4', 'many', null, {}, [5], true, 1.5]) {
      const { top } = verdictOf(jetsam({ memoryStatus: status, processes: [{ name: 'a', pid: 1, rpages }] }));
      assert.equal(top[0]?.bytes, null, JSON.stringify(rpages));
    }
  });

  test('keeps the twenty largest, and counts the rest', () => {
    const processes = Array.from({ length: 300 }, (_, at) => ({ name: `p${at}`, pid: at, rpages: at * 100 }));
    const { top, processCount } = verdictOf(jetsam({ memoryStatus: status, processes }));
    assert.equal(processCount, 300);
    assert.deepEqual([top.length, top[0]?.name, top[19]?.name], [20, 'p299', 'p280']);
  });
});

describe('a panic', () => {
  const full = verdictOf(fixture('panic-full-2026-04-20-001408.0002.panic'));

  test('of the watchdog names the segments before the pages', () => {
    assert.equal(full.kind, 'panic');
    assert.deepEqual(full.reason, { kind: 'watchdog', seconds: 90 });
    assert.deepEqual(full.compressor?.segments, { percent: 100, isBad: true });
    assert.deepEqual(full.compressor?.pages, { percent: 37, isBad: false });
    assert.deepEqual(full.swap, { files: 69, isLow: false });
    assert.equal(full.shortOfMemory, true);
    assert.equal(
      full.sentence,
      "The kernel gave up because watchdogd had not answered for 90 seconds, with 100 % of the compressor's segments and 37 % of its pages in use, 69 swap files.",
    );
    assert.match(full.helped.join(' '), /ran out of segments, not of pages/);
  });

  test('happened when the kernel says, which is before its report was written', () => {
    assert.equal(full.at, Date.UTC(2026, 3, 20, 3, 58, 12, 90));
    assert.equal(full.atIs, 'event');
    assert.equal(full.bootedAt, Date.UTC(2026, 3, 18, 9, 0, 0, 545));
    const later = verdictOf(fixture('panic-base+socd-2026-08-24-200410.000.panic'));
    assert.deepEqual([later.at, later.atIs], [Date.UTC(2026, 7, 25, 3, 4, 10), 'written']);
  });

  test('lists what was resident, and does not take it for the footprint', () => {
    assert.deepEqual([full.processCount, full.largest?.name, full.largest?.measure], [5, 'kernel_task', 'resident']);
    assert.equal(full.victim, null);
    assert.ok(!full.sentence.includes('kernel_task'));
  });

  test('of the kind without a table of processes says that there is none', () => {
    const base = verdictOf(fixture('panic-base+socd-2026-08-24-200410.000.panic'));
    assert.equal(base.processCount, null);
    assert.equal(base.largest, null);
    assert.deepEqual(base.reason, { kind: 'watchdog', seconds: 182 });
    assert.equal(base.swap?.isLow, true);
    assert.equal(base.isComplete, true);
  });

  test('of the watchdog has any number of seconds', () => {
    for (const seconds of [90, 91, 93, 94, 182, 3600]) {
      const text = `panic(cpu 1 caller 0xfffffe00): watchdog timeout: no checkins from watchdogd in ${seconds} seconds (3 total)`;
      assert.deepEqual(verdictOf(panicText(text)).reason, { kind: 'watchdog', seconds });
    }
    assert.deepEqual(verdictOf(panicText('watchdog timeout: no checkins from watchdogd')).reason, {
      kind: 'watchdog',
      seconds: null,
    });
  });

  test('for a service that did not answer is another thing', () => {
    const cases: readonly (readonly [string, string, number | null])[] = [
      ['userspace watchdog timeout: no successful checkins from configd in 182 seconds', 'configd', 182],
      [
        'userspace watchdog timeout: no successful checkins from WindowServer (2 induced crashes) in 120 seconds',
        'WindowServer',
        120,
      ],
      [
        'userspace watchdog timeout: no successful checkins from com.apple.WindowServer since load\nservice: com.apple.WindowServer, no successful checkins since load (120 seconds ago)',
        'com.apple.WindowServer',
        120,
      ],
      ['userspace watchdog timeout: no successful checkins from logd', 'logd', null],
    ];
    for (const [text, service, seconds] of cases)
      assert.deepEqual(verdictOf(panicText(`panic(cpu 0 caller 0xfffffe00): ${text}`)).reason, {
        kind: 'userspace_watchdog',
        service,
        seconds,
      });
    const healthy = verdictOf(fixture('panic-full-2026-10-01-120000.0002.ips'));
    assert.equal(healthy.shortOfMemory, false);
    assert.match(healthy.helped.join(' '), /^Memory was not short\. Look for what kept WindowServer from answering/);
  });

  test('of another kind is told in the words of the kernel', () => {
    const gpu = verdictOf(fixture('panic-full-2026-10-02-120000.0002.panic'));
    assert.deepEqual(gpu.reason, {
      kind: 'other_panic',
      text: '"completeMemory() prepare count underflow" @IOGPUMemory.cpp:492',
      task: 'Python',
    });
    assert.match(gpu.helped.join(' '), /GPU's driver/);
  });

  test('reads the line of the compressor in the forms there are', () => {
    const of = (line: string): Verdict => verdictOf(panicText(`panic(cpu 0): x\n${line}\n`));
    const old = of('Compressor Info: 99% of compressed pages limit (BAD) with 12 swapfiles and LOW swap space');
    assert.deepEqual(old.compressor?.pages, { percent: 99, isBad: true });
    assert.deepEqual([old.compressor?.segments, old.swap?.files, old.swap?.isLow], [null, 12, true]);
    assert.match(old.sentence, /with 99 % of the compressor's pages in use, 12 swap files, swap space low\.$/);
    assert.equal(of('Compressor Info: 41% of compressed pages limit (OK)').shortOfMemory, false);
    assert.equal(of('Compressor Info: -1% of compressed pages limit (OK)').compressor, null);
    assert.equal(of('').shortOfMemory, null);
  });

  test('near its limits does not say that there was room', () => {
    const near = (pages: number, segments: number, files: number): boolean | null =>
      verdictOf(
        panicText(
          `panic(cpu 0): x\nCompressor Info: ${pages}% of compressed pages limit (OK) and ${segments}% of segments limit (OK) with ${files} swapfiles and OK swap space`,
        ),
      ).shortOfMemory;
    assert.equal(near(31, 97, 3), null);
    assert.equal(near(31, 50, 42), null);
    assert.equal(near(31, 50, 3), false);
  });
});

describe('what is no whole report', () => {
  test('one that is cut off is read as far as it goes', () => {
    const text = fixture('JetsamEvent-2026-04-20-001132.ips');
    const cut = verdictOf(text.slice(0, text.indexOf('"talagentd"')));
    assert.equal(cut.isComplete, false);
    assert.equal(cut.largest?.name, 'sanctum-mlx');
    assert.equal(cut.processCount, 4);
  });

  test('one that ends within the words of the kernel still has those that are there', () => {
    const text = fixture('panic-full-2026-04-20-001408.0002.panic');
    const cut = verdictOf(text.slice(0, text.indexOf('Panicked task')));
    assert.equal(cut.isComplete, false);
    assert.deepEqual(cut.reason, { kind: 'watchdog', seconds: 90 });
    assert.deepEqual(cut.compressor?.segments, { percent: 100, isBad: true });
  });

  test('half a line of the compressor does not say that there was room', () => {
    const text = fixture('panic-full-2026-04-20-001408.0002.panic');
    const cut = verdictOf(text.slice(0, text.indexOf(' and 100%')));
    assert.deepEqual([cut.reason.kind, cut.compressor, cut.shortOfMemory], ['watchdog', null, null]);
  });

  test('half a name or half a figure is none', () => {
    const text = fixture('JetsamEvent-2026-05-02-101500.ips');
    for (const [end, top] of [
      ['"46', null],
      ['"Photos', 4624],
    ] as const) {
      const cut = verdictOf(text.slice(0, text.indexOf(end) + end.length));
      assert.equal(cut.top[0]?.pid, top);
      assert.equal(cut.top[0]?.name, '?');
    }
  });

  test('of a header alone the kind and the time are known', () => {
    const [header = ''] = fixture('panic-full-2026-04-20-001408.0002.panic').split('\n');
    const { at, atIs, reason, isComplete } = verdictOf(`${header}\n`);
    assert.deepEqual(
      [at, atIs, reason.kind, isComplete],
      [Date.UTC(2026, 3, 20, 4, 14, 8), 'written', 'unknown', false],
    );
    const [other = ''] = fixture('JetsamEvent-2026-04-20-001132.ips').split('\n');
    assert.match(verdictOf(other).sentence, /the report ends before it says which/);
  });

  test('a body without its header is known by what is in it', () => {
    const body = (name: string): string => fixture(name).split('\n').slice(1).join('\n');
    assert.equal(verdictOf(body('JetsamEvent-2026-04-20-001132.ips')).victim?.name, 'photoanalysisd');
    assert.equal(verdictOf(body('panic-base+socd-2026-08-24-200410.000.panic')).reason.kind, 'watchdog');
  });

  test('words of the kernel without JSON around them are read as they are', () => {
    const text = `panic(cpu 2 caller 0xffffff80191a191a): watchdog timeout: no checkins from watchdogd in 90 seconds (48 total)\n`;
    assert.deepEqual(verdictOf(text).reason, { kind: 'watchdog', seconds: 90 });
    assert.deepEqual(verdictOf(`{"bug_type":"210"}\n${text}`).reason, { kind: 'watchdog', seconds: 90 });
  });

  test('a byte order mark, line ends of Windows and NULs at the end do no harm', () => {
    const text = fixture('JetsamEvent-2026-05-02-101500.ips');
    const odd = verdictOf(`\ufeff${text.replaceAll('\n', '\r\n')}${'\0'.repeat(4096)}`);
    assert.deepEqual(odd, verdictOf(text));
  });

  test('bug_type may be a number', () => {
    assert.equal(verdictOf(jetsam({ processes: [] }, { bug_type: 298 })).kind, 'jetsam');
  });

  test('is refused with what is wrong', () => {
    assert.equal(refusalOf(''), 'it is not JSON');
    assert.equal(refusalOf('hello'), 'it is not JSON');
    assert.equal(refusalOf('{"a":1}'), 'it has no bug_type, no processes and no panicString');
    assert.equal(refusalOf('{"bug_type":"309"}\n{"exception":{}}'), 'it is a report of another kind (type 309)');
    assert.equal(refusalOf(`{"a":${'['.repeat(100_000)}`), 'it is not JSON');
    assert.equal(refusalOf(' '.repeat(16 * 2 ** 20 + 1)), 'it is larger than 16 MB');
  });

  test('what every object has by birth is no key of a report', () => {
    const text =
      '{"bug_type":"298"}\n{"__proto__":{"processes":[{"name":"x","rpages":1,"reason":"y"}]},"constructor":1}';
    const { victim, processCount } = verdictOf(text);
    assert.deepEqual([victim, processCount], [null, null]);
    assert.equal(({} as { processes?: unknown }).processes, undefined);
  });

  test('times are read with their zone, and none is made up', () => {
    const at = (timestamp: unknown) => verdictOf(panicText('x', { bug_type: '210', timestamp })).at;
    assert.equal(at('2026-04-20 00:11:32.00 -0400'), Date.UTC(2026, 3, 20, 4, 11, 32));
    assert.equal(at('2026-04-20T00:11:32Z'), Date.UTC(2026, 3, 20, 0, 11, 32));
    assert.equal(at('2026-04-20 00:11:32 +05:30'), Date.UTC(2026, 3, 19, 18, 41, 32));
    assert.equal(at('2026-04-20 00:11:32'), new Date(2026, 3, 20, 0, 11, 32).getTime());
    for (const wrong of ['yesterday', '', 12, null, '0001-01-01 00:00:00 +0000']) assert.equal(at(wrong), null);
  });
});
