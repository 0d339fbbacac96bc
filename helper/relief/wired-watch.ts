import { processKey } from '../host/reading.ts';
import type { ReliefState } from './state.ts';
import { leakFact, observeLeak, watchExit } from './wired-leak.ts';
import type { Orders, SeatFacts, World } from './world.ts';

/** Seats whose processes are gone since the last full pass have ended, by whosever hand: their wired memory should be back. */
const hasEnded = (had: SeatFacts, { seats, seen }: World): boolean => {
  const now = seats.find(({ name }) => name === had.name);
  // A seat that is not in the configuration any more has not ended for that.
  return (
    now !== undefined && now.ids.length === 0 && had.ids.length > 0 && !had.ids.some((id) => seen.has(processKey(id)))
  );
};

export const watchWired = (before: ReliefState, world: World, orders: Orders): ReliefState => {
  const wiredBytes = world.machine.availableBytes === null ? null : world.machine.wiredBytes;
  const had = before.lastSeats;
  const ended = world.isFull ? had.filter((seat) => hasEnded(seat, world)) : [];
  const watched = ended.reduce(
    (state, seat) =>
      watchExit(state, world.nowMs, {
        seat: seat.name,
        shareBytes: seat.wiredBytes,
        wiredBytes: before.lastWiredBytes,
        othersWiredBytes: had.reduce((sum, each) => sum + (each.name === seat.name ? 0 : each.wiredBytes), 0),
      }),
    before.leak,
  );
  const turn = observeLeak(watched, world.nowMs, {
    wiredBytes,
    seatsWiredBytes: world.seats.reduce((sum, seat) => sum + seat.wiredBytes, 0),
    isLoading: world.seats.some((seat) => seat.state === 'loading'),
  });
  orders.rows.push(...turn.rows);
  const last = world.isFull ? { lastSeats: world.seats, lastWiredBytes: wiredBytes } : {};
  return { ...before, ...last, leak: turn.state, wiredLeak: leakFact(turn.state) };
};
