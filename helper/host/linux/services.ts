import { connect, type Socket } from 'node:net';
import { createLineReader, type Message, maxAnswerBytes, messageSchema, toLine } from '../../supervisor/wire.ts';
import { labelPattern, notALabel } from '../label.ts';
import type { ServiceJob, ServiceManager, ServiceResult } from '../port.ts';

/** The supervisor's services, as launchd's are on a Mac. */
export interface SupervisedServices extends ServiceManager {
  close(): void;
}

type Refusal = Extract<ServiceResult, { ok: false }>;
type Answer = Exclude<Message, { readonly event: 'jobs' }>;

/** After a connection was lost or refused: soon enough that a restarted supervisor is found within a sampling slot. */
const againMs = 1_000;
/** The supervisor answers within milliseconds; one that does not is stuck. */
const answerMs = 5_000;

const failed = (detail: string): Refusal => ({ ok: false, problem: 'failed', detail });

/**
 * Speaks to the supervisor and connects again by itself. `pids` is what it told last. Without a connection nothing is
 * known of any service, and that is what is said: a list from before could name pids that belong to others now.
 *
 * @param path its socket; null: this host was opened without one
 */
export const createServices = (path: string | null): SupervisedServices => {
  let socket: Socket | null = null;
  let isConnected = false;
  let again: NodeJS.Timeout | null = null;
  let isClosed = false;
  let nextId = 1;
  let known: ReadonlyMap<string, number | null> = new Map();
  const waiting = new Map<number, (answer: Answer | Refusal) => void>();

  const settle = (id: number, answer: Answer | Refusal): void => {
    const tell = waiting.get(id);
    waiting.delete(id);
    tell?.(answer);
  };

  const read = (value: unknown): void => {
    const message = messageSchema.safeParse(value);
    if (!message.success) socket?.destroy();
    else if ('event' in message.data) known = new Map(message.data.jobs.map(({ label, pid }) => [label, pid]));
    else settle(message.data.id, message.data);
  };

  const open = (at: string): void => {
    again = null;
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
      known = new Map();
      for (const id of [...waiting.keys()])
        settle(id, failed('The connection to the supervisor ended before it answered; look at what runs.'));
      if (isClosed) return;
      again = setTimeout(open, againMs, at);
      again.unref();
    });
  };
  if (path !== null) open(path);

  const ask = (request: { readonly verb: string; readonly label: string }): Promise<Answer | Refusal> => {
    if (!labelPattern.test(request.label)) return Promise.resolve(notALabel(request.label));
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

  const change = async (verb: 'bootstrap' | 'bootout', label: string): Promise<ServiceResult> => {
    const answer = await ask({ verb, label });
    return answer.ok ? { ok: true } : refusalOf(answer);
  };

  return {
    pids: () => known,
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
      if (again !== null) clearTimeout(again);
      socket?.destroy();
    },
  };
};

const refusalOf = ({ problem, detail }: Refusal): Refusal => ({ ok: false, problem, detail });

const unsupported = (path: string | null): Refusal => ({
  ok: false,
  problem: 'unsupported',
  detail: `No supervisor answers${path === null ? '' : ` at ${path}`}: services cannot be started or stopped here.`,
});
