import { wantedTargets } from '../arbiter/arbiter.ts';
import type { Config } from '../config/config.ts';
import type { Host, Inspection } from '../host/port.ts';
import { type ProcessReading, processKey, type SensorFact } from '../host/reading.ts';
import { slotMs } from '../memory/level.ts';
import { wantedInspections } from '../relief/looks.ts';
import { portsToRead } from '../seats/activity.ts';
import { warmUpBrake } from './acting/warm-up.ts';
import { type Decision, decide } from './judgement/decide.ts';
import type { Effect, EffectOutcome } from './judgement/effect.ts';
import type { Input, KeeperEvent } from './judgement/events.ts';
import type { Reading, SampleDepth, SeatSigns, Services } from './judgement/reading.ts';
import { chosenIds, depthAt } from './judgement/sampling.ts';
import { initialState, type KeeperState } from './judgement/state.ts';

/** An effect that has not completed after this long counts as timed out; a late answer is not heard any more. */
const effectTimeoutMs = 10_000;
/** What is not used for a while is no longer quick: V8 throws compiled code away that several collections found idle. */
const warmUpEveryMs = 30_000;
const calmMs = 100;

export interface LoopOptions {
  readonly host: Host;
  readonly config: () => Config;
  /** Carries one effect out. May take its time: the loop does not wait. */
  readonly carryOut: (effect: Effect) => Promise<{ readonly outcome: EffectOutcome; readonly detail: string }>;
  /** Called before each sample, so that what was missed is known before anything is judged. */
  readonly beforeSample?: (nowMs: number) => void;
  /** Told after each step, with what went in and what came out. */
  readonly onStep: (input: Input, decision: Decision) => void;
  /** A fault of our own: said, survived, and the next slot is tried afresh. */
  readonly onFault: (fault: unknown) => void;
  /**
   * Goes through what must be quick in an emergency, without consequences; called now and then while memory is green.
   * False: not now, and soon again.
   */
  readonly rehearse?: () => boolean;
}

export interface Loop {
  readonly state: () => KeeperState;
  /** Null when the loop has stopped, or stumbled over a fault of its own. */
  readonly post: (event: KeeperEvent) => Decision | null;
  /** The completion of an effect that has been issued; null when there is none such, or the loop stopped. */
  readonly completion: (effect: number) => Promise<{ readonly outcome: EffectOutcome; readonly detail: string } | null>;
  readonly stop: () => void;
}

const isProcess = (each: ProcessReading | SensorFact): each is ProcessReading => 'id' in each;
const isInspection = (each: Inspection | SensorFact): each is Inspection => 'id' in each;

const servicesOf = (host: Host): Services | null => {
  const pids = host.services.pids();
  return pids === null ? null : [...pids];
};

/** What is read for the seats and the bands beside processes and services; tens of microseconds each. */
const signsAt = (host: Host, depth: SampleDepth, state: KeeperState, config: Config): SeatSigns | null => {
  if (depth === 'fast') return null;
  const nowMs = host.clock.nowMs();
  const labels = new Set(config.seats.map(({ label }) => label));
  const running = state.seating.seats.filter(({ run }) => run !== null);
  const ports = portsToRead(state.seating.seats, config.seats, nowMs);
  const mains = depth === 'full' ? running.flatMap(({ run }) => (run?.main ? [run.main] : [])) : [];
  return {
    lastExits: labels.size === 0 ? [] : [...host.services.lastExits()].filter(([label]) => labels.has(label)),
    traffic: ports.length === 0 ? [] : host.portTraffic(ports),
    executableGone: mains.filter((id) => host.isExecutableGone(id) === true).map(processKey),
    bands: wantedTargets(state.arbiter, nowMs).map((id) => ({ id, found: host.readBand(id) })),
    gpuLimit: host.gpuLimit(),
  };
};

const readAt = (host: Host, depth: SampleDepth, state: KeeperState, config: Config): Reading => {
  const machine = host.readMachine(depth === 'fast' ? 'fast' : 'slot');
  const services = depth === 'fast' ? [] : servicesOf(host);
  const table = depth === 'full' ? host.readProcesses() : null;
  const ids = chosenIds(depth, state);
  const seen = ids.length > 0 ? host.readChosen(ids) : [];
  const vanished = seen.filter((each): each is SensorFact => !isProcess(each));
  const wanted =
    table === null ? [] : wantedInspections(table, config.relief.entries, state.relief.inspected, table.atMs);
  const inspections = wanted.map(({ id }) => host.inspect(id)).filter(isInspection);
  return {
    depth,
    machine,
    services,
    table,
    chosen: seen.filter(isProcess),
    vanished,
    inspections,
    signs: signsAt(host, depth, state, config),
  };
};

/** Host → reading → decide → effects → host, on one timer that `decide` itself sets. */
export const startLoop = (options: LoopOptions): Loop => {
  const { host } = options;
  let state = initialState(host.clock.nowMs());
  let cancel: () => void = () => {};
  let stopped = false;
  let warmedUpMs = Number.NEGATIVE_INFINITY;
  const waiters = new Map<number, ((end: Awaited<ReturnType<Loop['completion']>>) => void)[]>();

  const run = (effect: Effect): void => {
    let done = false;
    const complete = (outcome: EffectOutcome, detail: string): void => {
      if (done || stopped) return;
      done = true;
      cancelTimeout();
      const waiting = waiters.get(effect.id);
      waiters.delete(effect.id);
      guarded(() => step(host.clock.nowMs(), null, [{ type: 'effect', id: effect.id, outcome, detail }]));
      for (const tell of waiting ?? []) tell({ outcome, detail });
    };
    const cancelTimeout = host.clock.at(host.clock.nowMs() + effectTimeoutMs, () => complete('timed_out', 'no answer'));
    options.carryOut(effect).then(
      ({ outcome, detail }) => complete(outcome, detail),
      (fault: unknown) => {
        options.onFault(fault);
        complete('failed', String(fault));
      },
    );
  };

  const step = (nowMs: number, reading: Reading | null, events: readonly KeeperEvent[]): Decision => {
    const input: Input = { nowMs, reading, events };
    const dueBefore = state.next.atMs;
    const decision = decide(state, input, options.config());
    state = decision.state;
    // Effects are owed from here on, whatever the listener does.
    try {
      options.onStep(input, decision);
    } catch (fault) {
      options.onFault(fault);
    }
    for (const effect of decision.effects) run(effect);
    if (reading !== null || state.next.atMs !== dueBefore) arm(state.next.atMs);
    return decision;
  };

  const guarded = <T>(act: () => T): T | null => {
    try {
      return act();
    } catch (fault) {
      options.onFault(fault);
      arm(host.clock.nowMs() + slotMs);
      return null;
    }
  };

  const arm = (atMs: number): void => {
    cancel();
    if (!stopped) cancel = host.clock.at(atMs, () => guarded(sample));
  };

  const sample = (): void => {
    options.beforeSample?.(host.clock.nowMs());
    const nowMs = host.clock.nowMs();
    step(nowMs, readAt(host, depthAt(state, nowMs), state, options.config()), []);
    if (options.rehearse === undefined || nowMs - warmedUpMs < warmUpEveryMs) return;
    // Without a candidate there is nothing to be quick about, and what only a plan loads need not be held (1.5 MB). The
    // step has armed the next sample: this must not delay it.
    const isCalm = state.level.level === 0 && state.next.atMs - nowMs >= calmMs;
    if (!isCalm || state.relief.candidates.length === 0 || !options.rehearse()) return;
    warmedUpMs = nowMs;
    warmUpBrake(state, options.config());
  };

  arm(state.next.atMs);
  return {
    state: () => state,
    post: (event) => (stopped ? null : guarded(() => step(host.clock.nowMs(), null, [event]))),
    completion: (effect) =>
      stopped || !state.outstanding.some((each) => each.id === effect)
        ? Promise.resolve(null)
        : new Promise((resolve) => {
            waiters.set(effect, [...(waiters.get(effect) ?? []), resolve]);
          }),
    stop: () => {
      stopped = true;
      cancel();
      for (const tell of [...waiters.values()].flat()) tell(null);
      waiters.clear();
    },
  };
};
