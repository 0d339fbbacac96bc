import type { Config } from '../../config/config.ts';
import { type ProcessId, processKey } from '../../host/reading.ts';
import { calmFillBytesPerSecond, sampleIntervalMs } from '../../memory/cadence.ts';
import { fillRate, type Point } from '../../memory/growth.ts';
import { nextPromotionMs, slotMs } from '../../memory/level.ts';
import { seatsChanged } from './processes.ts';
import type { SampleDepth } from './reading.ts';
import type { KeeperState } from './state.ts';

/** When the next sample is due and how deep it looks: the keeper's one timer is set by this. */

/** The full process table is read this often on green; from yellow up, or while someone looks, with every slot. */
const fullPassMs = 30_000;
/** A storm of pressure events makes at most ten samples a second. */
export const eventSpacingMs = 100;
/** When memory runs towards orange within this time, who is there must be known before it arrives. */
const rushMs = 10_000;
const rushPassMs = 1_000;

const depths = ['fast', 'slot', 'full'] as const satisfies readonly SampleDepth[];
const deeper = (a: SampleDepth, b: SampleDepth): SampleDepth => (depths.indexOf(a) > depths.indexOf(b) ? a : b);

/** Moves the next sample forward; a storm of wishes makes at most ten samples a second. */
export const sampleSoon = (state: KeeperState, nowMs: number, depth: SampleDepth): KeeperState => {
  const atMs = Math.min(Math.max(nowMs, state.lastSampleMs + eventSpacingMs), state.next.atMs);
  return { ...state, next: { atMs, depth: deeper(depth, state.next.depth) } };
};

/** A moment that is due for a seat, when it comes before the next sample. */
export const sampleForSeats = (state: KeeperState, nowMs: number, config: Config): KeeperState => {
  const { dueMs } = state.seating;
  if (dueMs === null || dueMs >= state.next.atMs) return state;
  const atMs = Math.max(dueMs, nowMs, state.lastSampleMs + eventSpacingMs);
  return atMs >= state.next.atMs
    ? state
    : { ...state, next: { atMs, depth: wantsPass(state, config) ? 'full' : 'slot' } };
};

const nextSlotAfter = (state: KeeperState, nowMs: number): number =>
  nowMs < state.nextSlotMs
    ? state.nextSlotMs
    : state.nextSlotMs + slotMs * (1 + Math.floor((nowMs - state.nextSlotMs) / slotMs));

const slotDepth = (state: KeeperState, atMs: number, config: Config): SampleDepth => {
  const isDue = state.lastFullMs === null || atMs - state.lastFullMs >= fullPassMs;
  return isDue || state.level.level > 0 || state.lookers > 0 || wantsPass(state, config) ? 'full' : 'slot';
};

/** A seat has another process than the table knows, or somebody waits for a verdict on one. */
const wantsPass = (state: KeeperState, config: Config): boolean =>
  state.seating.wantsPass || seatsChanged(state, config.seats);

/** Memory runs out and the table is old: the brake must not look for its target among who was there half a minute ago. */
const isRush = (
  state: KeeperState,
  nowMs: number,
  headroomBytes: number | null,
  fill: number,
  config: Config,
): boolean =>
  config.relief.entries.length > 0 &&
  headroomBytes !== null &&
  headroomBytes > 0 &&
  fill >= calmFillBytesPerSecond &&
  (1000 * headroomBytes) / fill < rushMs &&
  (state.lastFullMs === null || nowMs - state.lastFullMs >= rushPassMs);

/** Memory falls since the last sample, and did not before it. */
const hasJustBegun = (recent: readonly Point[]): boolean => {
  const before = fillRate(recent.slice(-3, -1));
  return before !== null && before < calmFillBytesPerSecond;
};

/** The earliest of: the next slot, what is due for a seat, the moment a promotion would be due, and the cadence's answer. */
export const schedule = (state: KeeperState, nowMs: number, config: Config): KeeperState => {
  const nextSlotMs = nextSlotAfter(state, nowMs);
  const available = state.machine?.availableBytes ?? null;
  const headroom = available === null ? null : available - config.pressure.orange.availableBytes;
  const fill = fillRate(state.recent);
  const fastMs = nowMs + sampleIntervalMs(headroom, fill, hasJustBegun(state.recent));
  const promotionMs = nextPromotionMs(state.level, nowMs);

  const depth = slotDepth(state, nextSlotMs, config);
  let next: KeeperState['next'] = { atMs: nextSlotMs, depth };
  // A new process of a seat is found by the next pass, and has no band before it.
  const dueMs = seatsChanged(state, config.seats) ? nowMs + eventSpacingMs : state.seating.dueMs;
  if (dueMs !== null && dueMs < next.atMs) next = { atMs: dueMs, depth: wantsPass(state, config) ? 'full' : 'slot' };
  if (promotionMs !== null && promotionMs < next.atMs) next = { atMs: promotionMs, depth: 'full' };
  if (fastMs < next.atMs)
    next = { atMs: fastMs, depth: isRush(state, nowMs, headroom, fill ?? 0, config) ? 'full' : 'fast' };
  return { ...state, nextSlotMs, nextSlotDepth: depth, lastSampleMs: nowMs, next };
};

/** How deep to look now: a sample that comes late enough to close its slot is the slot's sample. */
export const depthAt = (state: KeeperState, nowMs: number): SampleDepth =>
  nowMs >= state.nextSlotMs ? deeper(state.next.depth, state.nextSlotDepth) : state.next.depth;

/**
 * Whom a sample reads again without a full pass: on a slot the seats, on every sample who could be frozen, who is, and who was
 * told to end.
 */
export const chosenIds = (depth: SampleDepth, { seats, relief }: KeeperState): readonly ProcessId[] => {
  if (depth === 'full') return [];
  const ids = new Map<string, ProcessId>();
  const add = (id: ProcessId): void => void ids.set(processKey(id), id);
  if (depth === 'slot') for (const seat of seats) for (const { id } of seat.processes) add(id);
  for (const watched of relief.watched) for (const id of watched.ids) add(id);
  for (const { targets } of relief.freezes) for (const { id } of targets) add(id);
  for (const { targets } of relief.stopping) for (const { id } of targets) add(id);
  return [...ids.values()];
};
