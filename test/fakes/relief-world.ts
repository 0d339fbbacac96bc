import { type Config, defaultConfig, GB, MB, type PolicyEntry } from '../../helper/config/config.ts';
import type { Inspection } from '../../helper/host/port.ts';
import { type ProcessReading, processKey, type SwapReading } from '../../helper/host/reading.ts';
import { type Decision, decide } from '../../helper/keeper/judgement/decide.ts';
import type { Effect, EffectOutcome } from '../../helper/keeper/judgement/effect.ts';
import type { KeeperEvent } from '../../helper/keeper/judgement/events.ts';
import type { Reading, Services } from '../../helper/keeper/judgement/reading.ts';
import { chosenIds, depthAt } from '../../helper/keeper/judgement/sampling.ts';
import { initialState, type KeeperState } from '../../helper/keeper/judgement/state.ts';
import { wantedInspections } from '../../helper/relief/looks.ts';
import { machineReading, processTable, readingOf } from './readings.ts';

/** `decide` in virtual time over processes that stop when they are stopped, and end when they are ended. */

export interface VirtualProcess {
  readonly reading: ProcessReading;
  /** Footprint by time, bytes; stands still while stopped. Absent: as in the reading. */
  readonly footprint?: (nowMs: number) => number;
  /** Processor time by time, ms. Absent: as in the reading. */
  readonly cpuMs?: (nowMs: number) => number;
  readonly inspection?: Partial<Inspection>;
}

export interface VirtualWorld {
  readonly processes: readonly VirtualProcess[];
  /** As they are, or by time; null: not known at that time. */
  readonly services?: Services | ((nowMs: number) => Services | null);
  /** Available memory by time, bytes. `frozenBytes` is what frozen processes would have grown by. */
  readonly available: (nowMs: number, frozenBytes: number) => number;
  readonly kernelLevel?: (nowMs: number) => number;
  readonly swap?: SwapReading;
}

export interface VirtualStep {
  readonly nowMs: number;
  readonly decision: Decision;
}

export interface VirtualRun {
  readonly state: KeeperState;
  readonly steps: readonly VirtualStep[];
  readonly effects: readonly { readonly nowMs: number; readonly effect: Effect }[];
}

export const harmless: Omit<Inspection, 'id'> = {
  listening: [],
  isHypervisor: false,
  isTraced: false,
  isPlatform: false,
  processGroup: null,
};

export const freezeEntry = (change: Partial<Extract<PolicyEntry, { class: 'freeze_only' }>> = {}): PolicyEntry => ({
  class: 'freeze_only',
  name: 'hog',
  pattern: '/hog',
  freezeFloorBytes: 1 * GB,
  group: 'none',
  oracle: null,
  withoutAsking: false,
  ownerUid: null,
  ...change,
});

export const killEntry = (change: Partial<Extract<PolicyEntry, { class: 'kill_allowed' }>> = {}): PolicyEntry => ({
  class: 'kill_allowed',
  name: 'vm',
  pattern: '/vm',
  freezeFloorBytes: 1 * GB,
  killFloorBytes: 8 * GB,
  preAuthorised: false,
  group: 'none',
  oracle: null,
  withoutAsking: false,
  ownerUid: null,
  ...change,
});

export const liveConfig = (change: Partial<Config['relief']> = {}, rest: Partial<Config> = {}): Config => ({
  ...defaultConfig,
  ...rest,
  relief: { ...defaultConfig.relief, mode: 'live', entries: [freezeEntry()], ...change },
});

export interface RunOptions {
  readonly config: Config;
  readonly untilMs: number;
  readonly from?: KeeperState;
  /** Events at times, besides the deadman's presence at the start. */
  readonly events?: readonly { readonly atMs: number; readonly event: (state: KeeperState) => KeeperEvent | null }[];
  readonly deadman?: 'present' | 'missing';
  readonly outcome?: (effect: Effect) => EffectOutcome;
  /** False: whatever is answered, nothing of it happens. */
  readonly happens?: boolean;
}

export const runRelief = (world: VirtualWorld, options: RunOptions): VirtualRun => {
  const { config } = options;
  const steps: VirtualStep[] = [];
  const effects: { nowMs: number; effect: Effect }[] = [];
  const frozenAt = new Map<string, { bytes: number; sinceMs: number }>();
  const ended = new Set<string>();
  const downLabels = new Set<string>();
  let state = options.from ?? initialState(0);
  let events = [...(options.events ?? [])].sort((a, b) => a.atMs - b.atMs);

  const bytesOf = ({ reading, footprint }: VirtualProcess, nowMs: number): number =>
    frozenAt.get(processKey(reading.id))?.bytes ??
    Math.max(0, Math.round(footprint?.(nowMs) ?? reading.footprintBytes));

  const rowsAt = (nowMs: number): readonly ProcessReading[] =>
    world.processes
      .filter(({ reading }) => !ended.has(processKey(reading.id)))
      .map((each) => ({
        ...each.reading,
        footprintBytes: bytesOf(each, nowMs),
        cpuMs: each.cpuMs?.(nowMs) ?? each.reading.cpuMs,
        state: frozenAt.has(processKey(each.reading.id)) ? 'stopped' : each.reading.state,
      }));

  const heldBack = (nowMs: number): number =>
    world.processes.reduce((sum, each) => {
      const frozen = frozenAt.get(processKey(each.reading.id));
      return frozen === undefined ? sum : sum + Math.max(0, (each.footprint?.(nowMs) ?? frozen.bytes) - frozen.bytes);
    }, 0);

  const servicesAt = (nowMs: number): Services | null =>
    typeof world.services === 'function' ? world.services(nowMs) : (world.services ?? []);

  const readingAt = (nowMs: number): Reading => {
    const depth = depthAt(state, nowMs);
    const machine = machineReading({
      atMs: nowMs,
      availableBytes: Math.max(0, world.available(nowMs, heldBack(nowMs))),
      kernelLevel: world.kernelLevel?.(nowMs) ?? 1,
      ...(world.swap === undefined ? {} : { swap: world.swap }),
    });
    const rows = rowsAt(nowMs);
    const table = depth === 'full' ? processTable(rows, nowMs) : null;
    const wanted = table === null ? [] : wantedInspections(table, config.relief.entries, state.relief.inspected, nowMs);
    const chosen = new Set(chosenIds(depth, state).map(processKey));
    return readingOf(depth, machine, {
      table,
      services: servicesAt(nowMs)?.filter(([label]) => !downLabels.has(label)) ?? null,
      chosen: rows.filter(({ id }) => chosen.has(processKey(id))),
      inspections: wanted.map(({ id }) => ({
        ...harmless,
        ...world.processes.find(({ reading }) => processKey(reading.id) === processKey(id))?.inspection,
        id,
      })),
    });
  };

  const happen = (effect: Effect, nowMs: number): void => {
    if (effect.kind !== 'act') return;
    const { act } = effect.plan;
    if (act.verb === 'freeze')
      for (const { id } of act.targets) {
        const process = world.processes.find(({ reading }) => processKey(reading.id) === processKey(id));
        if (process !== undefined) frozenAt.set(processKey(id), { bytes: bytesOf(process, nowMs), sinceMs: nowMs });
      }
    if (act.verb === 'resume') for (const { id } of act.targets) frozenAt.delete(processKey(id));
    if (act.verb === 'terminate' || act.verb === 'kill') ended.add(processKey(act.target.id));
    if (act.verb === 'shed' || act.verb === 'bootout') {
      downLabels.add(act.label);
      const pid = servicesAt(nowMs)?.find(([label]) => label === act.label)?.[1];
      for (const { reading } of world.processes) if (reading.id.pid === pid) ended.add(processKey(reading.id));
    }
    if (act.verb === 'restore') downLabels.delete(act.label);
  };

  const step = (nowMs: number, reading: Reading | null, given: readonly KeeperEvent[]): void => {
    const decision = decide(state, { nowMs, reading, events: given }, config);
    state = decision.state;
    steps.push({ nowMs, decision });
    for (const effect of decision.effects) effects.push({ nowMs, effect });
    const completions = decision.effects.map((effect): KeeperEvent => {
      const outcome = options.outcome?.(effect) ?? 'ok';
      if (outcome === 'ok' && options.happens !== false) happen(effect, nowMs);
      return { type: 'effect', id: effect.id, outcome, detail: '' };
    });
    if (completions.length > 0) step(nowMs, null, completions);
  };

  if (options.from === undefined)
    step(0, null, [{ type: 'deadman', state: options.deadman ?? 'present', foreignTombstones: 0 }]);
  while (state.next.atMs <= options.untilMs) {
    const nowMs = state.next.atMs;
    const due = events.filter(({ atMs }) => atMs <= nowMs);
    events = events.filter(({ atMs }) => atMs > nowMs);
    for (const { event, atMs } of due) {
      const happening = event(state);
      if (happening !== null) step(Math.max(atMs, state.lastSampleMs), null, [happening]);
    }
    step(nowMs, readingAt(nowMs), []);
  }
  return { state, steps, effects };
};

/** Acts that were sent to be carried out. */
export const actsOf = ({ effects }: VirtualRun) =>
  effects.flatMap(({ nowMs, effect }) => (effect.kind === 'act' ? [{ nowMs, plan: effect.plan, by: effect.by }] : []));

export const rowsOf = ({ steps }: VirtualRun) =>
  steps.flatMap(({ nowMs, decision }) => decision.rows.map((row) => ({ nowMs, row })));

export { GB, MB };
