import { setTimeout as sleep } from 'node:timers/promises';
import type { Slots } from '../deadman/slots.ts';
import type { ReadStarts, Starts } from '../deadman/starts.ts';
import { longestFreezeMs } from '../deadman/times.ts';
import { formatTombstone, machineMs } from '../deadman/tombstone.ts';
import type { Host } from '../host/port.ts';
import type { Target } from '../relief/acts.ts';

/** Writes the tombstones of one freeze. */

export interface TombstonesOptions {
  readonly host: Pick<Host, 'kind' | 'facts' | 'clock'>;
  readonly instance: string;
  readonly readStarts: ReadStarts;
}

export interface FreezeOrder {
  readonly plan: number;
  readonly targets: readonly [Target, ...Target[]];
  readonly reason: string;
  /** Monotonic, of the host's clock. */
  readonly deadlineMs: number;
}

/** On a Mac `ps` tells the start of a process; a tombstone without it is as good, only less certain to be retired. */
const startsMs = 200;

const startsOf = async (targets: readonly Target[], readStarts: ReadStarts): Promise<Starts> => {
  const late = new AbortController();
  const limit = sleep(startsMs, null, { signal: late.signal }).catch(() => null);
  const starts = await Promise.race([readStarts(targets.map(({ id }) => id.pid)), limit]);
  late.abort();
  return starts;
};

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
export const rehearseTombstone = async ({ host, instance, readStarts }: TombstonesOptions): Promise<void> => {
  const own: Target = { id: { pid: process.pid, start: '' }, name: '', command: '', uid: 0, footprintBytes: 0 };
  // Elsewhere it starts a process, which is not worth a rehearsal.
  if (host.kind === 'linux') await startsOf([own], readStarts);
  bytesOf(own, { plan: 0, reason: '' }, { host, instance, started: null, writtenMs: machineMs(), limitMs: 0 });
};

/** Null: all are written, under their names. */
export const writeTombstones = async (
  order: FreezeOrder,
  slots: Slots,
  { host, instance, readStarts }: TombstonesOptions,
): Promise<string | null> => {
  const starts = host.kind === 'sim' ? null : await startsOf(order.targets, readStarts);
  const writtenMs = machineMs();
  const limitMs = Math.max(0, Math.min(order.deadlineMs - host.clock.nowMs(), longestFreezeMs));
  for (const target of order.targets) {
    const { pid } = target.id;
    const started = starts?.get(pid)?.started ?? null;
    const tombstone = bytesOf(target, order, { host, instance, started, writtenMs, limitMs });
    const written = slots.use(String(pid), tombstone);
    if (!written.ok) return `no tombstone, no stop: ${written.detail}`;
  }
  return null;
};
