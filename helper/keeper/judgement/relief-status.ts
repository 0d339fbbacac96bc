import type { Config } from '../../config/config.ts';
import { levelNames } from '../../memory/level.ts';
import { titleWords } from '../../protocol/act-words.ts';
import type { Activity, Explanation, Frozen, PassedOver, Proposal, ReliefStatus } from '../../protocol/index.ts';
import { shortened } from '../../protocol/shortened.ts';
import type { Target } from '../../relief/acts.ts';
import { approvalMs, type OpenProposal } from '../../relief/approvals.ts';
import { envelopeOf } from '../../relief/envelope.ts';
import { leftAlone } from '../../relief/option.ts';
import { pauseLeftMs } from '../../relief/pause.ts';
import { restoreAfterMs } from '../../relief/sheds.ts';
import type { Deed, Freeze, Shed } from '../../relief/state.ts';
import { actTarget } from '../acting/act-target.ts';
import { missingEnforcers } from './episodes.ts';
import { gateOf, isDryRun } from './mode.ts';
import { expectedWords, moreWords, suppressedWords, wouldHelpWords } from './relief-words.ts';
import type { KeeperState } from './state.ts';

/**
 * What is told of relief, out of what `decide` remembers of it. It goes to every local user with every status, so each
 * list and each text has its bound.
 */

interface Times {
  /** Monotonic and wall time of now, ms. */
  readonly nowMs: number;
  readonly wallMs: number;
}

const shownDeeds = 20;
/** Shed, suppressed and missing services that are listed, at most. */
const shownNames = 32;
const shownPassedOver = 400;
const sentence = 200;
const shownImpacts = 4;
/** What proposals may take of one status, bytes of JSON; whoever answers gets all of them by `read.pending`. */
const proposalBytes = 40 * 1024;

const seconds = (ms: number): number => Math.max(0, ms) / 1000;

const impactOf = (impact: readonly string[]): string[] => {
  const shown = impact.slice(0, impact.length > shownImpacts ? shownImpacts - 1 : shownImpacts);
  const more = impact.length - shown.length;
  return [...shown.map((text) => shortened(text, sentence)), ...(more > 0 ? [moreWords(more)] : [])];
};

const proposal = (state: KeeperState, config: Config, open: OpenProposal, { nowMs }: Times): Proposal => {
  const { act, expected, reason, hash } = open.plan;
  const target = actTarget(act, state);
  return {
    id: open.id,
    hash,
    plan: open.plan.id,
    verb: act.verb,
    target,
    title: titleWords(act.verb, target),
    reason: shortened(reason, sentence),
    expected: expectedWords(act, expected),
    impact: impactOf(open.impact),
    needsConfirmation: open.needsConfirmation,
    expiresInSeconds: seconds(open.issuedMs + approvalMs - nowMs),
    dryRun: isDryRun(state, config),
    episode: shortened(open.episode, sentence),
    reissued: open.reissued,
  };
};

/** All that waits, oldest first. */
export const proposalsOf = (state: KeeperState, config: Config, times: Times): readonly Proposal[] =>
  [...state.relief.approvals.open].sort((a, b) => a.id - b.id).map((open) => proposal(state, config, open, times));

const fitting = (proposals: readonly Proposal[]): Proposal[] => {
  let used = 0;
  const last = proposals.findIndex((each) => {
    used += Buffer.byteLength(JSON.stringify(each));
    return used > proposalBytes;
  });
  return last < 0 ? [...proposals] : proposals.slice(0, last);
};

const footprintOf = (targets: readonly Target[]): number =>
  targets.reduce((sum, { footprintBytes }) => sum + footprintBytes, 0);

const frozen = ({ plan, targets, by, sinceMs, deadlineMs }: Freeze, nowMs: number): readonly Frozen[] => {
  const [first] = targets;
  if (first === undefined) return [];
  return [
    {
      freeze: plan,
      pid: first.id.pid,
      start: first.id.start,
      name: shortened(first.name, 64),
      footprintBytes: footprintOf(targets),
      count: targets.length,
      sinceSeconds: seconds(nowMs - sinceMs),
      resumesInSeconds: seconds(deadlineMs - nowMs),
      by,
    },
  ];
};

const restoresInMs = ({ staysDown, restoring }: Shed, greenSinceMs: number | null, nowMs: number): number | null => {
  if (staysDown) return null;
  if (restoring !== null) return 0;
  return greenSinceMs === null ? null : greenSinceMs + restoreAfterMs - nowMs;
};

const shed = (each: Shed, greenSinceMs: number | null, nowMs: number): ReliefStatus['shed'][number] => {
  const inMs = restoresInMs(each, greenSinceMs, nowMs);
  return {
    label: each.label,
    sinceSeconds: seconds(nowMs - each.sinceMs),
    restoresInSeconds: inMs === null ? null : seconds(inMs),
    staysDown: each.staysDown,
  };
};

const activity = (state: KeeperState, { plan, outcome, got, markedWrong }: Deed, times: Times): Activity => ({
  plan: plan.id,
  atMs: times.wallMs - (times.nowMs - plan.plannedMs),
  verb: plan.act.verb,
  target: actTarget(plan.act, state),
  reason: shortened(plan.reason, sentence),
  expected: expectedWords(plan.act, plan.expected),
  got: shortened(got, sentence),
  outcome,
  markedWrong,
});

/** What is not Castellan's own and holds most: less of it would help. */
const largestOf = (state: KeeperState): { readonly name: string; readonly bytes: number } | null => {
  let largest: { readonly name: string; readonly bytes: number } | null = null;
  for (const { process } of state.processes?.views ?? [])
    if (process.footprintBytes > (largest?.bytes ?? 0) && !state.relief.own.includes(process.id.pid))
      largest = { name: shortened(process.name, 64), bytes: process.footprintBytes };
  return largest;
};

const suppressed = (state: KeeperState): ReliefStatus['suppressed'] => {
  const useless = leftAlone(state.relief).slice(0, shownNames);
  if (useless.length === 0) return [];
  const wouldHelp = wouldHelpWords(largestOf(state));
  return useless.map((each) => ({
    target: shortened(each.name, 128),
    why: suppressedWords(each.useless),
    wouldHelp,
  }));
};

export const reliefStatus = (state: KeeperState, config: Config, times: Times): ReliefStatus => {
  const { relief } = state;
  const { nowMs } = times;
  const leak = relief.wiredLeak;
  const pausedMs = pauseLeftMs(relief, nowMs);
  const byPlan = [...relief.deeds].sort((a, b) => b.plan.id - a.plan.id);
  return {
    gate: gateOf(state, config),
    paused: pausedMs === null ? null : { endsInSeconds: seconds(pausedMs) },
    deadman: relief.deadman.state,
    why: shortened(relief.explanation.chosen ?? relief.explanation.noop, 2 * sentence),
    pending: fitting(proposalsOf(state, config, times)),
    frozen: relief.freezes.filter(({ isStopped }) => isStopped).flatMap((freeze) => frozen(freeze, nowMs)),
    shed: relief.sheds.slice(0, shownNames).map((each) => shed(each, relief.greenSinceMs, nowMs)),
    suppressed: suppressed(state),
    activity: byPlan.slice(0, shownDeeds).map((deed) => activity(state, deed, times)),
    envelope: state.machine === null ? null : envelopeOf(config.seats, state.machine.totalBytes),
    conflict:
      relief.conflict === null
        ? null
        : { target: relief.conflict.target, sinceSeconds: seconds(nowMs - relief.conflict.sinceMs) },
    wiredLeak: leak === null ? null : { seat: leak.seat, bytes: leak.bytes },
    missingEnforcers: missingEnforcers(state.services, config).slice(0, shownNames),
  };
};

const passedOver = ({ act, target, code, text }: PassedOver): PassedOver => ({
  ...(act === undefined ? {} : { act: shortened(act, 64) }),
  target: shortened(target, 160),
  code: shortened(code, 64),
  text: shortened(text, 2 * sentence),
});

/** The last judgement in full. */
export const explanationOf = (state: KeeperState, wallMs: number): Explanation => {
  const { chosen, noop, passedOver: all } = state.relief.explanation;
  const more = all.length - shownPassedOver;
  return {
    atMs: wallMs,
    level: levelNames[state.level.level],
    chosen: chosen === null ? null : shortened(chosen, 4 * sentence),
    noop: shortened(noop, 4 * sentence),
    passedOver: [
      ...all.slice(0, shownPassedOver).map(passedOver),
      ...(more > 0 ? [{ target: moreWords(more), code: 'more', text: 'They did not fit into this list.' }] : []),
    ],
  };
};
