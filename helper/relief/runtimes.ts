import type { LoadedModel } from '../adapters/wire.ts';
import { type ProcessId, processKey } from '../host/reading.ts';
import { treeOfServer } from './process-tree.ts';
import type { ReliefState } from './state.ts';
import type { World } from './world.ts';

/** Runtimes of models as they were listed last, and whether they work. */

/** What one look at a runtime found. What it says of itself is said by a stranger: sizes are bounded by what is measured. */
export interface RuntimeLook {
  /** Of the configuration. */
  readonly name: string;
  /** Who listens at its address; null: nobody, or that cannot be told. */
  readonly server: ProcessId | null;
  /** Why its models are not known; null: they are. */
  readonly problem: string | null;
  readonly models: readonly LoadedModel[];
}

export interface RuntimeFacts extends RuntimeLook {
  readonly atMs: number;
}

/** Processor time of a runtime's processes between two looks at the table. */
export interface RuntimeUse {
  readonly name: string;
  /** `pid:start` of its server: another one begins anew. */
  readonly key: string;
  readonly cpuMs: number;
  readonly atMs: number;
  /** When it was seen first. */
  readonly sinceMs: number;
  readonly isWorking: boolean;
  /** Null: it worked a moment ago, or it is not known yet. */
  readonly quietSinceMs: number | null;
}

const runtimesKept = 16;

export const heardOfRuntime = (before: ReliefState, look: RuntimeLook, nowMs: number): ReliefState => ({
  ...before,
  runtimes: [...before.runtimes.filter(({ name }) => name !== look.name), { ...look, atMs: nowMs }].slice(
    -runtimesKept,
  ),
});

/** A core's share from which on it counts as working: who generates keeps one busy, on the GPU, too. */
const workingShare = 0.1;
/** Shorter stretches say little: the clock of processor time is coarse. */
const leastStretchMs = 1_500;
/** So long without work, and nobody is served: a pause between two requests of one conversation is shorter. */
const quietMs = 30_000;

const useOf = (facts: RuntimeFacts, known: RuntimeUse | undefined, world: World): RuntimeUse | null => {
  if (facts.server === null) return null;
  const tree = treeOfServer(world.processes, facts.server);
  if (tree.length === 0) return null;
  const { nowMs } = world;
  const { name } = facts;
  const key = processKey(facts.server);
  const cpuMs = tree.reduce((sum, process) => sum + process.cpuMs, 0);
  const isSame = known?.key === key && !world.isAfterGap;
  const sinceMs = isSame ? known.sinceMs : nowMs;
  const first: RuntimeUse = { name, key, cpuMs, atMs: nowMs, sinceMs, isWorking: false, quietSinceMs: null };
  if (!isSame) return first;
  if (nowMs - known.atMs < leastStretchMs) return known;
  const share = (cpuMs - known.cpuMs) / (nowMs - known.atMs);
  // One of them ended and took its time along: that stretch tells nothing.
  if (share < 0) return first;
  const isWorking = share >= workingShare;
  return { ...first, isWorking, quietSinceMs: isWorking ? null : (known.quietSinceMs ?? known.atMs) };
};

/** To be called with each full pass. */
export const observeRuntimes = (before: ReliefState, world: World): ReliefState => {
  if (before.runtimes.length === 0 || !world.isFull) return before;
  const runtimeUse = before.runtimes.flatMap(
    (facts) =>
      useOf(
        facts,
        before.runtimeUse.find(({ name }) => name === facts.name),
        world,
      ) ?? [],
  );
  return { ...before, runtimeUse };
};

/** So long it is watched before anybody is asked about it. On green the table is read every 30 s. */
const watchMs = 90_000;

export type Use = 'busy' | 'idle' | 'watched' | 'unknown';

/** Whether it serves somebody, as far as its processes tell. */
export const useOfRuntime = ({ runtimeUse }: ReliefState, name: string, nowMs: number): Use => {
  const use = runtimeUse.find((each) => each.name === name);
  if (use === undefined) return 'watched';
  if (use.isWorking) return 'busy';
  if (use.quietSinceMs !== null && nowMs - use.quietSinceMs >= quietMs) return 'idle';
  return nowMs - use.sinceMs < watchMs ? 'watched' : 'unknown';
};
