import type { Host } from '../../host/port.ts';
import type { ServiceResult } from '../../host/service-manager.ts';
import type { AuditFacts } from '../../journal/audit.ts';
import type { SeatOrder } from '../../seats/orders.ts';
import type { ActOutcome, Freezer } from './freezer.ts';
import { startService } from './start-service.ts';

/** Carries orders to seats out: an intent row, the start or the end of its service, a result row. */

export interface SeatOrderOptions {
  readonly host: Pick<Host, 'services' | 'clock'>;
  readonly freezer: Pick<Freezer, 'resumeWithin'>;
  /** Whether the row was taken. */
  readonly audit: (facts: AuditFacts) => boolean;
}

const ok = (detail: string): ActOutcome => ({ outcome: 'ok', detail });
const failed = (detail: string): ActOutcome => ({ outcome: 'failed', detail });

const sentence = (result: Exclude<ServiceResult, { ok: true }>): string => `${result.problem}: ${result.detail}`;

export const createSeatOrders = ({ host, freezer, audit }: SeatOrderOptions) => {
  const { services } = host;

  const stop = async ({ label, targets }: Extract<SeatOrder, { verb: 'stop' }>): Promise<ActOutcome> => {
    // A stopped process cannot handle TERM, and launchd would KILL it at its time-out.
    const resumed = await freezer.resumeWithin(new Set(targets.map(({ id }) => id.pid)), 'It is told to end.');
    if (resumed.outcome !== 'ok') return resumed;
    const result = await services.bootout(label);
    if (result.ok) return ok(`${label} has been told to end`);
    return result.problem === 'absent' ? ok(`${label} is not loaded any more`) : failed(sentence(result));
  };

  return {
    carryOut: async (order: SeatOrder): Promise<ActOutcome> => {
      const written = audit({
        kind: 'intent',
        plan: order.plan,
        verb: order.verb,
        target: order.seat,
        pids: order.verb === 'stop' ? order.targets.map(({ id }) => id.pid) : [],
        reason: order.why,
        by: order.by === 'automatic' ? order.by : { uid: order.by.uid, client: order.by.client },
      });
      // A start can be undone; an end cuts whoever uses it.
      const done =
        order.verb === 'start'
          ? await startService(host, order.label)
          : written
            ? await stop(order)
            : failed('the audit log takes no row, so nothing that cannot be undone is done');
      audit({ kind: 'result', plan: order.plan, outcome: done.outcome, detail: done.detail });
      return done;
    },
  };
};
