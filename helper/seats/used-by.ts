import { requestsUnderWay } from './activity.ts';
import type { Seat } from './seating.ts';

/** What a seat is used by now, for people: empty when nothing is. What only the last look measured is told of a busy one. */
export const usedBy = ({ state, activity }: Pick<Seat, 'state' | 'activity'>, nowMs: number): readonly string[] => {
  const requests = requestsUnderWay(activity, nowMs);
  if (requests > 0) return [`${requests} request${requests === 1 ? '' : 's'} under way`];
  if (state !== 'busy') return [];
  if (activity.blindSinceMs !== null) return ['connections at its port whose bytes cannot be read'];
  // Its port is read now and then: a look that did not read it has seen the work of the processes alone.
  return [
    activity.markMs === activity.workedMs
      ? 'CPU time of its processes, or bytes at its port'
      : 'CPU time of its processes',
  ];
};
