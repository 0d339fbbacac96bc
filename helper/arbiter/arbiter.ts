import type { Config } from '../config/config.ts';
import type { ProcessId } from '../host/reading.ts';
import type { AlertKind } from '../journal/alert-kinds.ts';
import type { BandStatus } from '../protocol/seats.ts';
import { answerBand, type BandLook, type BandTarget, type BandWish, readable, stepBands } from './bands.ts';
import {
  answerGpu,
  type GpuLimitStatus,
  type GpuState,
  type GpuWish,
  gpuLimitStatus,
  initialGpu,
  stepGpu,
} from './gpu-limit.ts';
import type { Setting, WishOutcome } from './setting.ts';
import { type BandedProcess, type KnownOwn, knownOwn, type OwnProcess, type Wanted, wantedBands } from './targets.ts';

/**
 * The kernel is the arbiter of who has to go; here it is configured. Bands and the GPU's limit are a desired state: read
 * back in every slot and set on drift only. What the kernel refuses is tried again ten minutes later; what others change
 * three times in ten minutes is left to them, and said. Nothing here ends anybody.
 */

export interface ArbiterState {
  readonly bands: readonly BandTarget[];
  /** Processes beyond the number that is looked after. */
  readonly leftOut: number;
  readonly gpu: GpuState;
  readonly own: readonly KnownOwn[];
  /** Processes have been seen: who comes now has just started. */
  readonly hasLooked: boolean;
  /** How often others changed what was set, since the keeper started. */
  readonly drifts: number;
  /** Alerts whose cause lasts, as `kind name`. */
  readonly told: readonly string[];
}

export const initialArbiter: ArbiterState = {
  bands: [],
  leftOut: 0,
  gpu: initialGpu,
  own: [],
  hasLooked: false,
  drifts: 0,
  told: [],
};

export interface ArbiterWorld {
  readonly nowMs: number;
  readonly config: Pick<Config, 'seats' | 'bands' | 'gpu'>;
  /** As the last pass over the table saw them. */
  readonly processes: readonly BandedProcess[];
  readonly own: readonly OwnProcess[];
  /** What this slot read back of those that `wantedTargets` named before it; null: nothing was read. */
  readonly signs: { readonly bands: BandLook['read']; readonly gpuLimit: Parameters<typeof stepGpu>[2] } | null;
  /** Nothing is set while this is false; what is found is shown all the same. */
  readonly mayAct: boolean;
}

export type ArbiterWish = BandWish | GpuWish;

export interface ArbiterAlert {
  readonly alert: Extract<AlertKind, 'band_contested' | 'band_refused' | 'gpu_limit_contested' | 'gpu_limit_refused'>;
  readonly subject: string;
  readonly detail: string;
}

export interface ArbiterStep {
  readonly state: ArbiterState;
  /** In the order in which they must be carried out: Castellan's own processes come first. */
  readonly wishes: readonly ArbiterWish[];
  /** Those that begin now: each is told once while its cause lasts. */
  readonly alerts: readonly ArbiterAlert[];
  /** What was decided, for the decision log. */
  readonly said: readonly string[];
}

/** Whose band the next slot should read: at most 64. */
export const wantedTargets = ({ bands }: ArbiterState, nowMs: number): readonly ProcessId[] => readable(bands, nowMs);

interface Known {
  readonly config: ArbiterWorld['config'];
  readonly own: readonly KnownOwn[];
  readonly found: ReturnType<typeof wantedBands>;
}
/** The table stays what it is until the next full pass: the slots between them need not search it anew. */
const searched = new WeakMap<readonly BandedProcess[], Known>();

const searchFor = ({ config, processes }: ArbiterWorld, own: readonly KnownOwn[]): Known['found'] => {
  const known = searched.get(processes);
  if (known !== undefined && known.config === config && known.own === own) return known.found;
  const found = wantedBands(config, processes, own);
  searched.set(processes, { config, own, found });
  return found;
};

const alertsOf = ({ bands, gpu }: Pick<ArbiterState, 'bands' | 'gpu'>): readonly ArbiterAlert[] => {
  const alerts = new Map<string, ArbiterAlert>();
  const add = (alert: ArbiterAlert): void => {
    const key = keyOf(alert);
    if (!alerts.has(key)) alerts.set(key, alert);
  };
  for (const { name, id, band, setting } of bands) {
    if (setting.state !== 'contested' && setting.state !== 'refused') continue;
    const alert = setting.state === 'contested' ? 'band_contested' : 'band_refused';
    add({ alert, subject: name, detail: `${band} for ${name} (pid ${id.pid}): ${setting.detail}` });
  }
  const { state, detail } = gpu.setting;
  if (state === 'contested') add({ alert: 'gpu_limit_contested', subject: 'gpu', detail });
  if (state === 'refused') add({ alert: 'gpu_limit_refused', subject: 'gpu', detail });
  return [...alerts.values()];
};

const keyOf = ({ alert, subject }: ArbiterAlert): string => `${alert} ${subject}`;

/** Once a slot. */
export const stepArbiter = (before: ArbiterState, world: ArbiterWorld): ArbiterStep => {
  const { nowMs, config, processes, signs, mayAct } = world;
  if (signs === null) return { state: before, wishes: [], alerts: [], said: [] };
  // A pass that saw no process at all has not seen that they ended.
  const hasSeen = processes.length > 0;
  const own = hasSeen ? knownOwn(before.own, world.own, processes) : before.own;
  const search = hasSeen ? searchFor(world, own) : null;
  const bands = stepBands(before.bands, {
    nowMs,
    wanted: search?.wanted ?? null,
    read: signs.bands,
    mayWish: mayAct,
    setsUnread: before.hasLooked,
  });
  const gpu = stepGpu(before.gpu, config.gpu.wiredLimitBytes, signs.gpuLimit, nowMs, mayAct);
  const causes = alertsOf({ bands: bands.targets, gpu: gpu.gpu });
  return {
    state: {
      bands: bands.targets,
      leftOut: search?.leftOut ?? before.leftOut,
      gpu: gpu.gpu,
      own,
      hasLooked: before.hasLooked || hasSeen,
      drifts: before.drifts + bands.overwritten + (gpu.isOverwritten ? 1 : 0),
      told: causes.map(keyOf),
    },
    wishes: gpu.wish === null ? bands.wishes : [...bands.wishes, gpu.wish],
    alerts: causes.filter((cause) => !before.told.includes(keyOf(cause))),
    said: [...bands.said, ...gpu.said],
  };
};

/** The completion of a wish. */
export const answerArbiter = (
  state: ArbiterState,
  wish: Pick<BandWish, 'kind' | 'target'> | Pick<GpuWish, 'kind'>,
  { outcome, detail, nowMs }: { readonly outcome: WishOutcome; readonly detail: string; readonly nowMs: number },
): ArbiterState =>
  wish.kind === 'band'
    ? { ...state, bands: answerBand(state.bands, wish.target, outcome, detail, nowMs) }
    : { ...state, gpu: answerGpu(state.gpu, outcome, detail, nowMs) };

/** Of several processes the one that is furthest from what is wanted is shown. */
const worst = [
  'contested',
  'refused',
  'drifted',
  'unknown',
  'unread',
  'held',
] as const satisfies readonly Setting['state'][];

/** Of a seat, a rule, or one of Castellan's own processes; null: none of its processes is known. */
export const bandStatus = ({ bands }: ArbiterState, kind: Wanted['kind'], name: string): BandStatus | null => {
  const all = bands.filter((each) => each.kind === kind && each.name === name && each.goneMs === null);
  const [shown] = all.sort((a, b) => worst.indexOf(a.setting.state) - worst.indexOf(b.setting.state));
  if (shown === undefined) return null;
  const { band, found, setting } = shown;
  return {
    wanted: band,
    found: found?.band ?? null,
    state: setting.state === 'unread' ? 'unknown' : setting.state,
    detail: setting.detail,
  };
};

export const gpuStatus = ({ gpu }: ArbiterState): GpuLimitStatus => gpuLimitStatus(gpu);
