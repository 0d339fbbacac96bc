import { connect, type Socket } from 'node:net';
import { placesIn } from '../../deadman/places.ts';
import { startsReader } from '../../deadman/starts.ts';
import { encodeLine, type FromDeadman, lineReader, parseFromDeadman, type ToDeadman } from '../../deadman/wire.ts';
import type { Clock } from '../../host/port.ts';
import type { DeadmanEvent } from '../judgement/events.ts';

/**
 * The keeper's one connection to the deadman. It tells the deadman that the judging loop advances, and it is where a stop gets
 * its acknowledgement. It connects again by itself.
 */

export interface DeadmanLinkTimes {
  readonly acknowledgeMs: number;
  readonly beatEveryMs: number;
  readonly reconnectMs: number;
  /** A beat that is not heard for so long: the deadman hangs. */
  readonly unheardMs: number;
  /** A deadman that has been gone for so long will not watch over what is frozen. */
  readonly lostMs: number;
}

export const deadmanLinkTimes: DeadmanLinkTimes = {
  acknowledgeMs: 250,
  beatEveryMs: 1_000,
  reconnectMs: 250,
  unheardMs: 5_000,
  lostMs: 15_000,
};

export interface DeadmanLinkOptions {
  readonly runDirectory: string;
  /** Names this run of the keeper. */
  readonly instance: string;
  readonly bootId: string;
  /** Into `decide`. */
  readonly onEvent: (event: DeadmanEvent) => void;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly times?: DeadmanLinkTimes;
}

/** Times `reconnectMs`. */
const slowestReconnect = 8;

export type DeadmanState = Extract<DeadmanEvent, { type: 'deadman' }>['state'];

/** What the freezer wants to know at once. */
export interface LinkListener {
  /** The deadman is done with the tombstone of this process. */
  readonly onThawed: (pid: number, start: string, why: string) => void;
  /** The connection to one that had greeted us has ended: it may have died in the midst of something. */
  readonly onGone: () => void;
  /** It has been gone for longer than it may be. */
  readonly onLost: () => void;
  /** It is there again: what happened meanwhile is in the folders. */
  readonly onBack: () => void;
}

export interface DeadmanLink {
  /** From the judging loop, at each step: at most one a second is sent. The number must grow. */
  readonly beat: (sequence: number) => void;
  /** Whether the deadman has seen the tombstone of this file name, as it is now, within 250 ms. */
  readonly acknowledged: (tombstone: string) => Promise<boolean>;
  /** `present`: greeted, and no tombstone of another instance is left. Only then anything may be stopped. */
  readonly state: () => DeadmanState;
  readonly listen: (listener: LinkListener) => void;
  /** Into `decide`, by the freezer, which shares this way. */
  readonly report: (event: DeadmanEvent) => void;
  /** Of the deadman that answered last; null: none has. */
  readonly pid: () => number | null;
  readonly close: () => void;
}

export const startDeadmanLink = (options: DeadmanLinkOptions): DeadmanLink => {
  const { clock, instance } = options;
  const times = options.times ?? deadmanLinkTimes;
  const { socket: path } = placesIn(options.runDirectory);
  const waiting = new Map<number, (acknowledged: boolean) => void>();
  let listener: LinkListener | null = null;
  let socket: Socket | null = null;
  let greeted = false;
  let pid: number | null = null;
  let foreign = 0;
  let hangs = false;
  /** What `decide` begins with needs no event. */
  let told = JSON.stringify({ type: 'deadman', state: 'missing', foreignTombstones: 0 } satisfies DeadmanEvent);
  let nextRequest = 1;
  let lastBeatMs = Number.NEGATIVE_INFINITY;
  /** A beat was sent that no answer has come to. */
  let unheard = false;
  let lost = false;
  let closed = false;
  /** Since the last connection. */
  let tries = 0;
  let reconnecting: NodeJS.Timeout | undefined;
  let losing: NodeJS.Timeout | undefined;
  let checking: NodeJS.Timeout | undefined;

  const state = (): DeadmanState =>
    !greeted || hangs || socket === null ? 'missing' : foreign > 0 ? 'not_ready' : 'present';

  const lose = (): void => {
    if (losing !== undefined || lost) return;
    losing = setTimeout(() => {
      losing = undefined;
      lost = true;
      listener?.onLost();
    }, times.lostMs);
  };

  const tell = (): void => {
    const now = state();
    if (now === 'missing') lose();
    else {
      clearTimeout(losing);
      losing = undefined;
      lost = false;
    }
    const event: DeadmanEvent = { type: 'deadman', state: now, foreignTombstones: greeted ? foreign : 0 };
    const text = JSON.stringify(event);
    if (text === told || closed) return;
    told = text;
    options.onEvent(event);
  };

  const say = (message: ToDeadman): boolean => {
    if (socket === null || socket.destroyed) return false;
    socket.write(encodeLine(message));
    return true;
  };

  const take = (message: FromDeadman): void => {
    switch (message.type) {
      case 'deadman':
        pid = message.pid;
        return;
      case 'greeting': {
        greeted = message.instance === instance;
        foreign = message.foreign;
        tell();
        if (greeted) listener?.onBack();
        return;
      }
      case 'foreign':
        foreign = message.left;
        tell();
        return;
      case 'heard':
        heard();
        hangs = false;
        tell();
        return;
      case 'watched':
      case 'refused': {
        const answer = waiting.get(message.request);
        waiting.delete(message.request);
        answer?.(message.type === 'watched');
        return;
      }
      case 'thawed':
        listener?.onThawed(message.pid, message.start, message.why);
        options.onEvent({ type: 'thawed', id: { pid: message.pid, start: message.start }, why: message.why });
    }
  };

  const ended = (): void => {
    const wasGreeted = greeted;
    socket = null;
    greeted = false;
    hangs = false;
    heard();
    for (const answer of [...waiting.values()]) answer(false);
    waiting.clear();
    if (closed) return;
    tell();
    if (wasGreeted) listener?.onGone();
    // One that is not installed is looked for less and less often: four times a second cost 0.4 % of a core.
    reconnecting = setTimeout(() => void open(), times.reconnectMs * Math.min(2 ** tries, slowestReconnect));
    tries += 1;
  };

  const open = async (): Promise<void> => {
    const own = (await startsReader(process.platform)([process.pid]))?.get(process.pid);
    if (closed) return;
    const opened = connect(path);
    const read = lineReader((line) => {
      const message = parseFromDeadman(line);
      if (message !== null) take(message);
      return message !== null;
    });
    opened.on('connect', () => {
      socket = opened;
      tries = 0;
      const { bootId: boot } = options;
      say({ type: 'hello', instance, pid: process.pid, started: own?.started ?? null, boot });
    });
    opened.on('data', (chunk: Buffer) => {
      if (!read(chunk)) opened.destroy();
    });
    opened.on('end', () => opened.destroy());
    // 'close' follows.
    opened.on('error', () => {});
    opened.on('close', ended);
  };

  /** After the poll phase, so that an answer that waits in the socket is heard before it is missed. */
  const check = (): void => {
    setImmediate(() => {
      if (closed || !unheard) return;
      hangs = true;
      tell();
    });
  };

  const heard = (): void => {
    unheard = false;
    clearTimeout(checking);
  };

  lose();
  void open();

  return {
    beat: (sequence) => {
      const nowMs = clock.nowMs();
      if (nowMs - lastBeatMs < times.beatEveryMs || !greeted) return;
      lastBeatMs = nowMs;
      if (!say({ type: 'beat', sequence }) || unheard) return;
      unheard = true;
      checking = setTimeout(check, times.unheardMs);
      checking.unref();
    },
    acknowledged: (tombstone) =>
      new Promise((resolve) => {
        const request = nextRequest;
        nextRequest += 1;
        const timer = setTimeout(() => {
          waiting.delete(request);
          resolve(false);
        }, times.acknowledgeMs);
        if (state() === 'present' && say({ type: 'watch', request, tombstone })) {
          waiting.set(request, (answer) => {
            clearTimeout(timer);
            resolve(answer);
          });
          return;
        }
        clearTimeout(timer);
        resolve(false);
      }),
    state,
    listen: (next) => {
      listener = next;
    },
    report: (event) => {
      if (!closed) options.onEvent(event);
    },
    pid: () => pid,
    close: () => {
      closed = true;
      for (const each of [reconnecting, losing, checking]) clearTimeout(each);
      for (const answer of [...waiting.values()]) answer(false);
      waiting.clear();
      socket?.destroy();
    },
  };
};
