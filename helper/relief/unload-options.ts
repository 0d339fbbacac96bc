import type { LoadedModel } from '../adapters/wire.ts';
import type { RuntimeConfig } from '../config/config.ts';
import { type ProcessReading, processKey } from '../host/reading.ts';
import { size } from '../protocol/figures.ts';
import type { PassedOver } from '../protocol/index.ts';
import type { UnloadAct } from './acts.ts';
import { type Found, isSuppressed, type Option, pass, suppressed } from './option.ts';
import { targetKeyOf, targetNameOf } from './plan-identity.ts';
import { footprintOf, treeOfServer } from './process-tree.ts';
import { leastBytes } from './receipts.ts';
import { type RuntimeFacts, type Use, useOfRuntime } from './runtimes.ts';
import type { ReliefState } from './state.ts';
import type { World } from './world.ts';

/** Models that a runtime could be asked to unload, the largest first. */

/** They are listed every 30 s while memory is short: what is older was of another hour. */
const staleMs = 90_000;

const stepOf = ({ at }: RuntimeConfig): 1 | 2 | 3 => (at === 'ladder_1' ? 1 : at === 'ladder_2' ? 2 : 3);

/** Port of a URL of a runtime; 80 is what HTTP means without one. */
const portOf = ({ url }: RuntimeConfig): number => Number(new URL(url).port || 80);

/** The seat whose memory this is: by its processes, by the port it serves at, or by the model it says it has. */
const seatOf = (
  runtime: RuntimeConfig,
  tree: readonly ProcessReading[],
  model: LoadedModel,
  world: World,
): World['seats'][number] | undefined => {
  const keys = new Set(tree.map(({ id }) => processKey(id)));
  const names = [model.id.toLowerCase(), model.instance.toLowerCase()];
  return world.seats.find((seat) => {
    const config = world.config.seats.find(({ name }) => name === seat.name);
    const served = [seat.name, ...(config?.health?.model ? [config.health.model] : [])];
    return (
      seat.ids.some((id) => keys.has(processKey(id))) ||
      config?.port === portOf(runtime) ||
      served.some((name) => names.includes(name.toLowerCase()))
    );
  });
};

/** Why none of its models is looked at; null: they are. */
const runtimeObstacle = (
  runtime: RuntimeConfig,
  facts: RuntimeFacts | undefined,
  relief: ReliefState,
  nowMs: number,
): PassedOver | null => {
  const { name } = runtime;
  if (runtime.kind === 'mlx_lm')
    return pass(name, 'stop_only', 'mlx_lm.server cannot unload a model: it can only be stopped as a whole');
  if (relief.ladder.step < stepOf(runtime))
    return pass(name, 'not_yet', `its models are unloaded from step ${stepOf(runtime)} of the ladder on`);
  if (facts === undefined || nowMs - facts.atMs > staleMs)
    return pass(name, 'not_listed', 'which models it holds has not been found out yet');
  return facts.problem === null
    ? null
    : pass(name, 'not_listed', `which models it holds is not known: ${facts.problem}`);
};

/** Too few parameters, or nobody knows how many. */
const sizeObstacle = (name: string, { leastBillions }: RuntimeConfig, { billions }: LoadedModel): PassedOver | null => {
  if (leastBillions === 0) return null;
  if (billions === null)
    return pass(name, 'size_unknown', 'neither its metadata nor its name says how many parameters it has');
  return billions >= leastBillions
    ? null
    : pass(name, 'too_small', `${Number(billions.toFixed(1))}B parameters are fewer than ${leastBillions}B`);
};

/** What the runtime says of a model itself comes first: its processes may work for another one. */
const useOf = ({ busy }: LoadedModel, { name }: RuntimeConfig, relief: ReliefState, nowMs: number): Use => {
  if (busy !== null) return busy ? 'busy' : 'idle';
  return useOfRuntime(relief, name, nowMs);
};

/** Why the operator decides; null: Castellan does. */
const useWords: Readonly<Record<Use, string | null>> = {
  busy: 'it answers somebody now',
  idle: null,
  watched: 'whether it is used is not known yet',
  unknown: 'whether it is used cannot be told',
};

interface Judged {
  readonly option?: Option;
  readonly passedOver?: PassedOver;
}

const judge = (
  runtime: RuntimeConfig,
  facts: RuntimeFacts,
  model: LoadedModel,
  relief: ReliefState,
  world: World,
): Judged => {
  const tree = facts.server === null ? [] : treeOfServer(world.processes, facts.server);
  const [root] = tree;
  const heldBytes = footprintOf(tree);
  // What it says is no more than what its processes hold.
  const bytes = Math.min(model.bytes ?? Math.round(heldBytes / facts.models.length), heldBytes);
  const act: UnloadAct = {
    verb: 'unload',
    runtime: runtime.name,
    model: model.id,
    instance: model.instance,
    server: root?.id ?? { pid: 0, start: '' },
    footprintBytes: bytes,
  };
  const name = targetNameOf(act);
  const key = targetKeyOf(act);
  const not = (code: string, text: string): Judged => ({ passedOver: pass(name, code, text) });

  if (root === undefined)
    return not('no_process', 'which process serves it cannot be told, so that nothing of it could be measured');
  const seat = seatOf(runtime, tree, model, world);
  if (seat !== undefined)
    return seat.class === 'protected'
      ? not('protected_seat', `it belongs to ${seat.name}, a protected seat`)
      : not('seat', `it belongs to the seat ${seat.name}, which is unloaded by its idle clock`);
  const tooSmall = sizeObstacle(name, runtime, model);
  if (tooSmall !== null) return { passedOver: tooSmall };
  if (bytes < leastBytes)
    return not('trifle', `its processes hold ${size(heldBytes)}: less would come back than counts as help`);
  if (isSuppressed(relief, key)) return { passedOver: suppressed(name) };
  if (relief.failed.some((each) => each.key === key && world.nowMs < each.againMs))
    return not('failed_lately', 'it could not be unloaded a moment ago; nothing was done');

  const use = useOf(model, runtime, relief, world.nowMs);
  if (use === 'watched' && !runtime.withoutAsking)
    return not('watched', 'whether it is used is being watched: that takes a minute');
  const why = useWords[use];
  return {
    option: {
      act,
      reason: `${name} holds about ${size(bytes)} and may be unloaded on the ladder of gentle actions.`,
      cause: { kind: 'ladder', step: stepOf(runtime) },
      expected: { counter: 'footprint', bytes, bytesPerSecond: 0 },
      impact: [`the next request to ${model.id} has to load it again`, ...(why === null ? [] : [why])],
      ask: runtime.withoutAsking ? null : why,
      name,
    },
  };
};

export const unloadOptions = (relief: ReliefState, world: World): Found => {
  const options: Option[] = [];
  const passedOver: PassedOver[] = [];
  for (const runtime of world.config.relief.runtimes) {
    const facts = relief.runtimes.find(({ name }) => name === runtime.name);
    const obstacle = runtimeObstacle(runtime, facts, relief, world.nowMs);
    if (obstacle !== null) passedOver.push(obstacle);
    else
      for (const model of facts?.models ?? []) {
        if (facts === undefined) continue;
        const judged = judge(runtime, facts, model, relief, world);
        if (judged.option !== undefined) options.push(judged.option);
        if (judged.passedOver !== undefined) passedOver.push(judged.passedOver);
      }
  }
  return { options: options.sort((a, b) => b.expected.bytes - a.expected.bytes), passedOver };
};
