import { existsSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { constants } from 'node:os';
import {
  createLineReader,
  type Message,
  maxAnswerBytes,
  maxSpecBytes,
  messageSchema,
  toLine,
} from '../../supervisor/wire.ts';
import { labelPattern, notALabel } from '../label.ts';
import type { SensorFact } from '../reading.ts';
import type { ServiceJob, ServiceManager, ServiceResult } from '../service-manager.ts';

/** The supervisor's services, as launchd's are on a Mac. */
export interface SupervisedServices extends ServiceManager {
  /** Why the services are not known; null: they are, or the supervisor has been asked just now. */
  fact(): SensorFact | null;
  close(): void;
}

type Refusal = Extract<ServiceResult, { ok: false }>;
type Answer = Exclude<Message, { readonly event: 'jobs' }>;

/**
 * After a connection was lost or refused. It is looked for when somebody asks for the services, which the keeper does in
 * every slot: a timer of its own cost a keeper without a supervisor half as much again as all else that it does.
 */
const againMs = 1_000;
/** The supervisor answers within milliseconds; one that does not is stuck. */
const answerMs = 5_000;

const startIt = 'start `castellan supervisor`';
const startItAgain = `the supervisor does not answer any more; ${startIt} again`;

const failed = (detail: string): Refusal => ({ ok: false, problem: 'failed', detail });

/**
 * Speaks to the supervisor and connects again by itself. `pids` is what it told last over the connection that stands.
 * Without one nothing is known of any service, and that is what is said: a list from before could name pids that belong
 * to others now, and an empty one would say that nothing runs.
 *
 * @param path its socket; null: this host was opened without one
 */
export const createServices = (path: string | null): SupervisedServices => {
  let socket: Socket | null = null;
  let isConnected = false;
  /** When the next connection may be tried; null: one stands, or is being made. */
  let againAtMs: number | null = null;
  let isClosed = false;
  let nextId = 1;
  let known: ReadonlyMap<string, number | null> | null = null;
  let exits: ReadonlyMap<string, number> = none;
  let wasKnown = false;
  /** What the operator can do about it; null: the first connection is still being made. */
  let trouble: string | null = path === null ? startIt : null;
  const waiting = new Map<number, (answer: Answer | Refusal) => void>();

  const settle = (id: number, answer: Answer | Refusal): void => {
    const tell = waiting.get(id);
    waiting.delete(id);
    tell?.(answer);
  };

  const read = (value: unknown): void => {
    const message = messageSchema.safeParse(value);
    if (!message.success) socket?.destroy();
    else if ('event' in message.data) {
      known = new Map(message.data.jobs.map(({ label, pid }) => [label, pid]));
      exits = exitsOf([...(message.data.departed ?? []), ...message.data.jobs]);
      wasKnown = true;
    } else settle(message.data.id, message.data);
  };

  const open = (at: string): void => {
    againAtMs = null;
    const mine = connect(at);
    socket = mine;
    // Nothing here keeps a process alive that has nothing else to do.
    mine.unref();
    mine.on('connect', () => {
      isConnected = true;
    });
    mine.on('error', () => {});
    mine.on(
      'data',
      createLineReader(maxAnswerBytes, read, () => mine.destroy()),
    );
    mine.on('close', () => {
      socket = null;
      isConnected = false;
      known = null;
      exits = none;
      trouble = wasKnown ? startItAgain : startIt;
      for (const id of [...waiting.keys()])
        settle(id, failed('The connection to the supervisor ended before it answered; look at what runs.'));
      againAtMs = performance.now() + againMs;
    });
  };
  if (path !== null) open(path);

  const openAgain = (): void => {
    if (path === null || isClosed || againAtMs === null || performance.now() < againAtMs) return;
    // Without its socket there is nobody to connect to, and a look is much cheaper than a try.
    if (existsSync(path)) open(path);
  };

  const ask = (request: {
    readonly verb: string;
    readonly label: string;
    readonly plist?: string;
  }): Promise<Answer | Refusal> => {
    if (!labelPattern.test(request.label)) return Promise.resolve(notALabel(request.label));
    openAgain();
    if (socket === null || !isConnected) return Promise.resolve(unsupported(path));
    const id = nextId;
    nextId += 1;
    socket.write(toLine({ id, ...request }));
    return new Promise((resolve) => {
      const timer = setTimeout(
        () => settle(id, failed(`The supervisor did not answer within ${answerMs / 1000} s.`)),
        answerMs,
      );
      waiting.set(id, (answer) => {
        clearTimeout(timer);
        resolve(answer);
      });
    });
  };

  const change = async (
    verb: 'bootstrap' | 'bootout' | 'define',
    label: string,
    plist?: string,
  ): Promise<ServiceResult> => {
    const answer = await ask({ verb, label, ...(plist === undefined ? {} : { plist }) });
    return answer.ok ? { ok: true } : refusalOf(answer);
  };

  return {
    pids: () => {
      openAgain();
      return known;
    },
    lastExits: () => {
      openAgain();
      return exits;
    },
    fact: () =>
      known !== null || trouble === null ? null : { sensor: 'services', problem: 'unavailable', detail: trouble },
    define: async (label, plist) =>
      // A longer line would cost the connection, and with it the list of all services.
      Buffer.byteLength(plist) > maxSpecBytes
        ? refusalOf({ ok: false, problem: 'refused', detail: `the property list of ${label} is too long` })
        : change('define', label, plist),
    bootstrap: (label) => change('bootstrap', label),
    bootout: (label) => change('bootout', label),
    print: async (label) => {
      const answer = await ask({ verb: 'print', label });
      if (!answer.ok) return refusalOf(answer);
      const job: ServiceJob | undefined = answer.job;
      return job === undefined ? failed('The supervisor answered something else.') : { ok: true, job };
    },
    close: () => {
      isClosed = true;
      socket?.destroy();
    },
  };
};

const none: ReadonlyMap<string, number> = new Map();

const signalNumbers: Readonly<Record<string, number>> = constants.signals;

/** An end that nobody saw (of a job that an earlier supervisor started) has neither code nor signal. */
const exitsOf = (
  jobs: readonly { readonly label: string; readonly lastExit: ServiceJob['lastExit'] }[],
): ReadonlyMap<string, number> => {
  const exits = new Map<string, number>();
  for (const { label, lastExit } of jobs) {
    const signal = lastExit?.signal === null || lastExit === null ? undefined : signalNumbers[lastExit.signal];
    const exit = signal === undefined ? (lastExit?.code ?? null) : -signal;
    if (exit !== null) exits.set(label, exit);
  }
  return exits;
};

const refusalOf = ({ problem, detail }: Refusal): Refusal => ({ ok: false, problem, detail });

const unsupported = (path: string | null): Refusal => ({
  ok: false,
  problem: 'unsupported',
  detail: `No supervisor answers${path === null ? '' : ` at ${path}`}: services cannot be started or stopped here.`,
});
