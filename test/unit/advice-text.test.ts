import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { plainLine, plainText } from '../../helper/advice/plain-text.ts';
import { runbookOf } from '../../helper/advice/runbook.ts';
import { adviceStatus } from '../../helper/advice/shown.ts';
import { commands } from '../../helper/cli/table.ts';
import { type Config, defaultConfig, GB } from '../../helper/config/config.ts';
import { createAdviceDesk } from '../../helper/keeper/answering/advice-desk.ts';
import type { ProvenCaller } from '../../helper/keeper/server/proven-caller.ts';
import { type AdviceReport, adviceReportSchema } from '../../helper/protocol/advice.ts';
import { requests } from '../../helper/protocol/requests.ts';
import type { Status } from '../../helper/protocol/status.ts';
import { troubledStatus } from '../fakes/sample-advice.ts';
import { proposal } from '../fakes/sample-relief.ts';
import { sampleSeat } from '../fakes/sample-seat.ts';
import { calmRelief, sampleStatus } from '../fakes/sample-status.ts';

const esc = String.fromCharCode(27);
const bell = String.fromCharCode(7);

describe('what an advisor writes is made plain text', () => {
  const cases: Readonly<Record<string, readonly [string, string]>> = {
    'colours and a cleared screen': [`${esc}[2J${esc}[31mrun this${esc}[0m`, 'run this'],
    'the title of a terminal': [`${esc}]0;owned${bell}ok`, 'ok'],
    'a link of a terminal': [`${esc}]8;;http://x.example${esc}\\here${esc}]8;;${esc}\\`, 'here'],
    'a broken sequence': [`a${esc}`, 'a\u{FFFD}'],
    'control characters': ['a\u0000b\u0008c', 'a\u{FFFD}b\u{FFFD}c'],
    'a turned order of reading': ['abc\u202Etxt.exe', 'abc\u{FFFD}txt.exe'],
    HTML: ['<b onclick="x()">bold</b><script>alert(1)</script><!-- hid -->', 'boldalert(1)'],
    Markdown: ['# Title\n**bold** `code` [here](https://x.example/y)', 'Title\nbold code here (https://x.example/y)'],
    'line ends of another system': ['a\r\nb\rc', 'a\nb\nc'],
    'many empty lines': ['a\n\n\n\n\nb', 'a\n\nb'],
    'half of a character': ['a\uD800', 'a\u{FFFD}'],
  };
  for (const [what, [text, plain]] of Object.entries(cases))
    test(what, () => assert.equal(plainText(text, 2_000), plain));

  test('whatever it is: printable, as long as allowed, and accepted by the keeper', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 6_000 }), fc.integer({ min: 1, max: 2_000 }), (text, most) => {
        const plain = plainText(text, most);
        assert.ok(plain.length <= most);
        const answer = {
          from: 'x',
          model: plainLine(text, 128),
          cause: 'red' as const,
          text: plain,
          atMs: 1,
          isOld: false,
        };
        adviceReportSchema.parse({ state: 'ready', detail: plainLine(text, 256), answer });
      }),
      { numRuns: 500 },
    );
  });

  test('a megabyte of it takes no time', () => {
    for (const piece of ['<', '[', '[a](', `${esc}[`, '*', '`', '\n', '\r'])
      assert.ok(plainText(piece.repeat(2 ** 20), 2_000).length <= 2_000);
  });
});

const report = (change: Partial<AdviceReport> = {}): AdviceReport => ({
  state: 'ready',
  detail: '',
  answer: { from: 'advisor.example.org', model: 'm', cause: 'red', text: 'Save its work.', atMs: 1_000, isOld: false },
  ...change,
});

describe('the report of the gateway', () => {
  test('is refused with anything that steers, with too much, and with anything besides words', () => {
    const refused = (change: unknown): void => assert.equal(adviceReportSchema.safeParse(change).success, false);
    const { answer } = report();
    for (const text of [`a${esc}[31m`, 'a\u202E', 'a\u0000', 'a\rb', 'x'.repeat(2_001)])
      refused({ ...report(), answer: { ...answer, text } });
    refused({ ...report(), answer: { ...answer, from: 'a\nb' } });
    refused({ ...report(), detail: `${esc}` });
    refused({ ...report(), act: { verb: 'kill', pid: 1 } });
    refused({ ...report(), answer: { ...answer, run: 'rm -rf /' } });
    refused({ ...report(), answer: { ...answer, atMs: Number.NaN } });
  });

  test('is for the gateway alone, and takes nothing that could name an act', () => {
    assert.equal(requests['advice.report'].tier, 'gateway');
    assert.deepEqual(Object.keys(adviceReportSchema.shape), ['state', 'detail', 'answer']);
  });

  test('goes from the desk into the status, and nowhere else: the judgement has no event for it', () => {
    const desk = createAdviceDesk();
    assert.equal(desk.report(), null);
    desk.handlers['advice.report'](report(), {} as ProvenCaller);
    assert.deepEqual(desk.report(), report());
    assert.deepEqual(Object.keys(desk).sort(), ['handlers', 'report']);
  });
});

const advisor = {
  url: 'https://advisor.example.org/v1/chat/completions',
  model: 'qwen3-32b',
  keyFile: null,
  caFile: null,
  afterSeconds: 60,
  everySeconds: 1_800,
  withinSeconds: 60,
};

describe('what is shown of advice', () => {
  const config: Config = { ...defaultConfig, advisor };
  const shown = (status: Status, told: AdviceReport | null, with_ = config) =>
    adviceStatus(status, with_, told, 241_000);

  test('is nothing while there is no need', () => {
    const calm = shown(sampleStatus(), null, defaultConfig);
    assert.deepEqual(calm, {
      cause: null,
      advisor: { state: 'off', host: null, model: null, detail: '' },
      answer: null,
      runbook: [],
    });
  });

  test('red counts when it lasts, useless acts while memory is short', () => {
    const { level } = troubledStatus();
    const at = (name: Status['level']['name'], forSeconds: number, suppressed: boolean) =>
      shown(
        troubledStatus({
          level: { ...level, name, forSeconds },
          ...(suppressed ? {} : { relief: calmRelief }),
        }),
        null,
      ).cause?.code ?? null;
    assert.equal(at('red', 59, false), null);
    assert.equal(at('red', 60, false), 'red');
    assert.equal(at('red', 10, true), 'useless');
    assert.equal(at('orange', 10, true), 'useless');
    assert.equal(at('orange', 600, false), null);
    assert.equal(at('green', 10, true), null);
  });

  test('an answer has its source and its age, and is old when its time is over', () => {
    const now = shown(troubledStatus(), report());
    assert.deepEqual(now.answer, {
      from: 'advisor.example.org',
      model: 'm',
      text: 'Save its work.',
      ageSeconds: 240,
      isOld: false,
    });
    assert.equal(now.advisor.state, 'answered');
    assert.equal(shown(sampleStatus(), report()).answer?.isOld, true);
    const failed = shown(troubledStatus(), report({ state: 'failed', detail: 'It does not answer.' }));
    assert.deepEqual([failed.advisor.state, failed.advisor.detail], ['failed', 'It does not answer.']);
  });

  test('without an advisor in castellan.toml nothing that was told is shown', () => {
    const now = adviceStatus(troubledStatus(), defaultConfig, report(), 241_000);
    assert.equal(now.answer, null);
    assert.equal(now.advisor.state, 'off');
    assert.ok(now.runbook.length > 0);
  });
});

describe('the runbook', () => {
  const titles = (change: Partial<Status>): string =>
    runbookOf(troubledStatus(change))
      .map(({ title }) => title)
      .join('\n');

  test('goes by what the figures show, the gravest first, three pages at most', () => {
    assert.match(titles({ mode: { name: 'observe_only', reasons: ['A sensor fails.'] } }), /^Castellan only observes/);
    assert.match(titles({ relief: { ...calmRelief, pending: [proposal()] } }), /^Castellan waits for your answer: /);
    assert.match(titles({}), /^Swap is 90 % full/);
    assert.match(titles({}), /com\.sanctum\.kiwix-serve is left alone\./);
    assert.match(titles({ seats: [sampleSeat({ footprintBytes: 60 * GB })] }), /holds more than its declared peak/);
    assert.equal(runbookOf(troubledStatus()).length, 3);
  });

  test('is there whatever is known', () => {
    const empty = troubledStatus({
      top: [],
      seats: [],
      relief: calmRelief,
      machine: { ...troubledStatus().machine, swap: null, tiers: null, availableBytes: null },
    });
    assert.deepEqual(
      runbookOf(empty).map(({ title }) => title),
      ['No single cause stands out.'],
    );
  });

  test('names commands that there are', () => {
    const known = commands.map(({ name }) => name);
    const all = [
      troubledStatus(),
      troubledStatus({ mode: { name: 'observe_only', reasons: [] } }),
      troubledStatus({ relief: { ...calmRelief, pending: [proposal()], wiredLeak: { seat: 'A', bytes: GB } } }),
      troubledStatus({ mode: { name: 'dry_run', reasons: [] }, relief: calmRelief, seats: [] }),
      troubledStatus({ relief: { ...calmRelief, envelope: { peaksBytes: 90 * GB, overBytes: 26 * GB } } }),
    ];
    const steps = all.flatMap((status) => runbookOf(status).flatMap((page) => page.steps));
    const named = steps.flatMap((step) =>
      [...step.matchAll(/`(?:sudo )?castellan ([a-z][a-z -]*[a-z])/g)].map(([, name]) => name ?? ''),
    );
    assert.ok(named.length > 5);
    for (const name of named)
      assert.ok(
        known.some((each) => name === each || name.startsWith(`${each} `)),
        `castellan ${name}`,
      );
  });
});
