import type { Decision } from '../keeper/judgement/decide.ts';
import type { Effect } from '../keeper/judgement/effect.ts';
import type { KeeperEvent } from '../keeper/judgement/events.ts';
import { depthAt } from '../keeper/judgement/sampling.ts';
import type { KeeperState } from '../keeper/judgement/state.ts';
import { holderText, type PortHolder } from '../probes/port-holder.ts';
import type { ReliefMemory } from '../relief/state.ts';
import type { SeatAnswer } from '../seats/events.ts';
import { actionOf, type Done, usualActMs } from './actions.ts';
import type { Agenda } from './agenda.ts';
import type { VirtualDeadman } from './deadman.ts';
import { createHealth, type VirtualHealth } from './health.ts';
import { startKeeper, type VirtualKeeper } from './keeper.ts';
import type { Moment } from './moments.ts';
import type { Scenario } from './scenario.ts';
import { seatActionOf } from './seat-actions.ts';
import type { Order, World } from './world.ts';

/** What the keeper's process is around `decide`: samples when they are due, effects carried out, and an end of its own. */
export interface Shell {
  /** Null: none runs, or it stands still. */
  readonly keeper: () => VirtualKeeper | null;
  /** Of the keeper that runs or ran last; null: there was none. */
  readonly state: () => KeeperState | null;
  /** Starts one at that time, in place of any other. */
  readonly start: (atMs: number) => void;
  readonly lose: (how: 'killed' | 'wedged') => void;
  /** It gets no time until then. */
  readonly starve: (untilMs: number) => void;
  /** Null: nobody is there to hear. */
  readonly post: (nowMs: number, events: readonly KeeperEvent[]) => Decision | null;
  /** When the next sample is due; infinite when no keeper runs. */
  readonly nextMs: (nowMs: number) => number;
  readonly sample: (nowMs: number) => void;
  /** What seats answer about their health. */
  readonly health: VirtualHealth;
  readonly nextRequest: () => number;
  /** Told of the answer to a request about a seat, once. */
  readonly awaitAnswer: (request: number, call: (answer: SeatAnswer, nowMs: number) => void) => void;
}

export interface ShellOptions {
  readonly scenario: Scenario;
  readonly agenda: Agenda;
  readonly world: World;
  /** Asked for late, because the deadman talks to the shell as well. */
  readonly deadman: () => VirtualDeadman;
  readonly order: Order;
  readonly tell: (moment: Moment) => void;
  readonly log: (line: string) => void;
}

/** First uid of a login user on a Mac. */
const firstLoginUid = 501;

export const createShell = ({ scenario, agenda, world, deadman, order, tell, log }: ShellOptions): Shell => {
  let running: VirtualKeeper | null = null;
  let last: VirtualKeeper | null = null;
  let awakeMs = 0;
  let requests = 0;
  const awaited = new Map<number, (answer: SeatAnswer, nowMs: number) => void>();
  /** What the next one finds on the disk. */
  let memory: ReliefMemory | null = null;

  const postTo = (to: VirtualKeeper | null, nowMs: number, events: readonly KeeperEvent[]): Decision | null =>
    to === null || to !== running || events.length === 0 ? null : to.step(nowMs, null, events);
  const health = createHealth(agenda.at, (nowMs, event) => {
    postTo(running, nowMs, [event]);
  });
  /** Where nobody is asked about health there is no gateway either. */
  const hasGateway = scenario.config.seats.some((seat) => seat.health !== null);

  /** What is neither an act nor an order: files and ports are looked at, and everything else is written somewhere. */
  const otherwise = (effect: Effect): Done => {
    if (effect.kind === 'integrity') return health.files(effect);
    if (effect.kind !== 'port') return { outcome: 'ok', detail: '' };
    const run = world.listenerAt(effect.address);
    const holder: PortHolder =
      run === null ? { kind: 'nobody' } : { kind: 'other', pid: run.pid, command: run.spec.command };
    return { outcome: 'ok', detail: holderText(holder) };
  };

  const owe = (of: () => VirtualKeeper) => (effect: Effect, nowMs: number) => {
    if (effect.kind === 'seat' || effect.kind === 'probe' || effect.kind === 'band') {
      agenda.at(nowMs + usualActMs, (later) => {
        if (of() !== running) return;
        const { outcome, detail } = seatActionOf(effect, world, later);
        if (effect.kind === 'seat')
          tell({
            kind: 'world',
            atMs: later,
            text: `${effect.order.verb} ${effect.order.seat}: ${outcome}${detail === '' ? '' : `, ${detail}`}`,
          });
        postTo(of(), later, [{ type: 'effect', id: effect.id, outcome, detail }]);
      });
      return;
    }
    if (effect.kind !== 'act') {
      if (effect.kind === 'remember') memory = effect.memory;
      const done = otherwise(effect);
      agenda.at(nowMs, (later) => {
        postTo(of(), later, [{ type: 'effect', id: effect.id, ...done }]);
      });
      return;
    }
    const { plan } = effect;
    const { tombstones, isPresent } = deadman();
    const action = actionOf(effect, scenario.acts, { world, tombstones, deadmanIsPresent: isPresent });
    agenda.at(nowMs + action.takesMs, (later) => {
      // A keeper that is gone by then does not do it.
      if (of() !== running) return;
      const { outcome, detail } = action.run(later);
      tell({ kind: 'result', atMs: later, plan: plan.id, verb: plan.act.verb, outcome, detail });
      if (plan.act.verb === 'freeze' && outcome === 'ok')
        deadman().watch(
          plan.act.targets.map(({ id }) => id.pid),
          later,
        );
      postTo(of(), later, [{ type: 'effect', id: effect.id, outcome, detail }]);
    });
  };

  const begin = (nowMs: number): void => {
    const fresh: VirtualKeeper = startKeeper({
      startMs: nowMs,
      config: scenario.config,
      tell,
      log,
      onEffect: owe(() => fresh),
      onSeatAnswers: (answers, later) => {
        for (const answer of answers) {
          awaited.get(answer.request)?.(answer, later);
          awaited.delete(answer.request);
        }
      },
    });
    running = fresh;
    last = fresh;
    postTo(fresh, nowMs, [
      { type: 'config', state: 'file' },
      { type: 'own', pids: scenario.own, firstLoginUid },
      { type: 'audit', writable: true },
      ...(hasGateway ? [{ type: 'gateway', state: 'present', listen: '', problems: [] } as const] : []),
      ...(memory === null ? [] : [{ type: 'remembered', ageMs: 0, memory } as const]),
      ...scenario.services.map(
        ({ label, machServices }): KeeperEvent => ({
          type: 'job',
          job: {
            label,
            pid: world.serviceRun(label)?.pid ?? null,
            lastExit: null,
            exitTimeoutSeconds: null,
            hasMachServices: machServices,
          },
        }),
      ),
      ...deadman().greeting(),
    ]);
  };

  return {
    keeper: () => running,
    state: () => last?.state() ?? null,
    start: (atMs) => {
      agenda.at(atMs, (nowMs) => {
        if (last !== null) tell({ kind: 'world', atMs: nowMs, text: 'a new keeper starts' });
        begin(nowMs);
      });
    },
    lose: () => {
      running = null;
    },
    starve: (untilMs) => {
      awakeMs = untilMs;
    },
    post: (nowMs, events) => postTo(running, nowMs, events),
    nextMs: (nowMs) =>
      running === null ? Number.POSITIVE_INFINITY : Math.max(nowMs, awakeMs, running.state().next.atMs),
    sample: (nowMs) => {
      if (running === null) return;
      const state = running.state();
      running.step(nowMs, world.read(nowMs, depthAt(state, nowMs), state, order), []);
      health.ask(running.state(), nowMs);
    },
    health,
    nextRequest: () => requests++,
    awaitAnswer: (request, call) => {
      awaited.set(request, call);
    },
  };
};
