import { createDeliver } from '../../gateway/push/deliver.ts';
import { type Message, overMessage } from '../../gateway/push/message.ts';
import { noQueueFile } from '../../gateway/push/queue-file.ts';
import { createSender } from '../../gateway/push/sender.ts';
import { duration } from '../../protocol/figures.ts';
import type { PushTarget } from '../../protocol/push.ts';
import type { Io } from '../command.ts';
import { timeOfDay } from '../figures.ts';
import { pause } from '../interrupt.ts';
import { printable, printableJson } from '../printable.ts';
import { isTrouble, type Verdict } from './judge.ts';

/** What the watcher says: a line at each change, a reminder of what is not well, and the same sent on where that is wanted. */

export interface Told {
  readonly verdict: Verdict;
  readonly said: string;
}

export interface Teller {
  /** After each look; `nowMs` is monotonic. */
  readonly tell: (told: Told, nowMs: number) => void;
  /** Resolves when all that was sent has been taken, or has had its time, or who waits is interrupted. */
  readonly settled: (signal: AbortSignal) => Promise<void>;
  readonly close: () => void;
}

export interface TellerOptions {
  readonly io: Io;
  readonly url: string;
  readonly host: string;
  readonly isJson: boolean;
  readonly remindMs: number;
  readonly push: PushTarget | null;
  readonly wallMs: () => number;
}

const settleMs = 20_000;
const settleAgainMs = 50;

const troubleMessage = ({ verdict, said }: Told, url: string, atMs: number): Message => ({
  id: `watch.${verdict}.${encodeURIComponent(url).slice(0, 256)}.${Math.round(atMs)}`,
  event: 'raised',
  kind: `watch_${verdict}`,
  level: 'critical',
  subject: url,
  message: 'Seen from another machine, something is not well.',
  detail: said,
  todo: 'Look at the machine itself: `castellan doctor` and `castellan health` there say more.',
  atMs,
});

export const createTeller = ({ io, url, host, isJson, remindMs, push, wallMs }: TellerOptions): Teller => {
  const problem = (_: string, text: string | null): void => {
    if (text !== null) io.err.write(`${printable(text)}\n`);
  };
  const sender =
    push === null
      ? null
      : createSender({
          file: noQueueFile,
          deliver: createDeliver({ ownUid: io.uid, host, wallMs }),
          wallMs,
          random: Math.random,
          problem,
          onChange: () => {},
        });
  if (push !== null) sender?.setTargets([push]);

  let last: Verdict | null = null;
  let sinceMs = 0;
  let saidMs = 0;
  /** What was sent and is not over. */
  let open: Message | null = null;

  const write = ({ verdict, said }: Told, kind: 'change' | 'reminder', forSeconds: number): void => {
    const at = wallMs();
    if (isJson)
      io.out.write(`${printableJson({ at: new Date(at).toISOString(), kind, verdict, said, forSeconds }, 0)}\n`);
    else {
      const still = kind === 'reminder' ? `, still, for ${duration(forSeconds)}` : '';
      io.out.write(`${timeOfDay(at)} ${printable(said)}${still}\n`);
    }
  };

  const sendOn = (told: Told): void => {
    const at = wallMs();
    if (open !== null) sender?.send({ ...overMessage(open, at), detail: told.said });
    open = isTrouble(told.verdict) ? troubleMessage(told, url, at) : null;
    if (open !== null) sender?.send(open);
  };

  return {
    tell: (told, nowMs) => {
      if (told.verdict !== last) {
        last = told.verdict;
        sinceMs = nowMs;
        saidMs = nowMs;
        write(told, 'change', 0);
        sendOn(told);
      } else if (isTrouble(told.verdict) && remindMs > 0 && nowMs - saidMs >= remindMs) {
        saidMs = nowMs;
        write(told, 'reminder', Math.round((nowMs - sinceMs) / 1000));
      }
    },
    settled: async (signal) => {
      const waits = (): boolean => sender?.status().some(({ waiting }) => waiting > 0) === true;
      const end = performance.now() + settleMs;
      while (waits() && performance.now() < end && !signal.aborted) await pause(settleAgainMs, signal);
    },
    close: () => sender?.close(),
  };
};
