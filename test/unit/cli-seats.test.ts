import assert from 'node:assert/strict';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { run } from '../../helper/cli/main.ts';
import {
  ensureOutputSchema,
  explainSeatOutputSchema,
  fitsOutputSchema,
  keepOutputSchema,
  releaseOutputSchema,
  servicesOutputSchema,
} from '../../helper/cli/seats/output.ts';
import { sumLines } from '../../helper/cli/seats/sum.ts';
import type { Handlers, ParsedArgs } from '../../helper/keeper/server/dispatch.ts';
import { type ErrorCode, failure } from '../../helper/protocol/errors.ts';
import type {
  EnsureAnswer,
  Preview,
  ReleaseAnswer,
  SeatState,
  SeatStatus,
  ServiceRow,
} from '../../helper/protocol/seats.ts';
import type { Status } from '../../helper/protocol/status.ts';
import { admission } from '../../helper/seats/admission.ts';
import type { AdmissionFacts, SeatClaimFacts } from '../../helper/seats/admission-terms.ts';
import { parseSpec } from '../../helper/supervisor/spec.ts';
import { capturedIo } from '../fakes/captured-io.ts';
import { sampleSeat } from '../fakes/sample-seat.ts';
import { sampleStatus } from '../fakes/sample-status.ts';
import { ownUid, peerAs, sampleHandlers, startSocketKeeper } from '../fakes/socket-keeper.ts';

const GB = 2 ** 30;

const cli = async (argv: readonly string[], io = capturedIo()) => ({ code: await run(argv, io), ...io.text });

const keeper = async (t: TestContext, change: Partial<Handlers>) => {
  const started = await startSocketKeeper(t, { handlers: sampleHandlers(change) });
  return { ...started, place: ['--run-dir', started.runDirectory] as const };
};

const refuses = (code: ErrorCode) => () => ({ ok: false, failure: failure(code) }) as const;

/** What could steer a terminal, line ends apart. */
const steers = /(?!\n)[\p{Cc}\p{Cf}]/u;

const claim = (name: string, change: Partial<SeatClaimFacts> = {}): SeatClaimFacts => ({
  name,
  class: 'on_call',
  peakBytes: 14 * GB,
  wiredBytes: 0,
  footprintBytes: 0,
  wiredNowBytes: 0,
  isHeld: false,
  ...change,
});
const cilghal = claim('Cilghal', { class: 'protected', peakBytes: 41 * GB, footprintBytes: 21 * GB });

const facts = (otherBytes: number | null, change: Partial<AdmissionFacts> = {}): AdmissionFacts => ({
  totalBytes: 64 * GB,
  seat: 'Codestral',
  seats: [cilghal, claim('Codestral')],
  other:
    otherBytes === null
      ? { kind: 'measured', processesBytes: null, kernelBytes: 0, machine: null }
      : { kind: 'given', bytes: otherBytes },
  wiredLimit: { kind: 'limit', bytes: 48 * GB },
  forecast: { kind: 'not_evaluated', why: 'this machine does not show it' },
  leakers: [],
  ...change,
});

/** The very answer of the keeper's own arithmetic. */
const sum = (given: AdmissionFacts): Preview['admission'] => {
  const { terms, clauses, ...rest } = admission(given);
  return { ...rest, terms: { ...terms, claims: [...terms.claims] }, clauses: [...clauses] };
};

const preview = (otherBytes: number | null, change: Partial<Preview> = {}): Preview => ({
  seat: 'Codestral',
  state: 'absent',
  admission: sum(facts(otherBytes)),
  wouldUnload: [],
  wouldFitIf: [],
  said: '',
  ...change,
});

const codestral = (change: Partial<SeatStatus> = {}): SeatStatus =>
  sampleSeat({
    name: 'Codestral',
    class: 'on_call',
    label: 'com.sanctum.codestral',
    peakBytes: 14 * GB,
    note: '',
    footprintBytes: 13 * GB,
    band: { wanted: 'IDLE', found: 'IDLE', state: 'held', detail: '' },
    ...change,
  });

describe('castellan services', () => {
  const rows: ServiceRow[] = [
    {
      name: 'Cilghal',
      label: 'com.sanctum.mlx',
      kind: 'seat',
      state: 'ready',
      pid: 4711,
      lastExit: 0,
      footprintBytes: 21 * GB,
    },
    {
      name: 'Codestral',
      label: 'com.sanctum.c',
      kind: 'seat',
      state: 'idle',
      pid: null,
      lastExit: 78,
      footprintBytes: 0,
    },
    {
      name: 'kiwix',
      label: 'com.k\u202eiwix',
      kind: 'service',
      state: 'stopped',
      pid: null,
      lastExit: -9,
      footprintBytes: null,
    },
  ];

  test('one a line, in columns, and nothing in a name steers the terminal', async (t) => {
    const seats = [sampleSeat(), codestral({ stopsInSeconds: 100 })];
    const { place } = await keeper(t, {
      'read.services': () => ({ ok: true, result: { services: rows } }),
      'read.status': () => ({ ok: true, result: sampleStatus({ seats }) }),
    });
    const { code, out } = await cli(['services', ...place]);
    assert.equal(code, 0);
    assert.deepEqual(out.split('\n'), [
      'NAME       KIND     STATE     PID  EXIT  FOOTPRINT     PEAK  COUNTDOWN  LABEL',
      'Cilghal    seat     ready    4711     0    21.0 GB  41.0 GB          -  com.sanctum.mlx',
      'Codestral  seat     idle        -    78       0 MB  14.0 GB       1:40  com.sanctum.c',
      'kiwix      service  stopped     -    -9          -        -          -  com.k\ufffdiwix',
      '',
    ]);
    const json = await cli(['services', '--json', ...place]);
    const figures = [
      { peakBytes: 41 * GB, stopsInSeconds: null },
      { peakBytes: 14 * GB, stopsInSeconds: 100 },
      { peakBytes: null, stopsInSeconds: null },
    ];
    assert.deepEqual(
      servicesOutputSchema.parse(JSON.parse(json.out)).services,
      rows.map((row, at) => ({ ...row, ...figures[at] })),
    );
    assert.doesNotMatch(json.out, steers);
  });

  test('says so when there are none', async (t) => {
    const { place } = await keeper(t, {});
    assert.match((await cli(['services', ...place])).out, /^There are no seats/);
  });
});

describe('castellan fits', () => {
  const fits = async (t: TestContext, answer: Preview, ...more: readonly string[]) => {
    const asked: ParsedArgs<'read.preview'>[] = [];
    const { place } = await keeper(t, {
      'read.preview': (args) => {
        asked.push(args);
        return { ok: true, result: answer };
      },
    });
    return { ...(await cli(['fits', 'codestral', ...more, ...place])), asked };
  };

  test('shows the sum aligned, each condition, and ends with 0 when it fits', async (t) => {
    const { code, out, asked } = await fits(t, preview(4.3 * GB, { said: 'A request loads it now.' }));
    assert.equal(code, 0);
    assert.deepEqual(asked, [{ seat: 'codestral' }]);
    assert.deepEqual(out.split('\n'), [
      'Would Codestral fit now?  It is cold.',
      '',
      '  Installed                         64.0 GB',
      '  Kept for Cilghal                 −41.0 GB  declared peak; 21.0 GB used now',
      '  Everything else in use            −4.3 GB',
      '  ─────────────────────────────────────────',
      '  Left                              18.7 GB',
      '  Codestral needs (declared peak)   14.0 GB',
      '  ✓ The memory is enough, with 4.7 GB to spare.',
      '',
      '  ✓ terms     Every term is known.',
      '  ✓ leak      Codestral left no wired memory behind.',
      '  ✓ memory    18.7 GB are left beside what is claimed and in use; Codestral needs 14.0 GB.',
      '  ✓ wired     The seats would hold 0 MB wired; the limit is 48.0 GB.',
      '  – forecast  not evaluated: this machine does not show it',
      '',
      '✓ It fits.',
      'A request loads it now.',
      '',
    ]);
  });

  test('ends with 1 when it does not, and says what would help', async (t) => {
    const { code, out } = await fits(
      t,
      preview(9.5 * GB, {
        wouldFitIf: ['OrbStack stops (1.9 GB).', 'Cilghal declares less than 40.5 GB.'],
        wouldUnload: ['Gemma'],
        said: 'A request now gets 503.',
      }),
    );
    assert.equal(code, 1);
    for (const said of [
      /^ {2}Left +13\.5 GB$/m,
      /✕ The memory is not enough: 0\.5 GB short\.$/m,
      /^✕ It does not fit: there is not enough memory\.$/m,
      /^A request would first unload Gemma, and then it fits\.$/m,
      /^It would fit if: OrbStack stops \(1\.9 GB\)\.\n {17}Cilghal declares less/m,
      /^A request now gets 503\.$/m,
    ])
      assert.match(out, said);
  });

  test('a seat that serves: exit 0 whatever the sum, which is said to be that of loading it anew', async (t) => {
    for (const state of ['ready', 'busy', 'idle', 'doomed'] as const) {
      const said = 'Codestral serves already: a request is answered at once.';
      const { code, out } = await fits(t, preview(9.5 * GB, { state, said }));
      assert.equal(code, 0);
      assert.match(
        out,
        /^✓ Codestral serves already: a request is answered at once\.\n\nIf Codestral were loaded anew:\n/,
      );
      assert.match(out, /0\.5 GB short/);
      assert.match(out, /\nLoaded anew: It does not fit: there is not enough memory\.\n$/);
      assert.doesNotMatch(out, /fit now|^✕/m);
    }
    const json = await fits(t, preview(9.5 * GB, { state: 'idle' }), '--json');
    assert.deepEqual([json.code, fitsOutputSchema.parse(JSON.parse(json.out)).admission.verdict], [0, 'refuse']);
  });

  test('of one that has failed it is said in words', async (t) => {
    const { code, out } = await fits(t, preview(9.5 * GB, { state: 'failed' }));
    assert.equal(code, 1);
    assert.match(out, /^Would Codestral fit now\? {2}It has failed\.$/m);
  });

  test('claims that are more than declared, or of seats that do not run, say so; negative slack is shown as such', async (t) => {
    const seats = [
      { ...cilghal, footprintBytes: 65.8 * GB },
      claim('Gemma', { peakBytes: 2 * GB, isHeld: true }),
      claim('Codestral'),
    ];
    const { out } = await fits(t, preview(0, { admission: sum(facts(0, { seats })) }));
    assert.match(out, /Kept for Cilghal +−65\.8 GB {2}measured; 41\.0 GB declared$/m);
    assert.match(out, /Kept for Gemma +−2\.0 GB {2}declared peak; does not run$/m);
    assert.match(out, /Left +−3\.8 GB$/m);
    assert.match(out, /17\.8 GB short/);
  });

  test('a term that is not known is said to be so, and nothing is added up', async (t) => {
    const { code, out } = await fits(t, preview(null));
    assert.equal(code, 1);
    assert.match(out, /Everything else in use: not known$/m);
    assert.match(out, /^✕ It cannot be told: not every term is known\.$/m);
    assert.doesNotMatch(out, /Left/);
  });

  test('--json is the preview as published; a seat there is none of is refused', async (t) => {
    const { code, out } = await fits(t, preview(4.3 * GB), '--json');
    assert.equal(code, 0);
    assert.equal(fitsOutputSchema.parse(JSON.parse(out)).admission.verdict, 'admit');
    const { place } = await keeper(t, {
      'read.preview': ({ seat }) => ({ ok: false, failure: failure('unknown_seat', seat) }),
    });
    const none = await cli(['fits', 'Nobody', ...place]);
    assert.deepEqual([none.code, none.out], [4, '']);
    assert.match(none.err, /^unknown_seat: There is no seat named Nobody\. See `castellan services`/);
  });

  test('what is shown adds up, and says what is true, whatever the figures', () => {
    const bytes = fc.oneof(
      fc.nat({ max: 80 * GB }),
      fc.nat({ max: 800 }).map((n) => Math.round((n * GB) / 10)),
    );
    const figureOf = (text: string): number | null => {
      const [, sign, digits] = / (−?)(\d+(?:\.\d+)?) (?:GB|bytes)(?: |$)/.exec(text) ?? [];
      return digits === undefined ? null : Number(digits.replace('.', '')) * (sign === '−' ? -1 : 1);
    };
    fc.assert(
      fc.property(
        bytes,
        fc.array(bytes, { maxLength: 5 }),
        bytes,
        bytes,
        fc.integer({ min: -2, max: 2 }),
        (...drawn) => {
          const [total, peaks, other, wanted, near] = drawn;
          const rest = total - peaks.reduce((all, each) => all + each, 0) - other;
          // Often a peak that is as good as the rest: there rounding could say the opposite of what is so.
          const peakBytes = near === 2 || rest + near < 0 ? wanted : Math.round(rest) + near;
          const seats = [
            claim('Codestral', { peakBytes }),
            ...peaks.map((peak, i) => claim(`S${i}`, { class: 'protected', peakBytes: peak })),
          ];
          const found = sum(facts(other, { seats, totalBytes: total }));
          const lines = sumLines('Codestral', found).map((line) =>
            line
              .map(({ text }) => text)
              .join('')
              .trimEnd(),
          );
          const figures = lines.map((line) => figureOf(line.split('  declared peak;')[0] ?? ''));
          const shown = figures.slice(0, -1).filter((figure) => figure !== null);
          const needs = shown.at(-1) ?? 0;
          const left = shown.at(-2) ?? 0;
          assert.equal(shown.length, peaks.length + 4, lines.join('\n'));
          assert.equal(
            shown.slice(0, -2).reduce((all, each) => all + each, 0),
            left,
            lines.join('\n'),
          );
          const enough = (found.slackBytes ?? 0) >= peakBytes;
          assert.equal(left >= needs, enough, lines.join('\n'));
          assert.match(lines.at(-1) ?? '', enough ? /✓/ : /✕/);
          const gap = / (\d+(?:\.\d+)?) (?:GB|bytes) (?:short|to spare)/.exec(lines.at(-1) ?? '')?.[1];
          assert.equal(gap === undefined ? 0 : Number(gap.replace('.', '')), Math.abs(left - needs), lines.join('\n'));
        },
      ),
      { numRuns: 3000 },
    );
  });
});

const answer = (change: Partial<EnsureAnswer> = {}): EnsureAnswer => ({
  seat: 'Codestral',
  outcome: 'ready',
  state: 'ready',
  admission: null,
  retryAfterSeconds: null,
  said: 'Codestral serves.',
  ...change,
});

describe('castellan ensure and load', () => {
  test('exit codes: 0 when it serves, 1 when it does not, with the sum where that is the reason', async (t) => {
    let given = answer();
    const { place } = await keeper(t, {
      'seat.ensure': () => ({ ok: true, result: given }),
      'seat.load': () => ({ ok: true, result: given }),
    });
    for (const [outcome, code] of [
      ['ready', 0],
      ['needs_shedding', 1],
      ['refused', 1],
      ['never_ready', 1],
      ['failed', 1],
    ] as const) {
      given = answer({ outcome, said: `It is ${outcome}.` });
      for (const verb of ['ensure', 'load'])
        assert.deepEqual(await cli([verb, 'Codestral', ...place]), { code, out: `It is ${outcome}.\n`, err: '' });
    }
    given = answer({
      outcome: 'needs_shedding',
      state: 'absent',
      admission: sum(facts(9.5 * GB)),
      retryAfterSeconds: 12,
    });
    const { code, out } = await cli(['ensure', 'Codestral', ...place]);
    assert.equal(code, 1);
    assert.match(
      out,
      /✕ The memory is not enough: 0\.5 GB short\.\n[\s\S]*✕ memory [\s\S]*Asking again may help in 12 s\.\n$/,
    );
    const json = await cli(['ensure', '--json', 'Codestral', ...place]);
    assert.deepEqual(ensureOutputSchema.parse(JSON.parse(json.out)), given);
  });

  test('--wait is handed on, and what is no wait is wrong usage', async (t) => {
    const asked: ParsedArgs<'seat.ensure'>[] = [];
    const { place } = await keeper(t, {
      'seat.ensure': (args) => {
        asked.push(args);
        return { ok: true, result: answer() };
      },
    });
    await cli(['ensure', 'Codestral', ...place]);
    await cli(['ensure', 'Codestral', '--wait', '2.5', ...place]);
    assert.deepEqual(asked, [
      { seat: 'Codestral', waitSeconds: 0 },
      { seat: 'Codestral', waitSeconds: 2.5 },
    ]);
    for (const wait of ['31', 'x', '1e1', '']) {
      const { code, err } = await cli(['ensure', 'Codestral', `--wait=${wait}`, ...place]);
      assert.equal(code, 2, wait);
      assert.match(err, /--wait takes a number of seconds from 0 to 30/);
    }
    assert.equal(asked.length, 2);
  });

  test('changes are told on standard error to a terminal while it loads, and to nobody else', async (t) => {
    for (const isTty of [true, false]) {
      let say: (state: SeatState, why?: string) => Promise<void> = async () => {};
      const { server, place } = await keeper(t, {
        'seat.load': async () => {
          await say('admitting');
          await say('loading', 'It fills.');
          await say('loading', 'It fills.');
          await say('ready');
          return { ok: true, result: answer() };
        },
      });
      // Events go out in the order in which they are told; a turn between them keeps the newest from replacing the others.
      say = async (state, why = '') => {
        const seat = codestral({ state, why, footprintBytes: state === 'admitting' ? 0 : 2 * GB });
        server.publish('status', sampleStatus({ seats: [sampleSeat(), seat] }));
        await new Promise((resolve) => setTimeout(resolve, 20));
      };
      const { code, out, err } = await cli(['load', 'codestral', ...place], capturedIo({ isTty }));
      assert.deepEqual([code, out], [0, 'Codestral serves.\n']);
      const told = err.split('\n').map((line) => line.replace(/^\d\d:\d\d:\d\d /, ''));
      assert.deepEqual(
        told,
        isTty
          ? [
              'Codestral: waiting for memory',
              'Codestral: loading (2.0 GB of 14.0 GB peak): It fills.',
              'Codestral: ready (2.0 GB of 14.0 GB peak)',
              '',
            ]
          : [''],
      );
    }
  });

  test('a refusal of the keeper is exit 4 with its reason; load is for those who may', async (t) => {
    const { place } = await keeper(t, {
      'seat.ensure': refuses('too_many_waiting'),
      'seat.load': refuses('gateway_missing'),
    });
    const waiting = await cli(['ensure', 'X', ...place]);
    assert.deepEqual([waiting.code, waiting.out], [4, '']);
    assert.match(waiting.err, /^too_many_waiting: Sixteen requests/);
    assert.match((await cli(['load', 'X', ...place])).err, /^gateway_missing: .*castellan gateway/);
    let uid = ownUid();
    const stranger = await startSocketKeeper(t, { peerOf: peerAs(() => uid) });
    uid = 65_534;
    const { code, err } = await cli(['load', 'X', '--run-dir', stranger.runDirectory]);
    assert.equal(code, 4);
    assert.match(err, /`castellan load` is for root and the user at the console/);
  });

  test('a seat is found however its name is written, and the keeper gets it as castellan.toml has it', async (t) => {
    const asked: string[] = [];
    const row = { label: 'l', state: 'ready', pid: 1, lastExit: null, footprintBytes: 0 };
    const { place } = await keeper(t, {
      'read.services': () => ({
        ok: true,
        result: {
          services: [
            { ...row, name: 'CODESTRAL', kind: 'service' },
            { ...row, name: 'Codestral', kind: 'seat' },
          ],
        },
      }),
      'seat.ensure': ({ seat }) => {
        asked.push(seat);
        return { ok: true, result: answer() };
      },
      'seat.load': ({ seat }) => {
        asked.push(seat);
        return { ok: true, result: answer() };
      },
      'seat.release': ({ seat }) => {
        asked.push(seat);
        return { ok: false, failure: failure('unknown_seat') };
      },
      'seat.keep': ({ seat }) => {
        asked.push(seat);
        return { ok: true, result: { said: '' } };
      },
      'read.preview': ({ seat }) => {
        asked.push(seat);
        return { ok: true, result: preview(0) };
      },
    });
    for (const argv of [
      ['ensure', 'codestral'],
      ['load', 'CODESTRAL'],
      ['release', 'codesTral'],
      ['keep', 'codestral', '1'],
      ['fits', 'codestral'],
    ])
      await cli([...argv, ...place]);
    await cli(['ensure', 'Gemma', ...place]);
    assert.deepEqual(asked, [...Array.from({ length: 5 }, () => 'Codestral'), 'Gemma']);
  });

  test('names that are none or too long never leave this program', async (t) => {
    const { place } = await keeper(t, {});
    for (const verb of ['ensure', 'load', 'release', 'fits', 'explain', 'plist']) {
      for (const name of ['', 'x'.repeat(65)]) assert.equal((await cli([verb, name, ...place])).code, 2, verb);
    }
    for (const verb of ['ensure', 'load', 'release', 'fits', 'plist'])
      assert.match((await cli([verb, ...place])).err, /^SEAT is missing\n/);
    assert.match((await cli(['keep', ...place])).err, /^SEAT and MINUTES are missing\n/);
    assert.match((await cli(['keep', 'Codestral', ...place])).err, /^MINUTES is missing\n/);
  });
});

describe('castellan release', () => {
  const released = (outcome: ReleaseAnswer['outcome']): ReleaseAnswer => ({
    seat: 'Codestral',
    outcome,
    state: 'ready',
    said: `It is ${outcome}.`,
  });

  test('0 when it ends or does not run, 1 when nothing was done, and how to do it all the same', async (t) => {
    const asked: ParsedArgs<'seat.release'>[] = [];
    let outcome: ReleaseAnswer['outcome'] = 'draining';
    const { place } = await keeper(t, {
      'seat.release': (args) => {
        asked.push(args);
        return { ok: true, result: released(outcome) };
      },
    });
    for (const [each, code] of [
      ['draining', 0],
      ['absent', 0],
      ['in_flight', 1],
      ['protected', 1],
      ['failed', 1],
    ] as const) {
      outcome = each;
      const found = await cli(['release', 'Codestral', ...place]);
      assert.equal(found.code, code, each);
      assert.match(found.out, new RegExp(`^It is ${each}\\.\\n`));
      assert.equal(/`--cut`/.test(found.out), each === 'in_flight');
      assert.equal(/`--confirm`/.test(found.out), each === 'protected');
    }
    const json = await cli(['release', 'Codestral', '--cut', '--json', ...place]);
    assert.equal(releaseOutputSchema.parse(JSON.parse(json.out)).outcome, 'failed');
    assert.deepEqual(asked.at(-1), { seat: 'Codestral', cut: true, confirm: '' });
    assert.ok(asked.slice(0, -1).every(({ cut }) => !cut));
  });
});

describe('castellan fallback', () => {
  test('hands on which seat, and whether it is started or ended', async (t) => {
    const asked: ParsedArgs<'relief.fallback'>[] = [];
    const { place } = await keeper(t, {
      'relief.fallback': (args) => {
        asked.push(args);
        return args.to === 'start'
          ? { ok: false, failure: failure('fallback_refused', 'Codestral still runs (pid 7)') }
          : { ok: true, result: { said: 'com.sanctum.spare is told to end.' } };
      },
    });
    const refused = await cli(['fallback', 'Codestral', ...place]);
    assert.equal(refused.code, 4);
    assert.match(refused.err, /^fallback_refused: .*Codestral still runs \(pid 7\)/);
    const ended = await cli(['fallback', 'Codestral', '--stop', ...place]);
    assert.deepEqual(ended, { code: 0, out: 'com.sanctum.spare is told to end.\n', err: '' });
    assert.deepEqual(asked, [
      { seat: 'Codestral', to: 'start' },
      { seat: 'Codestral', to: 'stop' },
    ]);
  });
});

describe('castellan keep', () => {
  test('hands on the minutes, and takes nothing that is none', async (t) => {
    const asked: ParsedArgs<'seat.keep'>[] = [];
    const { place } = await keeper(t, {
      'seat.keep': (args) => {
        asked.push(args);
        return { ok: true, result: { said: 'It stays.' } };
      },
    });
    assert.deepEqual(await cli(['keep', 'Codestral', '60', ...place]), { code: 0, out: 'It stays.\n', err: '' });
    assert.deepEqual(asked, [{ seat: 'Codestral', minutes: 60 }]);
    const json = await cli(['keep', 'Codestral', '0', '--json', ...place]);
    assert.equal(keepOutputSchema.parse(JSON.parse(json.out)).said, 'It stays.');
    for (const minutes of ['1441', '1.5', 'x', '']) {
      const { code, err } = await cli(['keep', 'Codestral', minutes, ...place]);
      assert.equal(code, 2, minutes);
      assert.match(err, /MINUTES is a whole number from 0 to 1440/);
    }
    assert.equal(asked.length, 2);
  });

  test('a number below zero is a wrong number, not an unknown option', async (t) => {
    const { place } = await keeper(t, {});
    for (const argv of [
      ['keep', 'Codestral', '-1', ...place],
      ['keep', ...place, 'Codestral', '-1.5'],
      ['keep', '--json', 'Codestral', '--', '-1'],
    ]) {
      const { code, err } = await cli(argv);
      assert.equal(code, 2);
      assert.match(err, /^MINUTES is a whole number from 0 to 1440, not "-1(\.5)?"\n/, argv.join(' '));
    }
    const wait = await cli(['ensure', 'Codestral', '--wait', '-1', ...place]);
    assert.match(wait.err, /^--wait takes a value, and "-1" begins like an option/, 'the value of an option stays one');
    assert.match((await cli(['keep', 'Codestral', '-x', ...place])).err, /^Unknown option '-x'/);
  });
});

describe('castellan explain SEAT', () => {
  const explained = async (t: TestContext, seat: SeatStatus, ...more: readonly string[]) => {
    const { place } = await keeper(t, {
      'read.status': () => ({ ok: true, result: sampleStatus({ seats: [sampleSeat(), seat] }) }),
      'read.preview': () => ({ ok: true, result: preview(4.3 * GB, { state: seat.state }) }),
    });
    return cli(['explain', seat.name.toUpperCase(), ...more, ...place]);
  };

  test('why it is in its state, what its countdown is, and the sum', async (t) => {
    const seat = codestral({
      state: 'idle',
      forSeconds: 200,
      why: 'Nobody has asked for it.',
      stopsInSeconds: 100,
      inFlight: 1,
      usedBy: ['1 request under way'],
      lastExit: 0,
      starts: 3,
      proxy: '127.0.0.1:1340',
      note: 'at 8K\u001b[2J tokens',
      pendingRestart: true,
    });
    const { code, out } = await explained(t, seat);
    assert.equal(code, 0);
    assert.doesNotMatch(out, steers);
    for (const said of [
      /^Codestral \(on call\): idle, unloaded in 1:40 {2}for 3 min$/m,
      /why +Nobody has asked for it\.$/m,
      /countdown +idle, unloaded in 1:40$/m,
      /in use +1 request under way$/m,
      /footprint +13\.0 GB of 14\.0 GB peak \(at 8K.* tokens\), 41\.0 GB at most in this run$/m,
      /wired +18\.0 GB of 18\.0 GB declared$/m,
      /band +IDLE; decides when the zone map is full, not when memory runs out$/m,
      /service +com\.sanctum\.codestral, pid 4711, 3 starts in the last hour, last exit 0$/m,
      /proxy +a connection to 127\.0\.0\.1:1340 starts it$/m,
      /! Codestral runs with another wired limit/,
      /^If Codestral were loaded anew:$/m,
      /Left +18\.7 GB$/m,
    ])
      assert.match(out, said);
    const json = await explained(t, seat, '--json');
    const { seat: told, preview: shown } = explainSeatOutputSchema.parse(JSON.parse(json.out));
    assert.deepEqual(told, seat);
    assert.equal(shown.seat, 'Codestral');
  });

  test('what it is used by is named, and nothing is said to be in use by nothing', async (t) => {
    const used = (change: Partial<SeatStatus>) => explained(t, codestral(change));
    const work = await used({ state: 'busy', usedBy: ['CPU time of its processes'] });
    assert.match(work.out, /in use +CPU time of its processes$/m);
    assert.match((await used({ state: 'ready' })).out, /in use +nobody uses it now$/m);
    assert.match((await used({ state: 'absent' })).out, /in use +no: it does not serve$/m);
  });

  test('of one that has failed: when a request may try again, and what the operator can do', async (t) => {
    const again = async (change: Partial<SeatStatus>): Promise<string> => {
      const { out } = await explained(t, codestral({ state: 'failed', pids: [], ...change }));
      assert.match(out, /^Would Codestral fit now\? {2}It has failed\.$/m);
      return /^ {2}again +(.*)$/m.exec(out)?.[1] ?? '';
    };
    assert.equal(
      await again({ retryInSeconds: 40 }),
      'a request may try again in 40 s; `castellan load Codestral` tries now',
    );
    assert.equal(await again({ retryInSeconds: 0 }), 'the next request tries again');
    assert.match(await again({ retryInSeconds: null }), /^no request starts it again: `castellan load Codestral` does/);
    assert.match(await again({ pids: [12] }), /`castellan release Codestral` ends that$/);
    assert.match(await again({ class: 'protected' }), /^by its own service/);
    assert.doesNotMatch((await explained(t, codestral())).out, /^ {2}again/m);
  });

  test('the wired limit of the GPU is shown where one is wanted', async (t) => {
    const seat = codestral();
    const shown = async (gpu: Status['gpu']): Promise<string | null> => {
      const { place } = await keeper(t, {
        'read.status': () => ({ ok: true, result: sampleStatus({ seats: [seat], gpu }) }),
        'read.preview': () => ({ ok: true, result: preview(4.3 * GB) }),
      });
      const lines = await Promise.all(
        [['explain', seat.name], ['status']].map(async (argv) => {
          const { out } = await cli([...argv, ...place]);
          return /^ {2}gpu +(.*)$/m.exec(out)?.[1] ?? null;
        }),
      );
      assert.equal(lines[0], lines[1], 'both say the same');
      return lines[0] ?? null;
    };
    const limit = {
      wantedBytes: 48 * GB,
      foundBytes: 40 * GB,
      isSystemPolicy: false,
      state: 'held',
      detail: '',
    } as const;
    assert.equal(await shown(null), null);
    assert.equal(await shown({ ...limit, wantedBytes: null, state: 'not_wanted' }), null);
    assert.equal(await shown({ ...limit, state: 'not_evaluated' }), null);
    assert.equal(await shown(limit), 'wired limit 48.0 GB');
    assert.equal(await shown({ ...limit, state: 'drifted' }), 'wired limit 48.0 GB, found at 40.0 GB and set again');
    assert.equal(
      await shown({ ...limit, isSystemPolicy: true, state: 'refused', detail: 'EPERM' }),
      "wired limit 48.0 GB is refused: EPERM; it is the system's own",
    );
    assert.match(
      (await shown({ ...limit, state: 'contested' })) ?? '',
      /others keep changing it, so it is left at 40\.0 GB/,
    );
    assert.match((await shown({ ...limit, state: 'unknown', detail: 'EIO' })) ?? '', /not read back: EIO/);
  });

  test('a protected seat has no countdown, and a name there is none of is refused', async (t) => {
    const { place } = await keeper(t, { 'read.preview': () => ({ ok: true, result: preview(4.3 * GB) }) });
    assert.match((await cli(['explain', 'cilghal', ...place])).out, /countdown +never unloaded: it is protected$/m);
    const none = await cli(['explain', 'Nobody', ...place]);
    assert.equal(none.code, 4);
    assert.match(none.err, /^unknown_seat: There is no seat named Nobody\. /);
  });
});

describe('castellan plist', () => {
  const written = (t: TestContext, text: string): string => {
    const folder = mkdtempSync(join(realpathSync(tmpdir()), 'castellan-plist-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, 'castellan.toml');
    writeFileSync(file, text, { mode: 0o644 });
    return file;
  };
  const seats = [
    '[[seat]]\nname = "Own"\nclass = "protected"\nlabel = "own"\npeak = "1 GB"\nprobe_cmd = ["/bin/true"]\n',
    '[[seat]]\nname = "Made"\nclass = "on_call"\nlabel = "com.x.made"\npeak = "14 GB"\nwired = "2 GB"\ndrain = "45 s"\n',
    'ready.url = "http://127.0.0.1:9/"\nuser = "_mlx"\ncommand = ["/opt/a & b/mlx", "--x", "<y>"]\n',
  ].join('');

  test('prints what the supervisor and launchd read, with the wired limit and a time to end of drain and 30 s', async (t) => {
    const { code, out, err } = await cli(['plist', 'made', '--config', written(t, seats)]);
    assert.deepEqual([code, err], [0, '']);
    const parsed = parseSpec(Buffer.from(out));
    assert.ok(parsed.ok);
    assert.equal(parsed.spec.label, 'com.x.made');
    assert.deepEqual(parsed.spec.argv, ['/opt/a & b/mlx', '--x', '<y>', '--metal-wired-limit-mb', '2048']);
    assert.equal(parsed.spec.exitTimeoutSeconds, 75);
    assert.equal(parsed.spec.userName, '_mlx');
    assert.match(out, /<key>JetsamPriority<\/key>\s*<integer>0<\/integer>/);
  });

  test('a seat without a command, a seat that is none, and a file that cannot be used', async (t) => {
    const file = written(t, seats);
    const own = await cli(['plist', 'Own', '--config', file]);
    assert.deepEqual([own.code, own.out], [1, '']);
    assert.match(own.err, /^Own has no command in castellan\.toml/);
    assert.equal((await cli(['plist', 'Nobody', '--config', file])).code, 4);
    const bad = await cli(['plist', 'Made', '--config', written(t, '[seat]\n')]);
    assert.equal(bad.code, 1);
    assert.match(bad.err, /^config_invalid/);
    const missing = await cli(['plist', 'Made', '--config', `${file}.none`]);
    assert.match(missing.err, /^config_unreadable/);
  });
});

test('each of them publishes the schema of its --json', async () => {
  for (const name of ['services', 'ensure', 'release', 'keep', 'fits', 'explain-seat']) {
    const { code, out } = await cli(['schema', name]);
    assert.equal(code, 0);
    assert.equal(JSON.parse(out).type, 'object', name);
  }
});
