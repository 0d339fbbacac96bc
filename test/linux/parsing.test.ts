import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { kernelLevelOf, parsePressure } from '../../helper/host/linux/pressure-level.ts';
import { emptyStatLine, parseStatLine } from '../../helper/host/linux/stat-line.ts';
import { emptyStatusFile, parseStatusFile } from '../../helper/host/linux/status-file.ts';
import { cleanCommand, cleanName } from '../../helper/host/text.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

const count = fc.nat({ max: 2 ** 30 });

describe('a line of /proc/PID/stat', () => {
  test('gives the fields whatever bytes the name has', () => {
    const name = fc.uint8Array({ maxLength: 15 }).map((raw) => raw.map((byte) => (byte === 0 ? 1 : byte)));
    fc.assert(
      fc.property(name, fc.tuple(count, count, count, count, count), (comm, [ppid, faults, cpu, start, rss]) => {
        const after = `) T ${ppid} 1 1 34816 -1 4194304 ${faults} 7 3 9 ${cpu} 2 0 0 20 0 5 0 ${start} 99999 ${rss} 18446744073709551615 1\n`;
        const line = Uint8Array.from([...bytes('4321 ('), ...comm, ...bytes(after)]);
        const out = emptyStatLine();
        assert.ok(parseStatLine(line, line.length, out));
        assert.deepEqual(
          { ...out, nameHash: 0 },
          {
            state: 'T'.charCodeAt(0),
            ppid,
            processGroup: 1,
            kernelThread: false,
            minorFaults: faults,
            majorFaults: 3,
            cpuTicks: cpu + 2,
            startTicks: start,
            rssPages: rss,
            nameFrom: 6,
            nameTo: 6 + comm.length,
            nameHash: 0,
          },
        );
      }),
    );
  });

  test('cut short, or garbage, is refused and never throws', () => {
    const line = bytes('1 (a) S 0 1 1 0 -1 4194560 1 1 1 1 1 1 1 1 20 0 1 0 5 1000 10 1');
    for (let length = 0; length < line.length - 2; length += 1)
      assert.equal(parseStatLine(line, length, emptyStatLine()), false, `${length} bytes`);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (garbage) => {
        parseStatLine(garbage, garbage.length, emptyStatLine());
      }),
    );
  });

  test('letters, signs and endless digits where a count belongs are refused', () => {
    const line = (rss: string): Uint8Array =>
      bytes(`1 (a) S 0 1 1 0 -1 4194560 1 1 1 1 1 1 1 1 20 0 1 0 5 1000 ${rss} 1`);
    const parses = (rss: string): boolean => parseStatLine(line(rss), line(rss).length, emptyStatLine());
    assert.ok(parses('10'));
    assert.ok(!parses('-10'));
    assert.ok(!parses('99999999999999999999999'));
  });
});

describe('/proc/PID/status', () => {
  test('gives sizes in bytes by their names, in any order of other lines', () => {
    const text =
      'Name:\tRssAnon: 99 kB\\nx\nUid:\t501\t0\t0\t0\nVmPeak:\t 9 kB\nVmSize:\t 8 kB\nVmLck:\t 3 kB\nVmPin:\t 4 kB\nVmHWM:\t 50 kB\nVmRSS:\t 40 kB\nRssAnon:\t 10 kB\nRssFile:\t 20 kB\nRssShmem:\t 30 kB\nVmData:\t 1 kB\nVmSwap:\t 7 kB\nThreads:\t1\n';
    const out = emptyStatusFile();
    assert.ok(parseStatusFile(bytes(text), bytes(text).length, out));
    assert.deepEqual(out, {
      uid: 501,
      anonBytes: 10_240,
      fileBytes: 20_480,
      shmemBytes: 30_720,
      swapBytes: 7168,
      lockedBytes: 3072,
      peakRssBytes: 51_200,
    });
  });

  test('without memory lines is a process without memory; without Uid it is no status file', () => {
    const out = emptyStatusFile();
    const zombie = bytes('Name:\tx\nState:\tZ (zombie)\nUid:\t0\t0\t0\t0\n');
    assert.ok(parseStatusFile(zombie, zombie.length, out));
    assert.equal(out.anonBytes + out.shmemBytes + out.swapBytes, 0);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (garbage) => {
        const text = garbage.map((byte) => (byte === 85 ? 117 : byte));
        assert.equal(parseStatusFile(text, text.length, out), false);
      }),
    );
  });
});

describe('/proc/pressure/memory', () => {
  const text = (some: string, full: string): string =>
    `some avg10=${some} avg60=0.00 avg300=0.00 total=1\nfull avg10=${full} avg60=0.00 avg300=0.00 total=1\n`;

  test('is read as the kernel prints it, and nothing else is', () => {
    assert.deepEqual(parsePressure(text('12.34', '0.50')), { some: 12.34, full: 0.5 });
    for (const bad of ['', 'some avg10=', text('nan', '0'), text('101.00', '0'), 'some avg10=1.00 total=1\n'])
      assert.equal(parsePressure(bad), null, bad);
  });

  test('waits warn, standstill is critical, and neither says anything while memory is plenty', () => {
    assert.equal(kernelLevelOf({ some: 9.99, full: 9.99 }, 0.1), 1);
    assert.equal(kernelLevelOf({ some: 10, full: 0 }, 0.1), 2);
    assert.equal(kernelLevelOf({ some: 40, full: 10 }, 0.1), 4);
    assert.equal(kernelLevelOf({ some: 100, full: 100 }, 0.25), 1);
  });
});

describe('names and command lines', () => {
  test('any bytes become one short plain line', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20_000 }), (raw) => {
        assert.ok(cleanName(raw).length <= 64);
        const command = cleanCommand(raw);
        assert.ok(command.length <= 4096);
        assert.doesNotMatch(command, /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      }),
    );
  });

  test('text that means no harm stays as it is', () => {
    assert.equal(cleanName(bytes('Café ☕ 日本')), 'Café ☕ 日本');
    assert.equal(
      cleanCommand(bytes('python3\0-m\0mlx_lm.server\0--port\x001337\0')),
      'python3 -m mlx_lm.server --port 1337',
    );
  });

  test('a cut never leaves half a character', () => {
    const command = cleanCommand(bytes(`x${'😀'.repeat(3000)}`));
    assert.ok(command.isWellFormed());
    assert.ok(command.length >= 4095);
  });
});
