import type { Slots } from '../../deadman/slots.ts';
import { longestFreezeMs } from '../../deadman/times.ts';
import { formatTombstone, machineMs } from '../../deadman/tombstone.ts';
import type { Host } from '../../host/port.ts';
import type { Target } from '../../relief/acts.ts';
import type { KnownStarts } from './known-starts.ts';

/** Writes the tombstones of one freeze. */

export interface TombstonesOptions {
  readonly host: Pick<Host, 'kind' | 'facts' | 'clock'>;
  readonly instance: string;
  readonly starts: Pick<KnownStarts, 'of'>;
}

export interface FreezeOrder {
  readonly plan: number;
  readonly targets: readonly [Target, ...Target[]];
  readonly reason: string;
  /** Monotonic, of the host's clock. */
  readonly deadlineMs: number;
}

interface Writing extends Pick<TombstonesOptions, 'host' | 'instance'> {
  readonly started: string | null;
  readonly writtenMs: number;
  readonly limitMs: number;
}

const bytesOf = (
  { id, command, footprintBytes }: Target,
  { plan, reason }: Pick<FreezeOrder, 'plan' | 'reason'>,
  { host, instance, started, writtenMs, limitMs }: Writing,
): Buffer =>
  formatTombstone({
    pid: id.pid,
    start: id.start,
    started,
    boot: host.facts.bootId,
    host: host.kind,
    instance,
    freeze: plan,
    command,
    reason,
    footprintBytes,
    limitMs,
    writtenMs,
  });

/** Makes one of our own and keeps it to itself. */
export const rehearseTombstone = async ({ host, instance, starts }: TombstonesOptions): Promise<void> => {
  const own: Target = { id: { pid: process.pid, start: '' }, name: '', command: '', uid: 0, footprintBytes: 0 };
  // Elsewhere it starts a process, which is not worth a rehearsal.
  if (host.kind === 'linux') await starts.of([own.id]);
  bytesOf(own, { plan: 0, reason: '' }, { host, instance, started: null, writtenMs: machineMs(), limitMs: 0 });
};

/** Null: all are written, under their names. */
export const writeTombstones = async (
  order: FreezeOrder,
  slots: Slots,
  { host, instance, starts }: TombstonesOptions,
): Promise<string | null> => {
  const started = await starts.of(order.targets.map(({ id }) => id));
  const writtenMs = machineMs();
  const limitMs = Math.max(0, Math.min(order.deadlineMs - host.clock.nowMs(), longestFreezeMs));
  for (const [index, target] of order.targets.entries()) {
    const { pid } = target.id;
    const writing = { host, instance, started: started[index] ?? null, writtenMs, limitMs };
    const tombstone = bytesOf(target, order, writing);
    const written = slots.use(String(pid), tombstone);
    if (!written.ok) return `no tombstone, no stop: ${written.detail}`;
  }
  return null;
};
