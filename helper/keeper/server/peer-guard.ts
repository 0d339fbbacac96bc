import type { CodeRole, PeerCode, PeerToken, PeerTokenResult } from '../../host/peer.ts';
import { type Failure, failure } from '../../protocol/errors.ts';
import type { Hello } from '../../protocol/messages.ts';

/**
 * Who is at the other end of one connection, from the first byte to the last. Three steps, each of which only the one before
 * can make, so that there is no session, and no change, without all of them:
 *
 * 1. at accept, before anything is read: the token of the program at the other end (T1), and whether that is code of ours;
 * 2. when the nonce came back: the token again (T2), the same in all its bytes, and the code checked anew;
 * 3. around each request that changes something: the token once more.
 *
 * One token says little: the kernel gives that of whoever used the other end last, as the program that process is by now.
 * Who connects, leaves a request in the buffer and then turns itself into the app is answered for by the app. But the
 * greeting's nonce must be read and written back, and by whom it was, T2 tells: whoever connected and handed on has another
 * token by then, and a genuine app that was given the descriptor does not know that there is anything to answer.
 */

type Step<T> = { readonly ok: true; readonly next: T } | { readonly ok: false; readonly failure: Failure };

declare const shaken: unique symbol;

/** The handshake is done: there is no other way to one of these. */
export interface PeerSession {
  readonly [shaken]: true;
  /** Null: at the other end is who shook hands. */
  still(): Failure | null;
}

/** The nonce may be sent. */
export interface CheckedPeer {
  confirm(client: Hello['client']): Promise<Step<PeerSession>>;
}

export type PeerGuard = () => Promise<Step<CheckedPeer>>;

export interface GuardOptions {
  /** Absent: the boundary is the user. */
  readonly code?: PeerCode | undefined;
  /** Of this connection, as of now. */
  readonly tokenNow: (code: PeerCode) => PeerTokenResult;
  readonly isOpen: () => boolean;
  /** As the kernel said at accept. */
  readonly pid: number;
  /** A further condition on who connects. */
  readonly admits?: ((pid: number) => Promise<Failure | null>) | undefined;
}

const sessionOf = (still: PeerSession['still']): PeerSession => ({ still }) as PeerSession;

const refused = (why: Failure): { readonly ok: false; readonly failure: Failure } => ({ ok: false, failure: why });
const passed = <T>(next: T): Step<T> => ({ ok: true, next });

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, at) => byte === b[at]);

/** Two turns of the loop, between which what has arrived is read. */
const nextPoll = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

/** What a client may say it is, by the code that says so. */
const saidBy: Readonly<Record<CodeRole, readonly Hello['client'][]>> = { app: ['app'], helper: ['cli', 'gateway'] };

/** Beyond the uid nothing is known, and nothing is claimed. */
const guardByUser = ({ pid, admits }: GuardOptions): PeerGuard => {
  const session = sessionOf(() => null);
  const checked: CheckedPeer = { confirm: async () => passed(session) };
  return async () => {
    const why = (await admits?.(pid)) ?? null;
    return why === null ? passed(checked) : refused(why);
  };
};

const guardByCode = (code: PeerCode, { tokenNow, isOpen, admits }: GuardOptions): PeerGuard => {
  const unknown = (detail: string): Failure => failure('client_untrusted', detail);

  const check = async (token: PeerToken): Promise<Step<CodeRole>> => {
    const checked = await code.check(token, isOpen);
    if (checked.ok) return passed(checked.role);
    return refused(
      checked.problem === 'outdated' ? failure('client_too_old', checked.detail) : unknown(checked.detail),
    );
  };

  const sameAs = (first: PeerToken): Failure | null => {
    const now = tokenNow(code);
    if (!now.ok) return unknown(now.detail);
    if (sameBytes(now.token.bytes, first.bytes)) return null;
    return unknown(
      `pid ${first.pid} was at the other end, and now it is pid ${now.token.pid} or another program in it`,
    );
  };

  const confirm = async (first: PeerToken, client: Hello['client']): Promise<Step<PeerSession>> => {
    const changed = sameAs(first);
    if (changed !== null) return refused(changed);
    const checked = await check(first);
    if (!checked.ok) return checked;
    if (!saidBy[checked.next].includes(client))
      return refused(unknown(`it says it is the ${client}, and is signed as the ${checked.next}`));
    // The check took its time. Bytes that came meanwhile from whoever used the other end are seen first, and close.
    await nextPoll();
    const changedSince = sameAs(first);
    return changedSince === null ? passed(sessionOf(() => sameAs(first))) : refused(changedSince);
  };

  return async () => {
    const first = tokenNow(code);
    if (!first.ok) return refused(unknown(first.detail));
    const { token } = first;
    const why = (await admits?.(token.pid)) ?? null;
    if (why !== null) return refused(why);
    const checked = await check(token);
    return checked.ok ? passed({ confirm: (client) => confirm(token, client) }) : checked;
  };
};

export const createPeerGuard = (options: GuardOptions): PeerGuard =>
  options.code === undefined ? guardByUser(options) : guardByCode(options.code, options);
