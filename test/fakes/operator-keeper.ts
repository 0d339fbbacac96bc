import { defaultConfig, GB } from '../../helper/config/config.ts';
import type { AuditFacts } from '../../helper/journal/audit.ts';
import { createOperatorHandlers } from '../../helper/keeper/answering/operator-handlers.ts';
import type { Decision } from '../../helper/keeper/judgement/decide.ts';
import type { Effect, EffectOutcome } from '../../helper/keeper/judgement/effect.ts';
import type { KeeperEvent, OperatorAnswer, OperatorEvent } from '../../helper/keeper/judgement/events.ts';
import { explanationOf, proposalsOf } from '../../helper/keeper/judgement/relief-status.ts';
import { initialState, type KeeperState } from '../../helper/keeper/judgement/state.ts';
import { statusOf } from '../../helper/keeper/judgement/status.ts';
import type { Caller } from '../../helper/keeper/server/caller.ts';
import type { ProvenCaller } from '../../helper/keeper/server/proven-caller.ts';
import type { ErrorCode } from '../../helper/protocol/errors.ts';
import type { Act, Plan, Target } from '../../helper/relief/acts.ts';
import { answer, propose } from '../../helper/relief/approvals.ts';
import { proven } from './proven-caller.ts';
import { machineReading } from './readings.ts';

/**
 * The operator's handlers over approvals as they really are. What `decide` says to the other verbs, how effects end and
 * what time it is are the test's choice.
 */

export const entry = {
  name: 'LM Studio',
  class: 'kill_allowed',
  pattern: 'node',
  freezeFloorBytes: 1 * GB,
  killFloorBytes: 8 * GB,
  preAuthorised: false,
  group: 'none',
  oracle: null,
  withoutAsking: false,
  ownerUid: null,
} as const;

export const target = (pid = 45_013, change: Partial<Target> = {}): Target => ({
  id: { pid, start: `${pid}.1` },
  name: 'node',
  command: '/opt/lmstudio/node server.js',
  uid: 501,
  footprintBytes: 8.6 * GB,
  ...change,
});

export const freezePlan = (id = 1, change: Partial<Plan> = {}): Plan => ({
  id,
  hash: `hash-${id}`,
  act: { verb: 'freeze', entry, targets: [target()], path: 'approved' },
  reason: 'It grows by 850 MB/s and explains 96 % of the fill.',
  cause: { kind: 'level', atLeast: 2 },
  expected: { counter: 'growth', bytes: 0, bytesPerSecond: 850 * 2 ** 20 },
  plannedMs: 0,
  ...change,
});

export const planOf = (act: Act, id = 1): Plan =>
  freezePlan(id, { act, expected: { counter: 'footprint', bytes: 2.4 * GB, bytesPerSecond: 0 } });

export const caller = (change: Partial<Caller> = {}): ProvenCaller =>
  proven({
    uid: 501,
    gid: 20,
    pid: 77,
    client: 'cli',
    tier: 'console',
    ...change,
  });

type Judge = (event: OperatorEvent, state: KeeperState) => OperatorAnswer | { readonly code: ErrorCode };

export interface OperatorKeeper {
  readonly handlers: ReturnType<typeof createOperatorHandlers>;
  readonly rows: readonly AuditFacts[];
  readonly events: readonly KeeperEvent[];
  readonly state: () => KeeperState;
  /** Puts one more plan to the operator; gives its number. */
  readonly propose: (plan: Plan) => number;
  /** Ends the effect that is waited for. */
  readonly end: (outcome: EffectOutcome, detail: string) => void;
  readonly advance: (ms: number) => void;
}

export interface OperatorOptions {
  readonly mode?: 'live' | 'dry_run' | 'observe_only';
  readonly still?: 'same' | 'changed' | 'gone';
  /** Answers all but approve and deny; absent: they are granted without an effect. */
  readonly judge?: Judge;
  /** Acts that a granted request orders, besides that of an approval. */
  readonly acts?: readonly Plan[];
  /** The loop stumbled or stopped. */
  readonly isDead?: boolean;
  /** Effects that have ended before they are asked after: the loop stopped. */
  readonly isStopping?: boolean;
  readonly log?: { readonly rows: readonly { readonly kind: string }[]; readonly cursor: string };
}

export const operatorKeeper = (options: OperatorOptions = {}): OperatorKeeper => {
  const rows: AuditFacts[] = [];
  const events: KeeperEvent[] = [];
  const timers = new Set<{ readonly atMs: number; readonly call: () => void }>();
  const waiting: ((end: { outcome: EffectOutcome; detail: string }) => void)[] = [];
  let nowMs = 1000;
  let state: KeeperState = { ...initialState(0), machine: machineReading() };
  let nextEffect = 100;
  const config = { ...defaultConfig, relief: { ...defaultConfig.relief, mode: 'live' as const } };

  const decided = (answers: readonly OperatorAnswer[], plans: readonly Plan[] = []): Decision => ({
    state,
    effects: plans.map((plan): Effect => ({ id: nextEffect++, kind: 'act', plan, by: { uid: 501, client: 'cli' } })),
    reasons: [],
    answers,
    seatAnswers: [],
    rows: [],
  });

  const word = (event: Extract<OperatorEvent, { readonly type: 'approve' | 'deny' }>): Decision => {
    const { request, id, hash, by } = event;
    const approve = event.type === 'approve';
    const confirmed = event.type === 'approve' && event.confirmed;
    const world = { mode: options.mode ?? 'live', still: options.still ?? 'same' } as const;
    const turn = answer(state.relief.approvals, { id, hash, confirmed, approve, by }, nowMs, world);
    state = { ...state, relief: { ...state.relief, approvals: turn.state } };
    if (!turn.result.ok) return decided([{ request, ok: false, code: turn.result.code, detail: '' }]);
    const { plan } = turn.result;
    const effect = approve ? nextEffect : null;
    const said = approve ? 'Approved.' : 'Denied.';
    return decided([{ request, ok: true, effect, plan: plan.id, said }], approve ? [plan] : []);
  };

  const post = (event: KeeperEvent): Decision | null => {
    events.push(event);
    if (options.isDead === true) return null;
    if (event.type === 'approve' || event.type === 'deny') return word(event);
    if (!('request' in event && 'by' in event) || 'seat' in event) return null;
    const { request } = event;
    const judged = options.judge?.(event, state);
    if (judged !== undefined && 'code' in judged && !('request' in judged))
      return decided([{ request, ok: false, code: judged.code, detail: '' }]);
    if (judged !== undefined && 'request' in judged) return decided([judged], options.acts);
    const effect = (options.acts ?? []).length > 0 ? nextEffect : null;
    return decided([{ request, ok: true, effect, plan: null, said: 'Granted.' }], options.acts);
  };

  const shell = {
    keeper: { version: '0', pid: 1, instance: 'i', host: 'sim' as const, os: 'sim', cpuPercent: 0 },
    telemetry: { history: 'ok' as const, droppedRows: 0, journal: 'ok' as const, lostRows: 0 },
    wentDown: null,
    advice: null,
    configPath: '/c.toml',
    configProblems: [],
    ownPids: new Set<number>(),
  };
  const times = () => ({ nowMs, wallMs: 1_700_000_000_000 + nowMs });

  return {
    handlers: createOperatorHandlers({
      clock: {
        nowMs: () => nowMs,
        at: (atMs, call) => {
          const timer = { atMs, call };
          timers.add(timer);
          return () => timers.delete(timer);
        },
      },
      reporter: {
        fresh: () => Promise.resolve(),
        status: () => statusOf(state, config, { ...shell, ...times() }),
        proposals: () => proposalsOf(state, config, times()),
        explanation: () => explanationOf(state, times().wallMs),
      },
      state: () => state,
      post,
      completion: () =>
        options.isStopping === true ? Promise.resolve(null) : new Promise((resolve) => waiting.push(resolve)),
      audit: (row) => rows.push(row),
      readAudit: () => ({ rows: [], cursor: '0', missed: false, skipped: 0, ...options.log }),
    }),
    rows,
    events,
    state: () => state,
    propose: (plan) => {
      const turn = propose(state.relief.approvals, plan, [], nowMs);
      state = { ...state, relief: { ...state.relief, approvals: turn.state } };
      return turn.proposal?.id ?? -1;
    },
    end: (outcome, detail) => {
      for (const tell of waiting.splice(0)) tell({ outcome, detail });
    },
    advance: (ms) => {
      nowMs += ms;
      for (const timer of [...timers])
        if (timer.atMs <= nowMs) {
          timers.delete(timer);
          timer.call();
        }
    },
  };
};
