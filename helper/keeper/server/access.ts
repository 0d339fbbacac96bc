import { type Failure, failure } from '../../protocol/errors.ts';
import type { Tier } from '../../protocol/requests.ts';
import { tierOf } from './caller.ts';
import { type Pool, placeFor, type Seated } from './caps.ts';

/** Who gets a place on a socket, and with which tier. */
export interface Access {
  /** Mode of the socket file. */
  readonly mode: number;
  /** Account the socket file is given to; null: it stays with the keeper's. */
  readonly ownerUid: number | null;
  readonly tierOf: (uid: number) => Tier;
  readonly placeFor: (seated: readonly Seated[], uid: number) => Pool | Failure;
  /** One session at a time, and a newer one ends the one before. */
  readonly isSingle: boolean;
  /** A further condition on who connects, which takes its time; absent: none. */
  readonly admits?: (pid: number) => Promise<Failure | null>;
}

/** castellan.sock. Open to all: what a caller may do is decided by what the kernel says of the caller, not by a mode. */
export const openToAll = (consoleUid: () => number | null, keeperUid: number): Access => ({
  mode: 0o666,
  ownerUid: null,
  tierOf: (uid) => tierOf(uid, consoleUid(), keeperUid),
  placeFor: (seated, uid) => placeFor(seated, uid, consoleUid()) ?? failure('too_many_connections'),
  isSingle: false,
});

/** Connections of one account whose handshake may be under way at once, beside the session there is. */
const gatewayPlaces = 4;

/**
 * gateway.sock: for the gateway's account and nobody else, root included. One session: a gateway that was started again
 * must not wait until the keeper notices that the one before is gone.
 */
export const onlyGateway = (gatewayUid: number, admits?: Access['admits']): Access => ({
  ...(admits === undefined ? {} : { admits }),
  mode: 0o600,
  ownerUid: gatewayUid,
  tierOf: () => 'gateway',
  placeFor: (seated, uid) => {
    if (uid !== gatewayUid) return failure('not_allowed', `gateway.sock is for uid ${gatewayUid}, not for uid ${uid}`);
    return seated.length < gatewayPlaces ? 'others' : failure('too_many_connections');
  },
  isSingle: true,
});
