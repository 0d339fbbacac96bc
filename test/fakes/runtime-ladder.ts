import type { LoadedModel } from '../../helper/adapters/wire.ts';
import { type Config, GB, type RuntimeConfig } from '../../helper/config/config.ts';
import type { KeeperEvent } from '../../helper/keeper/judgement/events.ts';
import type { KeeperState } from '../../helper/keeper/judgement/state.ts';
import type { UnloadAct } from '../../helper/relief/acts.ts';
import type { RuntimeLook } from '../../helper/relief/runtimes.ts';
import { processReading } from './readings.ts';
import { liveConfig, runRelief, type VirtualProcess } from './relief-world.ts';

/** Models of foreign runtimes before `decide` in virtual time, the adapter's words given. */

export const lmStudio: RuntimeConfig = {
  kind: 'lm_studio',
  name: 'LM Studio',
  url: 'http://127.0.0.1:1234',
  tokenFile: null,
  cli: null,
  at: 'ladder_2',
  leastBillions: 35,
  withoutAsking: false,
};
export const ollama: RuntimeConfig = {
  ...lmStudio,
  kind: 'ollama',
  name: 'ollama',
  url: 'http://127.0.0.1:11434',
  leastBillions: 0,
};

export const model = (id: string, billions: number | null, change: Partial<LoadedModel> = {}): LoadedModel => ({
  id,
  instance: id,
  bytes: billions === null ? null : Math.round(billions * 0.6 * GB),
  billions,
  busy: null,
  ...change,
});

export const server = processReading(700, {
  name: 'LM Studio',
  command: '/Applications/LM Studio.app/Contents/MacOS/LM Studio',
  footprintBytes: 2 * GB,
});
/** What holds the models: below the server. */
export const worker = (bytes: (nowMs: number) => number, cpuMsAt?: (nowMs: number) => number): VirtualProcess => ({
  reading: processReading(701, { ppid: 700, name: 'node', command: '/Users/neo/.lmstudio/.internal/node' }),
  footprint: bytes,
  ...(cpuMsAt === undefined ? {} : { cpuMs: cpuMsAt }),
});

export const look = (models: readonly LoadedModel[], change: Partial<RuntimeLook> = {}): RuntimeLook => ({
  name: 'LM Studio',
  server: server.id,
  problem: null,
  models,
  ...change,
});

export const configOf = (runtimes: readonly RuntimeConfig[], rest: Partial<Config> = {}): Config =>
  liveConfig({ entries: [], runtimes }, rest);

export interface Given {
  readonly config?: Config;
  /** As it is listed every 30 s, by what has been unloaded so far. */
  readonly look: (unloaded: readonly string[]) => RuntimeLook;
  /** Footprint of the worker, by what has been unloaded so far. */
  readonly held: (unloaded: readonly string[]) => number;
  readonly swapGb?: number;
  readonly untilMs?: number;
  /** Something else that happens. */
  readonly also?: { readonly atMs: number; readonly event: (state: KeeperState) => KeeperEvent };
  /** Processor time of the worker. */
  readonly cpuMsAt?: (nowMs: number) => number;
}

export const run = ({
  config = configOf([lmStudio]),
  look,
  held,
  swapGb = 21,
  untilMs = 900_000,
  cpuMsAt,
  also,
}: Given) => {
  const unloaded: string[] = [];
  const lists = Array.from({ length: Math.ceil(untilMs / 30_000) }, (_, i) => ({
    atMs: i * 30_000 + 5_000,
    event: (): KeeperEvent => ({ type: 'runtime', look: look(unloaded) }),
  }));
  const events = also === undefined ? lists : [...lists, also];
  const { state, effects, steps } = runRelief(
    {
      processes: [{ reading: server }, worker(() => held(unloaded), cpuMsAt)],
      available: () => 22 * GB,
      swap: { totalBytes: 64 * GB, usedBytes: swapGb * GB, inBytes: 0, outBytes: 0 },
    },
    {
      config,
      untilMs,
      events,
      outcome: (effect) => {
        if (effect.kind === 'act' && effect.plan.act.verb === 'unload') unloaded.push(effect.plan.act.instance);
        return 'ok';
      },
    },
  );
  const acts = effects.flatMap(({ nowMs, effect }) =>
    effect.kind === 'act' && effect.plan.act.verb === 'unload'
      ? [{ nowMs, act: effect.plan.act satisfies UnloadAct, by: effect.by }]
      : [],
  );
  const answers = steps.flatMap(({ decision }) => decision.answers);
  const why = (target: RegExp): string | undefined =>
    state.relief.explanation.passedOver.find((each) => target.test(each.target))?.code;
  return { state, acts, answers, models: acts.map(({ act }) => act.model), why };
};

export const three = [model('qwen-14b', 14), model('cilghal-35b', 35), model('llama-70b', 70)];
export const bytesOf = (models: readonly LoadedModel[], unloaded: readonly string[]): number =>
  models.filter(({ instance }) => !unloaded.includes(instance)).reduce((sum, { bytes }) => sum + (bytes ?? 0), 0);
export const left = (models: readonly LoadedModel[], unloaded: readonly string[]): readonly LoadedModel[] =>
  models.filter(({ instance }) => !unloaded.includes(instance));
/** A runtime that does what it is asked for. */
export const honest = (models: readonly LoadedModel[]): Pick<Given, 'look' | 'held'> => ({
  look: (unloaded) => look(left(models, unloaded)),
  held: (unloaded) => bytesOf(models, unloaded),
});
