import { createHash, type Hash } from 'node:crypto';
import type { Inspection } from '../../helper/host/port.ts';
import { processKey } from '../../helper/host/reading.ts';
import type { AuditFacts } from '../../helper/journal/audit.ts';
import type { Effect } from '../../helper/keeper/judgement/effect.ts';
import { modeOf } from '../../helper/keeper/judgement/mode.ts';
import type { KeeperState } from '../../helper/keeper/judgement/state.ts';
import type { Cause, Plan } from '../../helper/relief/acts.ts';
import type { ReliefCase } from './relief-case.ts';
import { type DriveOptions, drive, type Stepped } from './relief-drive.ts';
import { asksFirst, type Known, wrongWith } from './relief-truth.ts';

/** What a run of `drive` came to, as far as tests ask for it: acts with how things were when they were ordered. */

export interface Sample {
  readonly atMs: number;
  readonly availableBytes: number | null;
}

export interface Word {
  readonly id: number;
  readonly hash: string;
  readonly confirmed: boolean;
  /** The proposal as it was open when the word came; null: it was not. */
  readonly open: { readonly hash: string; readonly issuedMs: number; readonly needsConfirmation: boolean } | null;
}

export interface ActRecord {
  readonly nowMs: number;
  readonly keeper: number;
  readonly plan: Plan;
  readonly by: Extract<Effect, { kind: 'act' }>['by'];
  readonly mode: 'observe_only' | 'dry_run' | 'live';
  readonly level: number;
  readonly isLeaking: boolean;
  /** The last samples before it, newest last. */
  readonly samples: readonly Sample[];
  readonly wrong: readonly string[];
  readonly unasked: readonly string[];
  readonly word: Word | null;
  readonly causeHolds: boolean;
  /** When the level was last above yellow; −∞: never. */
  readonly troubledMs: number;
}

export interface End {
  readonly keeper: number;
  readonly plan: number;
  readonly atMs: number;
  readonly outcome: 'ok' | 'failed' | 'timed_out' | 'withdrawn';
}

export interface Chronicle {
  readonly acts: readonly ActRecord[];
  readonly ends: readonly End[];
  readonly asked: readonly { readonly nowMs: number; readonly plan: Plan; readonly wrong: readonly string[] }[];
  readonly rows: readonly { readonly nowMs: number; readonly keeper: number; readonly row: AuditFacts }[];
  /** Freezes that were forgotten, with when: resumed, ended, or thawed by another hand. */
  readonly over: readonly { readonly keeper: number; readonly plan: number; readonly atMs: number }[];
  readonly mostFreezes: number;
  /** Freezes ordered while the deadman was not there. */
  readonly unwatched: number;
  readonly passedOver: ReadonlySet<string>;
  readonly refused: ReadonlySet<string>;
  readonly alerts: ReadonlySet<string>;
  readonly brakeHeld: ReadonlySet<string>;
  readonly stoppedAtEnd: readonly string[];
  /** What relief remembers, as JSON, at its largest. */
  readonly largestBytes: number;
  readonly steps: number;
  /** The number of the keeper at the end. */
  readonly lastKeeper: number;
  readonly digest: string;
  readonly state: KeeperState;
}

const samplesKept = 6;

const holds = (cause: Cause, plan: Plan, { state, machine, seen }: Known): boolean => {
  switch (cause.kind) {
    case 'level':
      return state.level.level >= cause.atLeast;
    case 'ladder':
      return state.relief.ladder.step >= cause.step;
    case 'frozen_too_long':
      return state.level.level >= 2;
    case 'did_not_end':
      return (
        plan.act.verb === 'kill' &&
        seen.has(processKey(plan.act.target.id)) &&
        machine.toldMs(processKey(plan.act.target.id)) !== null
      );
    default:
      return true;
  }
};

export const chronicle = (given: ReliefCase, options: Pick<DriveOptions, 'order'> = {}): Chronicle => {
  const acts: ActRecord[] = [];
  const ends: End[] = [];
  const asked: Chronicle['asked'][number][] = [];
  const rows: Chronicle['rows'][number][] = [];
  const over: Chronicle['over'][number][] = [];
  const passedOver = new Set<string>();
  const refused = new Set<string>();
  const alerts = new Set<string>();
  const brakeHeld = new Set<string>();
  const digest: Hash = createHash('sha256');
  let samples: readonly Sample[] = [];
  let services: Known['services'] = [];
  let inspected = new Map<string, { inspection: Inspection; atMs: number }>();
  let keeper = 0;
  let shown = 0;
  let steps = 0;
  let mostFreezes = 0;
  let unwatched = 0;
  let largestBytes = 0;
  let troubledMs = Number.NEGATIVE_INFINITY;
  let state: KeeperState | null = null;

  const onStep = (step: Stepped): void => {
    const { nowMs, before, decision, reading, event, config } = step;
    steps += 1;
    if (step.keeper !== keeper) {
      keeper = step.keeper;
      inspected = new Map();
      services = [];
      samples = [];
      shown = 0;
    }
    state = decision.state;
    if (reading !== null) {
      samples = [...samples.slice(1 - samplesKept), { atMs: nowMs, availableBytes: reading.machine.availableBytes }];
      if (reading.depth !== 'fast' && reading.services !== null) services = reading.services;
      for (const inspection of reading.inspections)
        inspected.set(processKey(inspection.id), { inspection, atMs: nowMs });
      if (state.level.level > 1) troubledMs = nowMs;
    }
    const known: Known = {
      nowMs,
      config,
      own: given.own,
      state: before.machine === null ? state : { ...state, relief: before.relief },
      seen: step.seen,
      services,
      inspected,
      machine: step.machine,
    };
    const { relief } = state;
    mostFreezes = Math.max(mostFreezes, relief.freezes.length);
    if (event?.type === 'effect') {
      const owed = before.outstanding.find(({ id }) => id === event.id);
      if (owed !== undefined && owed.plan !== null)
        ends.push({ keeper, plan: owed.plan, atMs: nowMs, outcome: event.outcome });
    }
    for (const { plan } of before.relief.freezes)
      if (!relief.freezes.some((freeze) => freeze.plan === plan)) over.push({ keeper, plan, atMs: nowMs });
    const open =
      event?.type === 'approve' ? before.relief.approvals.open.find((proposal) => proposal.id === event.id) : undefined;
    const word: Word | null =
      event?.type === 'approve'
        ? {
            id: event.id,
            hash: event.hash,
            confirmed: event.confirmed,
            open:
              open === undefined
                ? null
                : { hash: open.plan.hash, issuedMs: open.issuedMs, needsConfirmation: open.needsConfirmation },
          }
        : null;
    for (const effect of decision.effects) {
      if (effect.kind === 'alert') alerts.add(effect.alert);
      if (effect.kind !== 'act') continue;
      const { plan } = effect;
      if (plan.act.verb === 'freeze' && relief.deadman.state !== 'present') unwatched += 1;
      acts.push({
        nowMs,
        keeper,
        plan,
        by: effect.by,
        mode: modeOf(state, config).name,
        level: state.level.level,
        isLeaking: state.escalated,
        samples,
        wrong: wrongWith(plan.act, known),
        unasked: effect.by === 'automatic' ? asksFirst(plan.act, known) : [],
        word,
        causeHolds: holds(plan.cause, plan, { ...known, state }),
        troubledMs,
      });
    }
    for (const { id, plan } of relief.approvals.open)
      if (id > shown) {
        shown = id;
        asked.push({ nowMs, plan, wrong: wrongWith(plan.act, known) });
      }
    for (const row of decision.rows) rows.push({ nowMs, keeper, row });
    for (const answer of decision.answers) if (!answer.ok) refused.add(answer.code);
    if (relief.explanation !== before.relief.explanation) {
      for (const { code } of relief.explanation.passedOver) passedOver.add(code);
      if (relief.explanation.noop.startsWith('The brake holds')) brakeHeld.add(relief.explanation.noop);
    }
    if (steps % 500 === 0) largestBytes = Math.max(largestBytes, JSON.stringify(relief).length);
    if (decision.effects.length + decision.rows.length + decision.answers.length > 0)
      digest.update(JSON.stringify([nowMs, decision.effects, decision.rows, decision.answers, relief.explanation]));
  };

  const machine = drive(given, { ...options, onStep });
  if (state === null) throw new Error('a run without a step');
  return {
    acts,
    ends,
    asked,
    rows,
    over,
    mostFreezes,
    unwatched,
    passedOver,
    refused,
    alerts,
    brakeHeld,
    stoppedAtEnd: machine.stoppedByUs(),
    largestBytes,
    steps,
    lastKeeper: keeper,
    digest: digest.digest('hex'),
    state,
  };
};
