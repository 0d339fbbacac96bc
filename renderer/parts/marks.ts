import { useMemo } from 'preact/hooks';
import type { Status } from '../../helper/protocol/status.ts';
import { actMarks, type EventMark, waitingMarks } from '../data/charts/events.ts';

/** What the status tells of acts and questions; the same list as long as these are the same, so that no chart is redrawn. */
export const useMarks = (status: Status): readonly EventMark[] => {
  const acts = status.relief.activity.map(({ plan, outcome }) => `${plan} ${outcome}`).join();
  const waiting = status.relief.pending.map(({ id }) => id).join();
  return useMemo(() => [...actMarks(status), ...waitingMarks(status)], [acts, waiting]);
};
