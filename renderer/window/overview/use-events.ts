import { useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import type { Bridge } from '../../../app/ipc/contract.ts';
import type { LogRow } from '../../../helper/protocol/relief.ts';
import type { Status } from '../../../helper/protocol/status.ts';
import type { EventMark } from '../../data/charts/events.ts';
import { digestTicks, type ProbeTick } from '../../data/charts/probe-ticks.ts';
import { rangeMs } from '../../data/charts/series.ts';
import { logMarks, markedKinds } from '../../data/log/marks.ts';
import { canActNow } from '../../data/screens/screen-now.ts';
import type { Store } from '../../data/state.ts';
import { useMarks } from '../../parts/marks.ts';

/** What is told of the past, in words and as ticks. */
export interface Told {
  readonly events: readonly EventMark[];
  readonly digests: readonly ProbeTick[];
}

/** As many rows of the log as one answer holds. */
const mostRows = 500;

/**
 * Marks of the longest range: what the status tells, and before that what the log has. The log is asked when the page is
 * shown and when something was done or asked; an account that may not read it sees what the status tells.
 */
export const useEvents = (
  bridge: Pick<Bridge, 'read'>,
  store: Pick<Store, 'connection' | 'visible'>,
  status: Status,
): Told => {
  const told = useMarks(status);
  const rows = useSignal<readonly LogRow[]>([]);
  const mayRead = canActNow(store);
  const visible = store.visible.value;
  useEffect(() => {
    if (!visible || !mayRead) return;
    let isCurrent = true;
    const sinceMs = Date.now() - rangeMs['24h'];
    bridge.read('read.log', { kinds: [...markedKinds, 'digest'], sinceMs, limit: mostRows }).then(
      (answer) => {
        if (isCurrent && answer.ok && 'rows' in answer.result) rows.value = answer.result.rows;
      },
      // Main failed, and its log says why: what the status tells is still shown.
      () => {},
    );
    return () => {
      isCurrent = false;
    };
  }, [visible, mayRead, told]);
  return useMemo(() => {
    const known = new Set(status.relief.activity.map(({ plan }) => plan));
    return { events: [...logMarks(rows.value, known), ...told], digests: digestTicks(rows.value) };
  }, [rows.value, told]);
};
