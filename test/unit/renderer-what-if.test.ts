import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { AnswerOf } from '../../app/ipc/contract.ts';
import { failure } from '../../helper/protocol/errors.ts';
import type { AdmissionAnswer, Preview } from '../../helper/protocol/seats.ts';
import { headlineOf, sheetTitle, spokenVerdict, sumLines, verdictText } from '../../renderer/data/seats/sum.ts';
import { askEveryMs, createWhatIf } from '../../renderer/data/seats/what-if.ts';
import { GB, seats } from '../e2e/popover-fixtures.ts';
import { previews, refusedSum } from '../e2e/popover-states-seats.ts';

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const [cilghal, codestral] = [previews.Cilghal, previews.Codestral];
assert.ok(cilghal !== undefined && codestral !== undefined);

/** A keeper that answers when it is told to, and a clock that is moved by hand. */
const make = () => {
  const asked: string[] = [];
  const open: ((answer: AnswerOf<'read.preview'>) => void)[] = [];
  let nowMs = 0;
  let timers: { atMs: number; then: () => void }[] = [];
  const whatIf = createWhatIf(
    {
      preview: (seat) => {
        asked.push(seat);
        return new Promise((resolve) => open.push(resolve));
      },
    },
    {
      now: () => nowMs,
      later: (afterMs, then) => {
        const timer = { atMs: nowMs + afterMs, then };
        timers.push(timer);
        return () => {
          timers = timers.filter((each) => each !== timer);
        };
      },
    },
  );
  return {
    whatIf,
    asked,
    timers: () => timers.length,
    answer: async (answer: AnswerOf<'read.preview'> = { ok: true, result: codestral }) => {
      open.shift()?.(answer);
      await settled();
    },
    pass: (ms: number): void => {
      nowMs += ms;
      const due = timers.filter(({ atMs }) => atMs <= nowMs);
      timers = timers.filter(({ atMs }) => atMs > nowMs);
      for (const { then } of due) then();
    },
  };
};

describe('what would fit', () => {
  test('asks at once, and with statuses at most once in two seconds', async () => {
    const { whatIf, asked, answer, pass } = make();
    whatIf.refresh();
    assert.deepEqual(asked, [], 'closed, it asks nothing');
    whatIf.open('Codestral');
    await answer();
    for (let turn = 0; turn < 20; turn++) {
      whatIf.refresh();
      pass(100);
    }
    assert.deepEqual(asked, ['Codestral', 'Codestral']);
    await answer();
    pass(askEveryMs);
    whatIf.refresh();
    assert.equal(asked.length, 3, 'after a pause at once');
  });

  test('one question at a time: what changes while it is asked is asked afterwards', async () => {
    const { whatIf, asked, answer, pass } = make();
    whatIf.open('Codestral');
    pass(10 * askEveryMs);
    whatIf.refresh();
    whatIf.refresh();
    assert.equal(asked.length, 1);
    await answer();
    assert.equal(asked.length, 2);
    await answer();
    pass(10 * askEveryMs);
    assert.equal(asked.length, 2, 'and nothing without a change');
  });

  test('of another seat only its own answer is shown', async () => {
    const { whatIf, asked, answer } = make();
    const shown = (): string | null => whatIf.answer.value?.preview.seat ?? null;
    whatIf.open('Codestral');
    whatIf.open('Cilghal');
    assert.deepEqual(asked, ['Codestral', 'Cilghal']);
    await answer({ ok: true, result: codestral });
    assert.equal(shown(), null, 'the late answer is that of another');
    await answer({ ok: true, result: cilghal });
    assert.equal(shown(), 'Cilghal');
  });

  test('a failure is said and keeps the last answer; the next success clears it', async () => {
    const { whatIf, answer, pass } = make();
    whatIf.open('Codestral');
    await answer();
    pass(askEveryMs);
    whatIf.refresh();
    await answer({ ok: false, failure: failure('not_ready') });
    assert.match(whatIf.problem.value, /has just started/);
    assert.equal(whatIf.answer.value?.preview.seat, 'Codestral');
    pass(askEveryMs);
    whatIf.refresh();
    await answer();
    assert.equal(whatIf.problem.value, '');
  });

  test('closed, no timer is left and no late answer counts', async () => {
    const { whatIf, asked, answer, pass, timers } = make();
    whatIf.open('Codestral');
    await answer();
    whatIf.refresh();
    assert.equal(timers(), 1);
    whatIf.close();
    assert.equal(timers(), 0);
    pass(10 * askEveryMs);
    whatIf.open('Codestral');
    whatIf.close();
    await answer();
    assert.deepEqual([whatIf.seat.value, whatIf.answer.value, asked.length], [null, null, 2]);
  });
});

describe('the sum', () => {
  const lines = (admission: AdmissionAnswer) =>
    sumLines('Codestral', admission, seats).map(({ label, figure }) => `${label} ${figure}`);
  test('term by term, as the keeper gave it', () => {
    assert.deepEqual(lines(refusedSum), [
      'Installed 64.0 GB',
      'Kept for Cilghal (peak, always) −41.0 GB',
      'Everything else now −9.5 GB',
      'Left 13.5 GB',
      'Codestral needs (declared peak) 14.0 GB',
    ]);
  });
  test('what is held beyond a declaration, what is only loaded, and what is not known is called so', () => {
    const claim = { seat: 'Cilghal', bytes: 65.8 * GB, declaredBytes: 41 * GB, measuredBytes: 65.8 * GB };
    const loaded = { seat: 'Devstral', bytes: 9 * GB, declaredBytes: 9 * GB, measuredBytes: 1 };
    const shown = lines({
      ...refusedSum,
      terms: { ...refusedSum.terms, claims: [claim, loaded], otherBytes: null },
      slackBytes: null,
    });
    assert.equal(shown[1], 'Held by Cilghal (more than declared) −65.8 GB');
    assert.equal(shown[2], 'Kept for Devstral (peak, while loaded) −9.0 GB');
    assert.deepEqual(shown.slice(3, 5), ['Everything else now not known', 'Left not known']);
  });
  test('the verdict says by how much, and a small shortfall is not rounded away', () => {
    assert.equal(verdictText(refusedSum), 'Does not fit: 512 MB short.');
    assert.equal(verdictText({ ...refusedSum, shortfallBytes: 20 * 2 ** 20 }), 'Does not fit: 20 MB short.');
    assert.equal(verdictText(cilghal.admission), 'Fits: 4.7 GB to spare.');
    for (const reason of ['wired_limit', 'kernel_would_warn', 'wired_leak', 'term_unknown', 'unknown_seat'] as const) {
      assert.match(verdictText({ ...refusedSum, reason }), /^[A-Z].*\.$/);
    }
    assert.equal(sheetTitle('', undefined), 'What would fit now?');
    assert.equal(sheetTitle('Codestral', undefined), 'Would Codestral fit now?');
    assert.equal(sheetTitle('Codestral', 'failed'), 'Would Codestral fit now?');
    assert.match(spokenVerdict(codestral), /^Codestral\. Does not fit: 512 megabytes short\. A request now gets 503/);
  });

  test('of a seat that serves nobody asks whether it fits: the sum is that of loading it anew', () => {
    for (const state of ['ready', 'busy', 'idle', 'doomed'] as const) {
      const serving: Preview = { ...codestral, state, said: 'It serves.' };
      assert.deepEqual(headlineOf(serving), {
        verdict: 'admit',
        title: 'Serves already.',
        sumTitle: 'Loaded anew: Does not fit: 512 MB short.',
      });
      assert.equal(sheetTitle('Codestral', state), 'Codestral serves');
      assert.match(spokenVerdict(serving), /^Codestral\. Serves already\. It serves\. Loaded anew: Does not fit/);
    }
    assert.equal(headlineOf({ ...codestral, state: 'failed' }).verdict, 'refuse');
    assert.equal(headlineOf(codestral).sumTitle, '');
  });
});
