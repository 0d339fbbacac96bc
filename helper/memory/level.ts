import type { PressureConfig } from '../config/config.ts';
import type { SwapReading } from '../host/reading.ts';
import type { LevelName } from '../protocol/index.ts';

/** 0 green, 1 yellow, 2 orange, 3 red. */
export type Level = 0 | 1 | 2 | 3;
export type Arm = Level | 'unknown';

export const levelNames = ['green', 'yellow', 'orange', 'red'] as const satisfies readonly LevelName[];
const worseLevels = [1, 2, 3] as const satisfies readonly Level[];

/** Samples are judged on a grid of slots of this length. */
export const slotMs = 2_000;
/** A worse level must have held this long, over at least two slots, before it is believed. */
export const promotionMs = 5_000;

export const worst = (a: Level, b: Level): Level => (a > b ? a : b);

export const availableArm = (availableBytes: number | null, config: PressureConfig): Arm => {
  if (availableBytes === null) return 'unknown';
  if (availableBytes < config.red.availableBytes) return 3;
  if (availableBytes < config.orange.availableBytes) return 2;
  return availableBytes < config.yellow.availableBytes ? 1 : 0;
};

/**
 * The share of swap in use says something only once a good deal of it is used: on a Mac the total grows with swap
 * files, so 90 % of one small file means nothing. No swap at all is green, not unknown.
 */
export const swapArm = (swap: SwapReading | null, config: PressureConfig): Arm => {
  if (swap === null) return 'unknown';
  if (swap.totalBytes <= 0 || swap.usedBytes < config.swapArmFromBytes) return 0;
  const percent = (100 * swap.usedBytes) / swap.totalBytes;
  if (percent >= config.red.swapPercent) return 3;
  if (percent >= config.orange.swapPercent) return 2;
  return percent >= config.yellow.swapPercent ? 1 : 0;
};

/**
 * macOS returns 1 (normal), 2 (warn) and 4 (critical): urgent is folded into 2 by
 * `convert_internal_pressure_level_to_dispatch_level` (xnu). 3 is kept for older notes; anything else is unknown.
 */
export const kernelArm = (raw: number | null): Arm => {
  if (raw === 1) return 0;
  if (raw === 2) return 1;
  if (raw === 3) return 2;
  return raw === 4 ? 3 : 'unknown';
};

/** What each arm said last. An arm that fails keeps its last word: not knowing never lowers the level. */
export interface Arms {
  readonly available: Arm;
  readonly swap: Arm;
  readonly kernel: Arm;
}

export const noArms: Arms = { available: 'unknown', swap: 'unknown', kernel: 'unknown' };

const keep = (next: Arm, last: Arm): Arm => (next === 'unknown' ? last : next);

export const carryArms = (next: Arms, last: Arms): Arms => ({
  available: keep(next.available, last.available),
  swap: keep(next.swap, last.swap),
  kernel: keep(next.kernel, last.kernel),
});

const known = (arm: Arm): Level => (arm === 'unknown' ? 0 : arm);

/** The worst arm; at orange, fast compressor growth makes it red. */
export const rawLevel = (
  arms: Arms,
  compressorGrowthBytesPerSecond: number | null,
  config: PressureConfig,
): { readonly level: Level; readonly escalated: boolean } => {
  const level = worst(worst(known(arms.available), known(arms.swap)), known(arms.kernel));
  const escalated =
    level === 2 &&
    compressorGrowthBytesPerSecond !== null &&
    compressorGrowthBytesPerSecond > config.compressorGrowthBytesPerSecond;
  return { level: escalated ? 3 : level, escalated };
};

/** A worse level on its way: since when every slot agrees, and how many slots that is. */
interface Confirmation {
  readonly sinceMs: number;
  readonly slots: number;
  /** The open slot has already been counted. */
  readonly countedOpen: boolean;
}

export interface LevelState {
  readonly level: Level;
  readonly sinceMs: number;
  /** Worst raw level in the slot that is still open. */
  readonly openWorst: Level;
  /** For yellow, orange and red, in this order. */
  readonly confirming: readonly [Confirmation | null, Confirmation | null, Confirmation | null];
}

export const initialLevel = (nowMs: number): LevelState => ({
  level: 0,
  sinceMs: nowMs,
  openWorst: 0,
  confirming: [null, null, null],
});

const agree = (confirmation: Confirmation | null, nowMs: number): Confirmation => {
  if (confirmation === null) return { sinceMs: nowMs, slots: 1, countedOpen: true };
  return confirmation.countedOpen
    ? confirmation
    : { sinceMs: confirmation.sinceMs, slots: confirmation.slots + 1, countedOpen: true };
};

const isConfirmed = (confirmation: Confirmation | null, nowMs: number): boolean =>
  confirmation !== null && confirmation.slots >= 2 && nowMs - confirmation.sinceMs >= promotionMs;

/** One sample of the raw level. A sample that `closesSlot` settles the worst of its slot: one better slot recovers. */
export const observeLevel = (state: LevelState, nowMs: number, raw: Level, closesSlot: boolean): LevelState => {
  const openWorst = worst(state.openWorst, raw);
  const step = (level: Level, confirmation: Confirmation | null): Confirmation | null => {
    const agreed = raw >= level ? agree(confirmation, nowMs) : confirmation;
    if (!closesSlot) return agreed;
    return agreed === null || openWorst < level ? null : { ...agreed, countedOpen: false };
  };
  const [yellow, orange, red] = state.confirming;
  const confirming = [step(1, yellow), step(2, orange), step(3, red)] as const;

  let level = state.level;
  for (const worse of worseLevels)
    if (worse > level && raw >= worse && isConfirmed(confirming[worse - 1] ?? null, nowMs)) level = worse;
  if (closesSlot && openWorst < level) level = openWorst;

  return {
    level,
    sinceMs: level === state.level ? state.sinceMs : nowMs,
    openWorst: closesSlot ? 0 : openWorst,
    confirming,
  };
};

/** The worst level that is being confirmed and when it will be believed if nothing improves; null when none is. */
export const pendingLevel = (state: LevelState): { readonly level: Level; readonly atMs: number } | null => {
  for (const level of [3, 2, 1] as const) {
    const confirmation = state.confirming[level - 1];
    if (level > state.level && confirmation) return { level, atMs: confirmation.sinceMs + promotionMs };
  }
  return null;
};

/** When the next promotion would be due: a sample is taken at exactly that time. */
export const nextPromotionMs = (state: LevelState, nowMs: number): number | null => {
  let next: number | null = null;
  for (const level of worseLevels) {
    const confirmation = state.confirming[level - 1];
    if (level <= state.level || !confirmation) continue;
    const due = confirmation.sinceMs + promotionMs;
    if (due > nowMs && (next === null || due < next)) next = due;
  }
  return next;
};

/** After a gap nothing is known of the slots between: confirmation starts again, the level stands. */
export const forgetConfirmations = (state: LevelState): LevelState => ({
  ...state,
  openWorst: 0,
  confirming: [null, null, null],
});
