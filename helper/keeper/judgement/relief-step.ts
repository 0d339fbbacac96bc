import type { Config, SeatConfig } from '../../config/config.ts';
import { type ProcessId, type ProcessReading, processKey } from '../../host/reading.ts';
import type { Arm } from '../../memory/level.ts';
import { seatAddress } from '../../probes/port-holder.ts';
import type { SeatProbes } from '../../probes/seat-probes.ts';
import { strikeMemories } from '../../probes/strike-memory.ts';
import { standingOf, type Track } from '../../probes/tracks.ts';
import { isServing, type SeatState } from '../../protocol/index.ts';
import { complete, type Ended } from '../../relief/completion.ts';
import { thawedByOthers } from '../../relief/freezes.ts';
import type { Verdict } from '../../relief/judged.ts';
import { wantedInspections } from '../../relief/looks.ts';
import { remedyMsOf, worthRemembering } from '../../relief/memory.ts';
import { judgeWish } from '../../relief/operator.ts';
import { observeRelief } from '../../relief/relief.ts';
import type { ReliefState } from '../../relief/state.ts';
import type { FallbackFacts, Orders, SeatFacts, SeatHealthFacts, Seen, World } from '../../relief/world.ts';
import { requestsUnderWay } from '../../seats/activity.ts';
import { admission } from '../../seats/admission.ts';
import { admissionFacts } from '../../seats/admission-facts.ts';
import { byPid } from '../../seats/by-pid.ts';
import { seatMemories } from '../../seats/remembered.ts';
import { seatNamed } from '../../seats/seat-world.ts';
import { refusalText } from '../../seats/verdict.ts';
import { observeOnlyReasons } from './episodes.ts';
import type { DeadmanEvent, OperatorEvent } from './events.ts';
import { modeOf } from './mode.ts';
import type { Reading } from './reading.ts';
import { seatWorldOf } from './seat-step.ts';
import type { KeeperState, ProcessesView, SeatView } from './state.ts';

/** Relief as part of the keeper's step: what it looks at is made here out of the keeper's state, and nothing is decided. */

/** Who says that it is ready may be wrong, or have no rights: what is measured to load is loading. */
const seenState = (state: SeatState, view: SeatView | undefined): SeatState =>
  isServing(state) && view?.life.state === 'loading' ? 'loading' : state;

/** What a channel found last, as part of a sentence. */
const foundWords = ({ found }: Track): string =>
  found === null ? '' : (found.detail === '' ? found.code : found.detail).replace(/\.$/, '');

const healthFacts = ({ judged, tracks, health, smoke }: SeatProbes, nowMs: number): SeatHealthFacts => ({
  verdict: judged.verdict,
  files: health === null || health.files === null ? 'off' : standingOf(tracks.integrity, 'integrity', nowMs),
  filesEndedMs: tracks.integrity.endedMs,
  filesFound: foundWords(tracks.integrity),
  chatFound: foundWords(tracks.inference),
  smoke,
});

/** Its memory is the seat's: what is asked of admission is whether the seat itself would fit. */
const fallbackFacts = (
  label: string,
  seat: string,
  state: KeeperState,
  nowMs: number,
  config: Config,
): FallbackFacts => {
  const pid = state.services?.find(([each]) => each === label)?.[1] ?? null;
  const isAsked = pid === null && state.seats.some(({ name, processes }) => name === seat && processes.length === 0);
  const refusal = isAsked ? refusalOf(state, seat, nowMs, config) : null;
  return { label, pid, refusal };
};

const refusalOf = (state: KeeperState, seat: string, nowMs: number, config: Config): string | null => {
  const verdict = admission(admissionFacts(state.seating, seatWorldOf(state, nowMs, null, config), seat));
  return verdict.verdict === 'admit' ? null : refusalText(seat, verdict).replace(/\.$/, '');
};

/** It takes a URL apart, and a configuration stays what it is for thousands of samples. */
const addresses = new WeakMap<SeatConfig, string | null>();

const addressOf = (seat: SeatConfig): string | null => {
  const known = addresses.get(seat);
  if (known !== undefined) return known;
  const address = seatAddress(seat);
  addresses.set(seat, address);
  return address;
};

const seatFacts = (state: KeeperState, nowMs: number, config: Config): readonly SeatFacts[] =>
  config.seats.map((seat): SeatFacts => {
    const known = seatNamed(state.seating, seat.name);
    const view = state.seats.find(({ name }) => name === seat.name);
    const probes = state.probing.seats.find(({ name }) => name === seat.name);
    return {
      name: seat.name,
      class: seat.class,
      label: seat.label,
      state: seenState(known?.state ?? 'absent', view),
      peakBytes: seat.peakBytes,
      footprintBytes: view?.footprintBytes ?? 0,
      wiredBytes: view?.wiredBytes ?? 0,
      oracle: seat.oracle,
      drainSeconds: seat.drainSeconds,
      inFlight: known === undefined ? 0 : requestsUnderWay(known.activity, nowMs),
      quietMs:
        known === undefined || known.activity.blindSinceMs !== null ? null : Math.max(0, nowMs - known.activity.lastMs),
      ids: view?.processes.map(({ id }) => id) ?? [],
      standInIds: view?.standIn?.ids ?? [],
      main: view?.life.main ?? null,
      growthBytesPerSecond: view?.growthBytesPerSecond ?? null,
      why: known?.why ?? '',
      forMs: known === undefined ? 0 : Math.max(0, nowMs - known.sinceMs),
      isReady: known !== undefined && known.run !== null && known.run.readyMs !== null && isServing(known.state),
      isAwaited: known?.order?.verb === 'start' || state.seating.asks.some((ask) => ask.seat === seat.name),
      address: addressOf(seat),
      holder: probes?.port.holder ?? null,
      health: seat.health === null || probes === undefined ? null : healthFacts(probes, nowMs),
      fallback: seat.fallback === null ? null : fallbackFacts(seat.fallback, seat.name, state, nowMs, config),
    };
  });

const isShort = (arm: Arm): boolean => arm !== 'unknown' && arm >= 2;

/** A few are asked for by their key, out of hundreds whose keys nobody needs. */
const keyed = (processes: readonly ProcessReading[]): Seen => {
  const index = byPid(processes);
  const get = (key: string): ProcessReading | undefined => {
    const process = index.get(Number.parseInt(key, 10));
    return process !== undefined && processKey(process.id) === key ? process : undefined;
  };
  return { get, has: (key) => get(key) !== undefined, size: index.size };
};

/** The table stays what it is until the next full pass: the samples between them need not list it anew. */
const lists = new WeakMap<ProcessesView, readonly ProcessReading[]>();

const processesOf = (view: ProcessesView): readonly ProcessReading[] => {
  const known = lists.get(view);
  if (known !== undefined) return known;
  const list = view.views.map(({ process }) => process);
  lists.set(view, list);
  return list;
};

/** Where in its slot a sample stands. */
export interface Moment {
  readonly closesSlot: boolean;
  /** A worse level has just been confirmed. */
  readonly isPromoted: boolean;
  /** Nothing was seen for a while before it. */
  readonly isAfterGap: boolean;
}

/** A pid that was asked for by its identity and is another's now, or nobody's. */
const goneOf = ({ freezes, stopping }: ReliefState, reading: Reading | null): ReadonlySet<string> => {
  if (reading === null || reading.vanished.length === 0) return new Set();
  const pids = new Set(reading.vanished.map(({ pid }) => pid));
  const asked = [...freezes, ...stopping].flatMap(({ targets }) => targets);
  return new Set(asked.filter(({ id }) => pids.has(id.pid)).map(({ id }) => processKey(id)));
};

/** Whom the loop looked at for this reading: a reading tells what was found, and not of whom nothing was. */
const lookedOf = ({ inspected }: ReliefState, reading: Reading | null, { relief }: Config): readonly ProcessId[] =>
  reading === null || reading.table === null
    ? []
    : wantedInspections(reading.table, relief.entries, inspected, reading.table.atMs).map(({ id }) => id);

/** Null before the machine has been read for the first time. */
const worldOf = (
  state: KeeperState,
  nowMs: number,
  reading: Reading | null,
  { closesSlot, isPromoted, isAfterGap }: Moment,
  config: Config,
): World | null => {
  const { machine } = state;
  if (machine === null) return null;
  return {
    nowMs,
    config,
    mode: modeOf(state, config).name,
    level: state.level.level,
    isLeaking: state.escalated,
    isSwapAlone: !state.escalated && !isShort(state.arms.available) && !isShort(state.arms.kernel),
    sensorsValid: observeOnlyReasons(state, config).length === 0,
    machine,
    recent: state.recent,
    processes: reading?.table?.processes ?? (state.processes === null ? [] : processesOf(state.processes)),
    isFull: reading?.table !== null && reading !== null,
    seen: keyed(reading === null ? [] : (reading.table?.processes ?? reading.chosen)),
    gone: goneOf(state.relief, reading),
    seats: seatFacts(state, nowMs, config),
    services: new Map(state.services ?? []),
    servicesKnown: state.servicesUnknownSinceMs === null,
    looked: lookedOf(state.relief, reading, config),
    inspections: reading?.inspections ?? [],
    isAfterGap,
    closesSlot,
    judges: closesSlot || isPromoted,
  };
};

const withRelief = (state: KeeperState, relief: ReliefState): KeeperState =>
  relief === state.relief ? state : { ...state, relief };

/** A fast sample with nobody to watch and nothing under way changes nothing here. */
const isIdle = ({ relief }: KeeperState, reading: Reading, { closesSlot, isPromoted }: Moment): boolean =>
  !closesSlot && !isPromoted && reading.depth === 'fast' && relief.watched.length === 0 && relief.freezes.length === 0;

export const stepRelief = (
  state: KeeperState,
  nowMs: number,
  reading: Reading,
  moment: Moment,
  config: Config,
  orders: Orders,
): KeeperState => {
  if (isIdle(state, reading, moment)) return state;
  const world = worldOf(state, nowMs, reading, moment, config);
  if (world === null) return state;
  return withRelief(state, observeRelief(state.relief, world, orders));
};

export const completeAct = (
  state: KeeperState,
  ended: Ended,
  nowMs: number,
  config: Config,
  orders: Orders,
): KeeperState => withRelief(state, complete(state.relief, ended, nowMs, seatFacts(state, nowMs, config), orders));

export const heardOfDeadman = (state: KeeperState, event: DeadmanEvent, nowMs: number, orders: Orders): KeeperState => {
  const { relief } = state;
  if (event.type === 'thawed')
    return withRelief(state, thawedByOthers(relief, processKey(event.id), event.why, nowMs, orders));
  const sinceMs = event.state === relief.deadman.state ? relief.deadman.sinceMs : nowMs;
  const { state: now, foreignTombstones } = event;
  return withRelief(state, {
    ...relief,
    deadman: { state: now, foreignTombstones, sinceMs },
    // A keeper before this one froze somebody a moment ago: the cooldown it was in is not known, and not to be forgotten.
    lastRemedyMs: foreignTombstones > 0 ? Math.max(nowMs, relief.lastRemedyMs ?? nowMs) : relief.lastRemedyMs,
  });
};

export const askedByOperator = (
  state: KeeperState,
  { request: _request, by, ...wish }: OperatorEvent,
  nowMs: number,
  config: Config,
  orders: Orders,
): { readonly state: KeeperState; readonly verdict: Verdict } => {
  const world = worldOf(state, nowMs, null, { closesSlot: false, isPromoted: false, isAfterGap: false }, config);
  if (world === null) return { state, verdict: { ok: false, code: 'not_ready', detail: '' } };
  const { relief, verdict } = judgeWish(state.relief, wish, by, world, orders);
  return { state: withRelief(state, relief), verdict };
};

/** Asks for a write when what the next start should know has changed. */
export const rememberRelief = (state: KeeperState, nowMs: number, orders: Orders): KeeperState => {
  const kept = { seats: seatMemories(state.seating, nowMs), strikes: strikeMemories(state.probing) };
  const memory = worthRemembering(state.relief, kept, nowMs);
  if (memory === null) return state;
  orders.remember = memory;
  return withRelief(state, {
    ...state.relief,
    remembered: { memory, atMs: nowMs, remedyMs: remedyMsOf(state.relief) },
  });
};
