import { type AlertLevel, type PushStatus, type PushTarget, shownUrl } from '../../protocol/push.ts';
import { type BackoffTimes, backoffMs, backoffTimes } from './backoff.ts';
import type { Deliver, Delivered } from './deliver.ts';
import type { Message } from './message.ts';
import { added, counted, countsOf, type Item, nextFor, onlyFor, type Queue, without } from './queue.ts';
import type { QueueFile } from './queue-file.ts';

/**
 * Sends messages to targets, each in order and for itself, until they are taken: at least once, over restarts, and again after a
 * while where it did not work. One that fails holds up nobody else.
 */

export interface Sender {
  /** From now on these; what waits for others is dropped, and what is under way to one that stays goes on. */
  readonly setTargets: (targets: readonly PushTarget[]) => void;
  /** To those for whom it is grave enough. */
  readonly send: (message: Message) => void;
  readonly queue: () => Queue;
  /** What is kept beside what waits, and what is sent of it: one write, so that a kill finds both or neither. */
  readonly remember: (heard: Queue['heard'], messages: readonly Message[]) => void;
  readonly status: () => readonly PushStatus[];
  /** Ends at once; what was under way is sent again at the next start. */
  readonly close: () => void;
}

export interface SenderOptions {
  readonly file: QueueFile;
  readonly deliver: Deliver;
  readonly wallMs: () => number;
  /** 0 to 1. */
  readonly random: () => number;
  /** What is wrong with a target or with the queue; null: nothing any more. */
  readonly problem: (about: string, text: string | null) => void;
  readonly onChange: () => void;
  readonly times?: BackoffTimes;
}

interface Lane {
  target: PushTarget;
  /** In a row. */
  failures: number;
  last: PushStatus['last'];
  timer: NodeJS.Timeout | null;
  /** Of the attempt under way; null: none is. */
  ending: AbortController | null;
}

const rank: Readonly<Record<AlertLevel, number>> = { notice: 0, warning: 1, critical: 2 };
/** One failure may be a moment's. */
const toldFrom = 2;
const saveAgainMs = 30_000;

const isSameTarget = (a: PushTarget, b: PushTarget): boolean => JSON.stringify(a) === JSON.stringify(b);

export const createSender = (options: SenderOptions): Sender => {
  const { file, deliver, wallMs, random, problem, onChange, times = backoffTimes } = options;
  const lanes = new Map<string, Lane>();
  let queue = file.load();
  let unsaved: NodeJS.Timeout | null = null;
  let isClosed = false;

  const save = (): void => {
    if (unsaved !== null) clearTimeout(unsaved);
    const why = file.save(queue);
    unsaved = why === null || isClosed ? null : setTimeout(save, saveAgainMs).unref();
    // With a colon, which no target has in its name.
    problem('push: queue', why === null ? null : `alerts that wait to be sent would be lost: ${why}`);
  };

  const keep = (now: Queue): void => {
    if (now === queue) return;
    queue = now;
    save();
    onChange();
  };

  const wait = (lane: Lane, ms: number): void => {
    if (lane.timer !== null) clearTimeout(lane.timer);
    lane.timer = setTimeout(() => {
      lane.timer = null;
      run(lane);
    }, ms).unref();
  };

  const settle = (lane: Lane, item: Item, came: Delivered): void => {
    const { name } = lane.target;
    const detail = came.kind === 'taken' ? '' : came.detail.slice(0, 256);
    lane.last = { id: item.message.id, ok: came.kind === 'taken', detail, atMs: wallMs() };
    const about = `push ${name}`;
    switch (came.kind) {
      case 'taken':
        lane.failures = 0;
        if (lane.timer !== null) clearTimeout(lane.timer);
        lane.timer = null;
        problem(about, null);
        keep(
          counted(without(queue, item), name, ({ delivered }) => ({ delivered: delivered + 1, deliveredMs: wallMs() })),
        );
        return;
      case 'refused':
        lane.failures = 0;
        problem(about, `alerts do not get to ${name}: ${detail}`);
        keep(counted(without(queue, item), name, ({ refused }) => ({ refused: refused + 1 })));
        return;
      case 'again':
        lane.failures += 1;
        if (lane.failures >= toldFrom) problem(about, `alerts do not get to ${name}: ${detail}`);
        // A test that fails has said what it was to say.
        if (item.message.event === 'test') keep(without(queue, item));
        else onChange();
        // A target may ask for longer; at its word alone nobody sends to it without a pause.
        wait(lane, Math.max(came.afterMs ?? 0, backoffMs(lane.failures, random(), times)));
    }
  };

  const run = (lane: Lane): void => {
    const item = nextFor(queue, lane.target.name);
    if (item === undefined || lane.ending !== null || isClosed) return;
    // While it is waited, only a test goes out.
    if (lane.timer !== null && item.message.event !== 'test') return;
    const ending = new AbortController();
    lane.ending = ending;
    void deliver(lane.target, item.message, ending.signal)
      .catch((fault: unknown): Delivered => ({ kind: 'again', detail: String(fault), afterMs: null }))
      .then((came) => {
        if (lane.ending !== ending) return;
        lane.ending = null;
        settle(lane, item, came);
        run(lane);
      });
  };

  const leave = (name: string, lane: Lane): void => {
    lanes.delete(name);
    if (lane.timer !== null) clearTimeout(lane.timer);
    lane.ending?.abort();
    lane.ending = null;
    problem(`push ${name}`, null);
  };

  const meantFor = ({ level }: Message): readonly Lane[] =>
    [...lanes.values()].filter(({ target }) => rank[level] >= rank[target.level]);
  const put = (before: Queue, message: Message): Queue => {
    const names = meantFor(message).map(({ target }) => target.name);
    return names.length === 0 ? before : added(before, message, names);
  };
  const runAll = (): void => {
    for (const lane of lanes.values()) run(lane);
  };

  return {
    setTargets: (targets) => {
      const before = [...lanes].map(([, { target }]) => target);
      if (before.length === targets.length && before.every((each, at) => isSameTarget(each, targets[at] ?? each)))
        return;
      for (const [name, lane] of [...lanes])
        if (!targets.some((target) => isSameTarget(target, lane.target))) leave(name, lane);
      const now = targets.map(
        (target): Lane => lanes.get(target.name) ?? { target, failures: 0, last: null, timer: null, ending: null },
      );
      // In the order of castellan.toml.
      lanes.clear();
      for (const lane of now) lanes.set(lane.target.name, lane);
      // None at all is also what an unreadable castellan.toml looks like: what waits then waits on.
      if (targets.length > 0)
        keep(
          onlyFor(
            queue,
            targets.map(({ name }) => name),
          ),
        );
      onChange();
      runAll();
    },
    send: (message) => {
      keep(put(queue, message));
      runAll();
    },
    queue: () => queue,
    remember: (heard, messages) => {
      keep({ ...messages.reduce(put, queue), heard });
      runAll();
    },
    status: () =>
      [...lanes.values()].map(({ target, last }) => {
        const { name, kind, url, level } = target;
        const waiting = queue.items.filter((item) => item.target === name).length;
        return { name, kind, at: shownUrl(url).slice(0, 300), level, waiting, ...countsOf(queue, name), last };
      }),
    close: () => {
      isClosed = true;
      if (unsaved !== null) clearTimeout(unsaved);
      for (const [name, lane] of [...lanes]) leave(name, lane);
    },
  };
};
