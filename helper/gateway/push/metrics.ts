import Counter from 'prom-client/lib/counter.js';
import Gauge from 'prom-client/lib/gauge.js';
import type Registry from 'prom-client/lib/registry.js';
import type { PushStatus } from '../../protocol/push.ts';

/** Of each target of alerts, for `/metrics`. The counts outlive the gateway's restarts. */

const counted = [
  { key: 'delivered', help: 'Alerts that a target has taken.' },
  { key: 'dropped', help: 'Alerts that were dropped because too many waited.' },
  { key: 'refused', help: 'Alerts that a target will never take.' },
] as const;

export const createPushMetrics = (registry: Registry): ((targets: readonly PushStatus[]) => void) => {
  const registers = [registry];
  const labelNames = ['target'] as const;
  const gauge = (name: string, help: string) =>
    new Gauge({ name: `castellan_push_${name}`, help, labelNames, registers });
  const waiting = gauge('waiting', 'Alerts that wait to be sent to a target.');
  const failing = gauge('failing', '1 when the last attempt to send to a target did not succeed.');
  const delivered = gauge('delivered_timestamp_seconds', 'When a target took an alert last, in seconds since 1970.');
  const counters = counted.map(({ key, help }) => {
    const counter = new Counter({ name: `castellan_push_${key}_total`, help, labelNames, registers });
    return (targets: readonly PushStatus[]): void => {
      counter.reset();
      for (const one of targets) counter.inc({ target: one.name }, one[key]);
    };
  });
  return (targets) => {
    for (const one of [waiting, failing, delivered]) one.reset();
    for (const { name: target, waiting: items, last, deliveredMs } of targets) {
      waiting.set({ target }, items);
      failing.set({ target }, Number(last?.ok === false));
      if (deliveredMs !== null) delivered.set({ target }, deliveredMs / 1000);
    }
    for (const set of counters) set(targets);
  };
};
