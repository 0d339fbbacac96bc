import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { defaultConfig, GB, MB } from '../../helper/config/config.ts';
import { processKey } from '../../helper/host/reading.ts';
import type { ReliefCase } from '../fakes/relief-case.ts';
import { cases } from '../fakes/relief-cases.ts';
import { type ActRecord, type Chronicle, chronicle, type End } from '../fakes/relief-chronicle.ts';

/**
 * Whatever happens on the machine and whatever the operator does: what relief may never do, and what it always does in
 * the end. All properties look at the same runs, half of them new ones each time; a failing one looks for a smaller case.
 */

const runs = 16;
const given = Number(process.env.CASTELLAN_SEED);
/** Of cases that are others with each run of the tests. */
const seed = Number.isInteger(given) ? given : Date.now() % 2 ** 31;
/** Of cases that are always the same: whether everything comes up in them is no matter of luck. */
const knownSeed = 10;

interface Ran {
  readonly given: ReliefCase;
  readonly ran: Chronicle;
  readonly seed: number;
}

const poolOf = (of: number): (() => readonly Ran[]) => {
  let pool: readonly Ran[] | null = null;
  return () => {
    pool ??= fc.sample(cases, { numRuns: runs, seed: of }).map((each) => ({
      given: each,
      ran: chronicle(each),
      seed: of,
    }));
    return pool;
  };
};
const known = poolOf(knownSeed);
const fresh = poolOf(seed);

const holds = (check: (ran: Chronicle, given: ReliefCase) => void): void => {
  for (const each of [...known(), ...fresh()])
    try {
      check(each.ran, each.given);
    } catch (fault) {
      fc.assert(
        fc.property(cases, (smaller) => check(chronicle(smaller), smaller)),
        { seed: each.seed, numRuns: runs, interruptAfterTimeLimit: 30_000 },
      );
      throw fault;
    }
};

const windowMs = 120_000;
const isAutomatic = ({ by }: ActRecord): boolean => by === 'automatic';
const isBrake = ({ plan }: ActRecord): boolean => plan.cause.kind === 'brake';
const isUndoing = ({ plan }: ActRecord): boolean => plan.act.verb === 'resume' || plan.act.verb === 'restore';

/** When its effect had ended; an act that the keeper did not live to see ended ends with its order. */
const endOf = (ran: Chronicle, { keeper, plan }: ActRecord): End | null =>
  ran.ends.find((end) => end.keeper === keeper && end.plan === plan.id) ?? null;
/** Something was done, as far as anybody knows. */
const wasDone = (ran: Chronicle, act: ActRecord): boolean => endOf(ran, act)?.outcome !== 'failed';
/** What was shed is restored by then, whoever asked for it. */
const isBroughtBack = (ran: Chronicle, { nowMs, keeper, plan: { act } }: ActRecord, latestMs: number): boolean =>
  act.verb === 'shed' &&
  ran.acts.some(
    (each) =>
      each.plan.act.verb === 'restore' &&
      each.plan.act.label === act.label &&
      each.keeper === keeper &&
      each.nowMs >= nowMs &&
      each.nowMs <= latestMs,
  );
const freezesOf = (ran: Chronicle): readonly ActRecord[] => ran.acts.filter(({ plan }) => plan.act.verb === 'freeze');
/** Time in which no keeper looked. */
const unseenMs = ({ happenings }: ReliefCase): number =>
  happenings.reduce((sum, each) => sum + (each.kind === 'gap' ? each.forMs : 0), 0);

const shareOf = (counts: (ran: Chronicle, given: ReliefCase) => boolean): number =>
  known().filter(({ ran, given }) => counts(ran, given)).length / runs;
const resumedFor = (why: RegExp) => (ran: Chronicle) =>
  ran.acts.some(({ plan }) => plan.act.verb === 'resume' && why.test(plan.act.why));
const did = (verb: string, by?: 'automatic' | 'operator') => (ran: Chronicle) =>
  ran.acts.some((act) => act.plan.act.verb === verb && (by === undefined || isAutomatic(act) === (by === 'automatic')));

describe('relief, whatever happens', () => {
  test('the cases are worth looking at', (t) => {
    const least: readonly (readonly [string, number, (ran: Chronicle, given: ReliefCase) => boolean])[] = [
      ['freeze by the brake', 0.2, (ran) => ran.acts.some((act) => isBrake(act) && wasDone(ran, act))],
      ['freeze by the level path', 0.2, (ran) => freezesOf(ran).some(({ plan }) => plan.cause.kind === 'level')],
      ['freeze by approval', 0.05, (ran) => freezesOf(ran).some((act) => !isAutomatic(act))],
      [
        'freeze of a group',
        0.03,
        (ran) => freezesOf(ran).some(({ plan }) => plan.act.verb === 'freeze' && plan.act.targets.length > 1),
      ],
      ['eight freezes at once', 0.01, (ran) => ran.mostFreezes >= 8],
      ['TERM', 0.02, did('terminate')],
      ['KILL', 0.01, did('kill')],
      ['bootout', 0.08, did('bootout')],
      ['shed', 0.2, did('shed')],
      ['restore by itself', 0.2, did('restore', 'automatic')],
      ['purge', 0.01, did('purge')],
      ['resume: calm', 0.2, resumedFor(/calm/)],
      ['resume: ten minutes', 0.02, resumedFor(/ten minutes/)],
      ['resume: somebody else', 0.01, resumedFor(/Somebody else/)],
      ['restart of the keeper', 0.05, (_, { happenings }) => happenings.some(({ kind }) => kind === 'restart')],
      ['approval refused', 0.2, (ran) => ran.refused.size > 0],
      [
        'dry run that rehearses',
        0.03,
        (ran) => ran.rows.some(({ row }) => row.kind === 'plan' && row.mode === 'dry_run'),
      ],
      ['useless act', 0.02, (ran) => ran.alerts.has('action_useless')],
      ['brake held back', 0.3, (ran) => ran.brakeHeld.size > 0],
      ...[
        'seat_protected',
        'seat_loading',
        'traced',
        'platform',
        'owner',
        'own',
        'already_stopped',
        'already_frozen',
        'under_way',
        'ask_first',
      ].map((code) => [`passed over: ${code}`, 0.02, (ran: Chronicle) => ran.passedOver.has(code)] as const),
    ];
    const shares = least.map(([name, share, counts]) => ({ name, share, actual: shareOf(counts) }));
    for (const { name, actual } of shares) t.diagnostic(`${String(Math.round(100 * actual)).padStart(3)} % ${name}`);
    t.diagnostic(`${known().reduce((sum, { ran }) => sum + ran.steps, 0)} decisions in ${runs} cases`);
    assert.deepEqual(
      shares.filter(({ share, actual }) => actual < share),
      [],
    );
  });

  test('what may not be touched is never a target, of no act and of no question', (t) => {
    t.diagnostic(`CASTELLAN_SEED=${seed}`);
    holds((ran) => {
      assert.deepEqual(
        [...ran.acts, ...ran.asked].flatMap(({ nowMs, wrong }) => wrong.map((why) => `${nowMs} ms: ${why}`)),
        [],
      );
    });
  });

  test('what the operator is asked about first is never done without asking', () => {
    holds((ran) => {
      assert.deepEqual(
        ran.acts.flatMap(({ nowMs, unasked }) => unasked.map((why) => `${nowMs} ms: ${why}`)),
        [],
      );
    });
  });

  test('what cannot be undone takes the operator’s word for exactly it while its cause lasts, or a policy that allows it on a leak', () => {
    holds((ran) => {
      for (const act of ran.acts) {
        const { plan, level, isLeaking } = act;
        if (act.by !== 'automatic' || !['terminate', 'kill', 'bootout'].includes(plan.act.verb)) continue;
        assert.equal(plan.act.verb, 'terminate', `${plan.act.verb} by itself`);
        assert.ok(plan.act.verb === 'terminate' && plan.act.entry.preAuthorised && isLeaking && level === 3);
      }
      for (const { plan, word, nowMs, causeHolds, by } of ran.acts) {
        if (by === 'automatic' || plan.act.verb === 'resume' || plan.act.verb === 'restore') continue;
        assert.ok(word?.open, `${plan.act.verb} without a word for what was open`);
        assert.equal(word.hash, plan.hash);
        assert.equal(word.open.hash, plan.hash);
        assert.ok(nowMs - word.open.issuedMs < 120_000, 'too late');
        assert.ok(word.confirmed || !word.open.needsConfirmation, 'not confirmed');
        assert.ok(causeHolds, `${plan.act.verb} although its cause (${plan.cause.kind}) is gone`);
      }
    });
  });

  test('one remedy in two minutes, counted from the end of the last', () => {
    holds((ran) => {
      const automatic = ran.acts.filter((act) => isAutomatic(act) && !isUndoing(act) && wasDone(ran, act));
      for (const [index, act] of automatic.entries()) {
        if (isBrake(act)) continue;
        for (const before of automatic.slice(0, index)) {
          const sinceMs = act.nowMs - (endOf(ran, before)?.atMs ?? before.nowMs);
          assert.ok(
            sinceMs >= windowMs,
            `${act.plan.act.verb} at ${act.nowMs} ms, ${sinceMs} ms after ${before.plan.act.verb} by ${before.plan.cause.kind}`,
          );
        }
      }
    });
  });

  test('three freezes by the brake in two minutes at most, half a second apart, of different targets', () => {
    holds((ran) => {
      const braked = ran.acts.filter((act) => isBrake(act) && wasDone(ran, act));
      const tried = ran.acts.filter(isBrake);
      for (const [index, { nowMs }] of tried.entries())
        assert.ok(index === 0 || nowMs - (tried[index - 1]?.nowMs ?? 0) >= 500, 'too close');
      for (const { nowMs } of braked) {
        const lately = braked.filter((each) => each.nowMs > nowMs - windowMs && each.nowMs <= nowMs);
        assert.ok(lately.length <= 3, `${lately.length} in two minutes`);
        const keys = lately.flatMap(({ plan }) =>
          plan.act.verb === 'freeze' ? [processKey(plan.act.targets[0].id)] : [],
        );
        assert.equal(new Set(keys).size, keys.length, 'the same twice');
      }
    });
  });

  test('the brake fires on three falls in close samples that end within five seconds of red, and on nothing less', () => {
    const { orange, red } = defaultConfig.pressure;
    holds((ran) => {
      for (const { samples } of ran.acts.filter(isBrake)) {
        const last = samples.slice(-4);
        const bytes = last.map(({ availableBytes }) => availableBytes ?? Number.NaN);
        const [first = 0, , , now = 0] = bytes;
        const spanMs = (last[3]?.atMs ?? 0) - (last[0]?.atMs ?? 0);
        assert.equal(last.length, 4);
        for (let at = 1; at < 4; at += 1) {
          assert.ok((bytes[at] ?? 0) < (bytes[at - 1] ?? 0), `no fall: ${bytes.join(', ')}`);
          assert.ok((last[at]?.atMs ?? 0) - (last[at - 1]?.atMs ?? 0) <= 500, 'no close samples');
        }
        assert.ok(now < orange.availableBytes);
        assert.ok(Math.max(0, now - red.availableBytes) / ((first - now) / spanMs) < 5_000, 'red is far');
      }
    });
  });

  test('never more than eight are frozen, and nobody while the deadman is not there', () => {
    holds((ran) => {
      assert.ok(ran.mostFreezes <= 8);
      assert.equal(ran.unwatched, 0);
    });
  });

  test('calm resumes nobody within a minute of its freeze or of trouble, and one in half a minute', () => {
    holds((ran) => {
      const calm = ran.acts.filter(({ plan }) => plan.act.verb === 'resume' && /calm/.test(plan.act.why));
      for (const [index, { plan, nowMs, keeper, troubledMs }] of calm.entries()) {
        const { act } = plan;
        const frozen = ran.acts.find(
          (each) => each.keeper === keeper && act.verb === 'resume' && each.plan.id === act.freeze,
        );
        assert.ok(frozen !== undefined);
        const frozenMs = endOf(ran, frozen)?.atMs ?? frozen.nowMs;
        assert.ok(nowMs - frozenMs >= 60_000, `${nowMs - frozenMs} ms after it was frozen`);
        assert.ok(nowMs - troubledMs >= 60_000, `${nowMs - troubledMs} ms after orange`);
        assert.ok(index === 0 || nowMs - (calm[index - 1]?.nowMs ?? 0) >= 30_000, 'too close');
      }
    });
  });

  test('every freeze is resumed by its deadline, and nobody is stopped when all has been calm', () => {
    holds((ran, given) => {
      assert.deepEqual(ran.stoppedAtEnd, []);
      for (const act of freezesOf(ran)) {
        if (endOf(ran, act)?.outcome !== 'ok' || act.keeper !== ran.lastKeeper) continue;
        const over = ran.over.find((each) => each.keeper === act.keeper && each.plan === act.plan.id)?.atMs;
        const asked = ran.acts.find(
          ({ keeper, plan, nowMs }) =>
            nowMs >= act.nowMs &&
            keeper === act.keeper &&
            ((plan.act.verb === 'resume' && plan.act.freeze === act.plan.id) ||
              plan.act.verb === 'bootout' ||
              plan.act.verb === 'terminate' ||
              plan.act.verb === 'shed'),
        )?.nowMs;
        const endedMs = Math.min(over ?? Number.POSITIVE_INFINITY, asked ?? Number.POSITIVE_INFINITY);
        assert.ok(
          endedMs <= act.nowMs + 600_000 + 2_200 + unseenMs(given),
          `frozen at ${act.nowMs} ms, resumed at ${endedMs} ms`,
        );
      }
    });
  });

  test('without live mode nothing is done but to let run again what we stopped', () => {
    holds((ran) => {
      for (const { mode, plan, by } of ran.acts)
        assert.ok(
          mode === 'live' || plan.act.verb === 'resume' || (plan.act.verb === 'restore' && by !== 'automatic'),
          `${plan.act.verb} in ${mode}`,
        );
    });
  });

  test('each act has one row before it, and what was done one receipt that adds up', () => {
    holds((ran, given) => {
      const planRows = ran.rows.flatMap(({ keeper, row }) =>
        row.kind === 'plan' && row.mode === 'live' ? [`${keeper}.${row.plan}`] : [],
      );
      const lastMs = Math.max(...ran.acts.map(({ nowMs }) => nowMs), 0);
      const receipts = ran.rows.flatMap(({ nowMs, keeper, row }) =>
        row.kind === 'receipt' ? [{ ...row, key: `${keeper}.${row.plan}`, nowMs }] : [],
      );
      assert.equal(new Set(receipts.map(({ key }) => key)).size, receipts.length, 'two receipts of one plan');
      const restarts = given.happenings.flatMap(({ kind, atMs }) => (kind === 'restart' ? [atMs] : []));
      for (const act of ran.acts) {
        const key = `${act.keeper}.${act.plan.id}`;
        assert.equal(planRows.filter((each) => each === key).length, 1, `rows of plan ${key}`);
        const end = endOf(ran, act);
        const receipt = receipts.find((each) => each.key === key);
        if (isUndoing(act) || end?.outcome !== 'ok') {
          if (end?.outcome === 'failed' || isUndoing(act))
            assert.equal(receipt, undefined, `receipt of ${act.plan.act.verb} that ${end?.outcome}`);
          continue;
        }
        const latestMs = end.atMs + 165_000 + unseenMs(given);
        // What is brought back before it was measured has neither helped nor been useless.
        if (receipt === undefined && isBroughtBack(ran, act, latestMs)) continue;
        if (
          restarts.some((atMs) => atMs >= act.nowMs && atMs <= latestMs) ||
          latestMs > given.untilMs ||
          latestMs > lastMs + 900_000
        )
          continue;
        assert.ok(
          receipt !== undefined && receipt.nowMs <= latestMs,
          `no receipt of plan ${key}, ${act.plan.act.verb}`,
        );
        const { expected } = act.plan;
        assert.equal(receipt.expected, act.plan.act.verb === 'freeze' ? expected.bytesPerSecond : expected.bytes);
        assert.ok(Number.isFinite(receipt.actual) && receipt.actual >= 0);
        if (act.plan.act.verb !== 'freeze')
          assert.equal(
            receipt.effective,
            receipt.actual >= Math.max(256 * MB, expected.bytes / 2),
            `${receipt.actual / GB} GB of ${expected.bytes / GB}`,
          );
      }
    });
  });

  test('the same happenings give the same decisions byte for byte, in whatever order tables are read', () => {
    for (const { given, ran } of fresh().slice(0, 2)) {
      assert.equal(chronicle(given).digest, ran.digest);
      let turn = 0;
      const order = <T>(list: readonly T[]): readonly T[] => {
        turn += 1;
        const at = (turn * 7) % Math.max(1, list.length);
        return [...list.slice(at), ...list.slice(0, at)].reverse();
      };
      assert.equal(chronicle(given, { order }).digest, ran.digest, 'shuffled');
    }
  });
});
