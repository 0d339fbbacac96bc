import { holderWords } from '../probes/port-holder.ts';
import type { PassedOver } from '../protocol/index.ts';
import type { FallbackAct } from './acts.ts';
import { type Found, type Option, pass } from './option.ts';
import type { ReliefState } from './state.ts';
import type { FallbackFacts, SeatFacts, World } from './world.ts';

/**
 * Another service in the place of a seat that is known to be dead. It listens at the same port and takes the same memory, so that it
 * is started only when nothing of the seat is left, and never beside it.
 */

/** A service that ended may be on its way back. */
const goneMs = 60_000;

/** Somebody is about to start it, or it is on its way in or out. */
const moving: readonly SeatFacts['state'][] = ['admitting', 'starting', 'loading', 'draining'];

/** Why the fallback must not be started now, one sentence without its full stop; null: it may. */
export const fallbackObstacle = (
  seat: SeatFacts,
  { label, pid, refusal }: FallbackFacts,
  { recovery }: ReliefState,
): string | null => {
  if (pid !== null) return `${label} runs in its place already (pid ${pid})`;
  if (recovery?.plan.act.seat === seat.name) return `${seat.name} is being recovered`;
  const at = seat.address === null ? '' : ` and has ${seat.address}`;
  if (seat.main !== null || seat.ids.length > 0) {
    const pids = [...new Set([...(seat.main === null ? [] : [seat.main.pid]), ...seat.ids.map((id) => id.pid)])];
    const is = seat.health?.verdict === 'zombie' ? 'does no work, but still runs' : 'still runs';
    return `${seat.name} ${is} (pid ${pids.join(', ')})${at}`;
  }
  if (moving.includes(seat.state)) return `${seat.name} is ${seat.state}`;
  if (seat.holder?.kind === 'other') return `its port ${seat.address ?? ''} is held by ${holderWords(seat.holder)}`;
  return refusal;
};

export const fallbackAct = (seat: SeatFacts, { label }: FallbackFacts, verb: FallbackAct['verb']): FallbackAct => ({
  verb,
  seat: seat.name,
  label,
  primary: seat.label,
  address: seat.address,
});

/** One on call that does not run is merely not wanted; a protected one should, and who failed cannot. */
export const isDead = ({ state, class: kind, forMs, health }: SeatFacts): boolean =>
  state === 'failed' ||
  health?.verdict === 'config_error' ||
  (kind === 'protected' && state === 'absent' && forMs >= goneMs);

const optionFor = (seat: SeatFacts, fallback: FallbackFacts): Option => ({
  act: fallbackAct(seat, fallback, 'fallback'),
  reason: `${seat.name} does not run${seat.why === '' ? '' : ` (${seat.why.replace(/\.$/, '')})`}, and its port is free.`,
  cause: { kind: 'primary_dead' },
  expected: { counter: 'service', bytes: 0, bytesPerSecond: 0 },
  impact: [`${fallback.label} answers in its place, with the memory that is kept for it`],
  ask: 'whether another service stands in is for the operator to say',
  name: seat.name,
});

export const fallbackOptions = (relief: ReliefState, world: World): Found => {
  const options: Option[] = [];
  const passedOver: PassedOver[] = [];
  for (const seat of world.seats) {
    const { fallback } = seat;
    if (fallback === null || fallback.pid !== null) continue;
    const isZombie = seat.health?.verdict === 'zombie';
    if (!isZombie && !isDead(seat)) continue;
    const why =
      fallbackObstacle(seat, fallback, relief) ??
      (seat.address !== null && seat.holder === null ? 'whether its port is free has not been found out yet' : null);
    if (why === null) options.push(optionFor(seat, fallback));
    else passedOver.push({ ...pass(fallback.label, 'primary_not_gone', why), act: 'fallback' });
  }
  return { options, passedOver };
};
