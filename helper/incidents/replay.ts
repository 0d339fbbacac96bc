import { type Agenda, createAgenda } from './agenda.ts';
import { checkDecisions } from './check-decisions.ts';
import { checkFacts, probeTimes } from './check-facts.ts';
import { checkOrders } from './check-orders.ts';
import { checkAdmission, checkLint } from './check-policy.ts';
import { createDeadman, type VirtualDeadman } from './deadman.ts';
import type { Deviation } from './deviation.ts';
import { happen } from './happen.ts';
import { checkLaws } from './laws.ts';
import type { Moment } from './moments.ts';
import type { Scenario } from './scenario.ts';
import { createShell } from './shell.ts';
import type { Snapshot } from './snapshot.ts';
import { createWorld, type Order } from './world.ts';

export interface Replayed {
  /** What happened, in order. */
  readonly moments: readonly Moment[];
  /** One line for each call of `decide`: equal for equal judgements. */
  readonly log: readonly string[];
  /** By time, as expectations ask for it; the end is there always. */
  readonly snapshots: ReadonlyMap<number, Snapshot>;
  /** Earliest first; none: all came as expected. */
  readonly deviations: readonly Deviation[];
}

export interface ReplayOptions {
  /** Arranges processes, services and inspections of each reading; left out: as the file has them. */
  readonly order?: Order;
}

/** A judgement that asks for samples without end at one moment would never let time pass. */
const maxStepsAtOnce = 10_000;

/** The first sample has been taken by then: what is said of the policy rests on it. */
const afterFirstMs = 1;

const asWritten: Order = (list) => list;

/** Runs a scenario over `decide` in virtual time, each sample at the moment and depth that `decide` asks for. */
export const replay = (scenario: Scenario, { order = asWritten }: ReplayOptions = {}): Replayed => {
  const agenda: Agenda = createAgenda();
  const moments: Moment[] = [];
  const log: string[] = [];
  const snapshots = new Map<number, Snapshot>();
  const deviations: Deviation[] = [];
  const tell = (moment: Moment): void => {
    moments.push(moment);
  };
  const say = (atMs: number, text: string): void => tell({ kind: 'world', atMs, text });
  const schedule = agenda.at;
  const world = createWorld({ scenario, schedule, say });
  const shell = createShell({
    scenario,
    agenda,
    world,
    deadman: () => deadman,
    order,
    tell,
    log: (line) => {
      log.push(line);
    },
  });
  const deadman: VirtualDeadman = createDeadman({
    world,
    schedule,
    say,
    alert: (atMs, alert, detail) => tell({ kind: 'alert', atMs, alert, subject: 'deadman', detail }),
    send: (event, nowMs) => {
      shell.post(nowMs, [event]);
    },
    initial: scenario.deadman,
  });
  const stage = {
    world,
    shell,
    deadman,
    tell,
    deviate: (deviation: Deviation) => deviations.push(deviation),
    later: schedule,
  };

  shell.start(0);
  for (const event of scenario.events) {
    const until = Math.min(event.until ?? scenario.duration, scenario.duration);
    for (let at = event.at; at <= until; at += event.every ?? Number.POSITIVE_INFINITY)
      schedule(at, (nowMs) => happen(event, nowMs, stage));
  }

  const probes = [...new Set([afterFirstMs, ...probeTimes(scenario), scenario.duration])].sort((a, b) => a - b);
  const snap = (atMs: number): void => {
    const state = shell.state();
    if (state !== null) snapshots.set(atMs, { atMs, state, stopped: world.stopped() });
  };

  let nowMs = 0;
  let steps = 0;
  for (;;) {
    const sampleMs = shell.nextMs(nowMs);
    const nextMs = Math.min(sampleMs, agenda.nextMs());
    for (let probe = probes[0]; probe !== undefined && probe < nextMs; probe = probes[0]) {
      snap(probe);
      probes.shift();
    }
    if (nextMs > scenario.duration) break;
    steps = nextMs === nowMs ? steps + 1 : 0;
    if (steps > maxStepsAtOnce) throw new Error(`no time passes any more at ${nowMs} ms`);
    nowMs = nextMs;
    if (agenda.nextMs() <= sampleMs) agenda.run();
    else shell.sample(nowMs);
  }

  const all = [
    ...deviations,
    ...checkLaws(scenario, moments),
    ...checkDecisions(scenario, moments),
    ...checkOrders(scenario, moments),
    ...checkFacts(scenario, moments, snapshots),
    ...checkLint(scenario, snapshots.get(afterFirstMs)),
    ...checkAdmission(scenario, snapshots),
  ];
  return { moments, log, snapshots, deviations: all.sort((a, b) => a.atMs - b.atMs) };
};
