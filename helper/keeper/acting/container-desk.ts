import type { ContainerOrder, Heard } from '../../containers/orders.ts';
import type { AuditFacts } from '../../journal/audit.ts';
import type { Adapters } from './adapters.ts';

/** Carries out what is decided about containers, by an adapter each time: an intent row, the order, a result row. */

export interface ContainerDesk {
  readonly carryOut: (order: ContainerOrder) => Promise<{ readonly outcome: 'ok'; readonly detail: string }>;
}

export interface ContainerDeskOptions {
  readonly adapters: Pick<Adapters, 'askDocker'>;
  /** Whether the row was taken. */
  readonly audit: (facts: AuditFacts) => boolean;
  readonly post: (heard: Heard) => void;
}

/** With start and end both stay below the 10 s after which an effect counts as timed out. */
const limitMs = 8_000;
/** A virtual machine and all its containers. */
const restartMs = 300_000;

const unwritten = {
  ok: false,
  code: 'refused',
  note: 'the audit log takes no row, so nothing that matters is done',
} as const;
const otherAnswer = { ok: false, code: 'not_understood', note: 'the adapter answered something else' } as const;

const stopOutcome = {
  exited: 'ok',
  running: 'timed_out',
  unknown: 'timed_out',
  absent: 'withdrawn',
  changed: 'withdrawn',
  busy: 'withdrawn',
} as const;

const stopWords = {
  exited: 'it has exited',
  running: 'it has been told to stop and still runs; looked at again',
  unknown: 'it has been told to stop, and nothing was heard any more; looked at again',
  absent: 'it does not run any more',
  changed: 'it has been started anew meanwhile',
  busy: 'it works now',
} as const;

export const createContainerDesk = ({ adapters, audit, post }: ContainerDeskOptions): ContainerDesk => {
  const intent = (plan: number, verb: string, target: string, reason: string): boolean =>
    audit({ kind: 'intent', plan, verb, target, pids: [], reason, by: 'automatic' });

  const look = async (order: Extract<ContainerOrder, { op: 'look' }>): Promise<string> => {
    const { socket, knownPorts } = order;
    const reply = await adapters.askDocker({ op: 'look', socket, knownPorts: [...knownPorts], limitMs });
    post({ op: 'look', reply: !reply.ok || reply.op === 'look' ? reply : otherAnswer });
    return '';
  };

  const stop = async (order: Extract<ContainerOrder, { op: 'stop' }>): Promise<string> => {
    const { plan, name, reason, op: _op, ...rest } = order;
    const isWritten = intent(plan, 'stop container', name, reason);
    const answered = isWritten ? await adapters.askDocker({ op: 'stop', limitMs, ...rest }) : unwritten;
    const reply = !answered.ok || answered.op === 'stop' ? answered : otherAnswer;
    const outcome = reply.ok ? stopOutcome[reply.seen] : reply.code === 'too_late' ? 'timed_out' : 'failed';
    const detail = reply.ok ? [stopWords[reply.seen], reply.note].filter((text) => text !== '').join('; ') : reply.note;
    audit({ kind: 'result', plan, outcome, detail });
    post({ op: 'stop', plan, reply });
    return detail;
  };

  const restarted = async (order: Extract<ContainerOrder, { op: 'restart' }>): Promise<void> => {
    const { plan, argv, reason } = order;
    const isWritten = intent(plan, 'run', argv[0], reason);
    const reply = isWritten
      ? await adapters.askDocker({ op: 'restart', argv: [...argv], limitMs: restartMs })
      : unwritten;
    const isDone = reply.ok && reply.op === 'restart' && reply.code === 0;
    const code = reply.ok && reply.op === 'restart' && reply.code !== null ? `exit code ${reply.code}` : '';
    const detail = [code, reply.note].filter((text) => text !== '').join('; ');
    audit({ kind: 'result', plan, outcome: isDone ? 'ok' : 'failed', detail });
    post({ op: 'restart', plan, ok: isDone, detail });
  };

  return {
    carryOut: async (order) => {
      if (order.op === 'look') return { outcome: 'ok', detail: await look(order) };
      if (order.op === 'stop') return { outcome: 'ok', detail: await stop(order) };
      // It takes minutes: its end is heard of by itself.
      void restarted(order);
      return { outcome: 'ok', detail: 'begun' };
    },
  };
};
