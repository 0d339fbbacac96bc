import { lstatSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { type Failure, failure, failureText } from '../protocol/errors.ts';
import type { GatewayView } from '../protocol/seats.ts';
import { judgeSocketAt } from '../protocol/server-trust.ts';
import { type Answer, createSession, type Ready, type Session } from '../protocol/session.ts';
import type { Verb, VerbArgs, VerbResult } from '../protocol/verbs.ts';

/** The gateway's one connection to the keeper, by `gateway.sock`: made, and made again for as long as the gateway lives. */

export type Ask = <V extends Verb>(verb: V, args: VerbArgs<V>) => Promise<Answer<VerbResult<V>>>;

export interface KeeperLink {
  /** Never rejects; fails with `connection_lost` while there is no connection. */
  readonly ask: Ask;
  /** Of the keeper that is connected; null: none is. */
  readonly keeper: () => Ready | null;
  readonly close: () => void;
}

export interface KeeperLinkOptions {
  readonly socketPath: string;
  /** The account the gateway runs as: in development the keeper's too. */
  readonly ownUid: number;
  readonly onView: (view: GatewayView) => void;
  /** Connected and subscribed. */
  readonly onConnected: () => void;
  readonly onLost: () => void;
  readonly log: (text: string) => void;
  /** For the hello and for an answer that needs no waiting, milliseconds. */
  readonly timeoutMs?: number;
  /** Wait before the next try, milliseconds; tests have others. */
  readonly backOffMs?: (failures: number) => number;
}

/** 100, 200, 400, … 2000 ms: a keeper that was started again is found before its first view would be stale. */
export const backOffMs = (failures: number): number => Math.min(100 * 2 ** Math.max(0, failures - 1), 2_000);

const answerMs = 3_000;

/** Null: nobody but root, or in development our own account, can have put the socket there. */
const distrust = (socketPath: string, ownUid: number): Failure | null =>
  judgeSocketAt(socketPath, { kind: 'root_or_user', uid: ownUid }, (path) => lstatSync(path));

export const startKeeperLink = (options: KeeperLinkOptions): KeeperLink => {
  const { socketPath, log } = options;
  let session: Session | null = null;
  let socket: Socket | null = null;
  let keeper: Ready | null = null;
  let failures = 0;
  let waiting: NodeJS.Timeout | null = null;
  let closed = false;
  let lastSaid = '';

  /** The same failure every two seconds for a night is one line. */
  const say = (line: string): void => {
    if (line !== lastSaid) log(line);
    lastSaid = line;
  };

  const ended = (why: Failure): void => {
    const was = keeper;
    socket?.destroy();
    socket = null;
    session = null;
    keeper = null;
    say(`keeper: ${failureText(why)}`);
    if (was !== null) options.onLost();
    if (closed) return;
    failures += 1;
    waiting = setTimeout(attempt, (options.backOffMs ?? backOffMs)(failures));
  };

  const subscribe = async (own: Session, ready: Ready): Promise<void> => {
    const answer = await own.request('subscribe', { topics: ['seats'] });
    if (session !== own) return;
    if (!answer.ok) {
      own.close();
      ended(answer.failure);
      return;
    }
    failures = 0;
    say(`keeper: connected, version ${ready.helperVersion}`);
  };

  const attempt = (): void => {
    waiting = null;
    const untrusted = distrust(socketPath, options.ownUid);
    if (untrusted !== null) {
      ended(untrusted);
      return;
    }
    const transport = connect(socketPath);
    const own = createSession({
      client: 'gateway',
      timeoutMs: options.timeoutMs ?? answerMs,
      send: (bytes) => {
        if (!transport.destroyed) transport.write(bytes);
      },
      onReady: (ready) => {
        keeper = ready;
        // Before the subscription, whose first view may be in the same packet as its answer.
        options.onConnected();
        void subscribe(own, ready);
      },
      onEvent: (...event) => {
        if (event[0] === 'seats') options.onView(event[1]);
      },
      onClosed: (why) => {
        if (session === own) ended(why);
      },
    });
    session = own;
    socket = transport;
    transport.on('data', (bytes: Buffer) => own.receive(bytes));
    transport.on('error', (error: NodeJS.ErrnoException) => own.transportClosed(error.code ?? error.message));
    transport.on('close', () => own.transportClosed());
  };

  attempt();
  return {
    ask: async (verb, args) =>
      session === null || keeper === null
        ? { ok: false, failure: failure('connection_lost', `before ${verb}`) }
        : session.request(verb, args),
    keeper: () => keeper,
    close: () => {
      closed = true;
      if (waiting !== null) clearTimeout(waiting);
      session?.close();
      socket?.destroy();
      session = null;
      keeper = null;
    },
  };
};
