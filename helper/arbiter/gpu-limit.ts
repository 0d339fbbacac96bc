import type { GpuLimit } from '../host/port.ts';
import { size } from '../protocol/figures.ts';
import { answerWish, lookAt, newSetting, type Setting, type Sight, type WishOutcome } from './setting.ts';

/**
 * What the GPU may hold wired. macOS forgets it at every boot and counts it in MB (`iogpu.wired_limit_mb`, 0 is the
 * system's own policy), so it is compared to the megabyte.
 */
export interface GpuState {
  /** What it is to be; 0: the system's own policy, because that is what was there before. Null: it is not ours to say. */
  readonly wantedBytes: number | null;
  readonly setting: Setting;
  readonly found: GpuLimit | null;
  /** It was set by this keeper, which gives it back when the configuration says nothing any more. */
  readonly isOurs: boolean;
}

export const initialGpu: GpuState = { wantedBytes: null, setting: newSetting, found: null, isOurs: false };

export interface GpuWish {
  readonly kind: 'gpu_limit';
  readonly bytes: number;
}

export interface GpuStep {
  readonly gpu: GpuState;
  readonly wish: GpuWish | null;
  readonly isOverwritten: boolean;
  readonly said: readonly string[];
}

const MB = 2 ** 20;
const systemPolicy = 0;

/** The system decides itself, whether or not it tells what by. */
const isSystems = (found: GpuLimit | null): boolean =>
  found !== null && found.kind !== 'unknown' && found.isSystemPolicy === true;

const isNear = (a: number, b: number): boolean => Math.abs(a - b) < MB;

const sightOf = (found: GpuLimit, wantedBytes: number): Sight => {
  if (isSystems(found)) return { kind: wantedBytes === systemPolicy ? 'as_wanted' : 'other' };
  switch (found.kind) {
    case 'limit':
      return { kind: wantedBytes !== systemPolicy && isNear(found.bytes, wantedBytes) ? 'as_wanted' : 'other' };
    case 'unknown':
      return { kind: 'unreadable', isRefused: false, detail: found.detail };
    case 'not_evaluated':
      return { kind: 'unreadable', isRefused: false, detail: found.why };
  }
};

const limitText = (found: GpuLimit): string => {
  if (isSystems(found)) return "the system's own";
  return found.kind === 'limit' ? size(found.bytes) : 'not known';
};
const wantedText = (bytes: number): string => (bytes === systemPolicy ? "the system's own" : size(bytes));

/** @param configured bytes; null: the configuration says nothing, and a limit that is not ours is nobody's business */
export const stepGpu = (
  before: GpuState,
  configured: number | null,
  found: GpuLimit,
  nowMs: number,
  mayWish: boolean,
): GpuStep => {
  const isOurs = before.isOurs && !(configured === null && isSystems(found));
  const wantedBytes = configured ?? (isOurs ? systemPolicy : null);
  if (wantedBytes === null)
    return { gpu: { wantedBytes, setting: newSetting, found, isOurs }, wish: null, isOverwritten: false, said: [] };
  const known = before.wantedBytes === wantedBytes ? before.setting : newSetting;
  const looked = lookAt(known, sightOf(found, wantedBytes), nowMs, { mayWish, setsUnread: false });
  const { setting } = looked;
  const said: string[] = [];
  if (looked.wish) said.push(`the GPU's wired limit is ${limitText(found)}; it is set to ${wantedText(wantedBytes)}`);
  if (setting.state === 'contested' && known.state !== 'contested')
    said.push(`the GPU's wired limit: ${setting.detail}; it is left at ${limitText(found)}`);
  return {
    gpu: { wantedBytes, setting, found, isOurs },
    wish: looked.wish ? { kind: 'gpu_limit', bytes: wantedBytes } : null,
    isOverwritten: looked.isOverwritten,
    said,
  };
};

export const answerGpu = (gpu: GpuState, outcome: WishOutcome, detail: string, nowMs: number): GpuState => ({
  ...gpu,
  setting: answerWish(gpu.setting, outcome, detail, nowMs),
  // Also when the configuration has changed its mind since: what was set is given back.
  isOurs: gpu.isOurs || (outcome === 'ok' && gpu.wantedBytes !== systemPolicy),
});

/** For the operator. `not_wanted`: castellan.toml says nothing of it. */
export interface GpuLimitStatus {
  /** 0: the system's own policy; null: castellan.toml says nothing. */
  readonly wantedBytes: number | null;
  readonly foundBytes: number | null;
  readonly isSystemPolicy: boolean;
  readonly state: 'held' | 'drifted' | 'refused' | 'contested' | 'unknown' | 'not_evaluated' | 'not_wanted';
  readonly detail: string;
}

export const gpuLimitStatus = ({ wantedBytes, setting, found }: GpuState): GpuLimitStatus => {
  const limit = found?.kind === 'limit' ? found : null;
  const figures = {
    wantedBytes,
    foundBytes: limit?.bytes ?? null,
    isSystemPolicy: isSystems(found),
  };
  if (found?.kind === 'not_evaluated' && !isSystems(found))
    return { ...figures, state: 'not_evaluated', detail: found.why };
  if (wantedBytes === null) return { ...figures, state: 'not_wanted', detail: '' };
  return { ...figures, state: setting.state === 'unread' ? 'unknown' : setting.state, detail: setting.detail };
};
