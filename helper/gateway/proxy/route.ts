import { type GatewaySeat, isServing } from '../../protocol/seats.ts';
import type { Refusal } from './refusal.ts';

/** Where a new connection to a seat goes. */
export type Route =
  /** To the seat. `isSure`: the keeper said lately that it serves, so that a refused connection is worth another try. */
  | { readonly kind: 'seat'; readonly isSure: boolean }
  | { readonly kind: 'ensure' }
  | { readonly kind: 'refuse'; readonly refusal: Refusal };

/**
 * `isFresh`: the keeper's word on the seat is not too old. When it is, nobody can be asked and nobody stops the seat
 * either: the connection is tried, and whether the seat serves shows by itself.
 */
export const routeOf = (seat: GatewaySeat, isFresh: boolean): Route => {
  if (!isFresh) return { kind: 'seat', isSure: false };
  const { name, state } = seat;
  if (state === 'draining')
    return refused({ seat: name, code: state, state, said: `${name} is being unloaded.`, retryAfterSeconds: 5 });
  if (state === 'frozen')
    return refused({ seat: name, code: state, state, said: `${name} is frozen.`, retryAfterSeconds: 10 });
  // Once a closing has been acknowledged the keeper alone says whether the seat still serves.
  return isServing(state) && seat.closing === null ? { kind: 'seat', isSure: true } : { kind: 'ensure' };
};

const refused = (refusal: Refusal): Route => ({ kind: 'refuse', refusal });
