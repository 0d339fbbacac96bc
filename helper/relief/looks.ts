import type { PolicyEntry } from '../config/config.ts';
import type { Inspection } from '../host/port.ts';
import { type ProcessId, type ProcessReading, type ProcessTable, processKey } from '../host/reading.ts';
import { groupLimit } from './candidates.ts';
import { matchesOf } from './matches.ts';
import type { World } from './world.ts';

/** Closer looks at what the policy matches: who is looked at when, and how long it is known what was found. */

/** A look closer is good for this long. */
const inspectionMs = 30_000;

/** A closer look takes milliseconds: the others' turn comes with the next pass. */
const inspectionsAtOnce = 8;

/** Who was looked at closer, and when. */
export interface Inspected {
  readonly id: ProcessId;
  /** Null: it could not be looked at. */
  readonly inspection: Inspection | null;
  readonly atMs: number;
}

/**
 * Which processes are to be looked at closer before anything is decided about them. A match that was never looked at comes
 * first: until then nothing is done about it. Then whose turn is overdue longest; the others of a group take their turn like
 * anybody, so that a build that starts dozens of processes a second does not keep all the rest from being looked at again.
 */
export const wantedInspections = (
  table: ProcessTable,
  entries: readonly PolicyEntry[],
  known: readonly Inspected[],
  nowMs: number,
): readonly ProcessReading[] => {
  const lookedMs = new Map(known.map(({ id, atMs }) => [processKey(id), atMs]));
  return matchesOf(table.processes, entries)
    .flatMap(({ members }) =>
      members.slice(0, groupLimit).map((process, place) => {
        const neverMs = place === 0 ? Number.NEGATIVE_INFINITY : nowMs - inspectionMs;
        return { process, atMs: lookedMs.get(processKey(process.id)) ?? neverMs };
      }),
    )
    .filter(({ atMs }) => nowMs - atMs >= inspectionMs)
    .sort(
      (a, b) =>
        // Not their difference: two of −∞ have none.
        Number(a.atMs > b.atMs) - Number(a.atMs < b.atMs) ||
        b.process.footprintBytes - a.process.footprintBytes ||
        a.process.id.pid - b.process.id.pid,
    )
    .slice(0, inspectionsAtOnce)
    .map(({ process }) => process);
};

const speaksAgainst = ({ inspection }: Inspected): boolean =>
  inspection?.isTraced === true || inspection?.isPlatform === true;

/**
 * After a full pass in which these were looked at. New findings take the place of old ones, and what nobody asks for any
 * more is forgotten; but not what forbids an act, as long as the process is there: it would be allowed to whoever did not
 * come to look again.
 */
export const keepInspections = (
  known: readonly Inspected[],
  { looked, inspections, seen, nowMs }: Pick<World, 'looked' | 'inspections' | 'seen' | 'nowMs'>,
): readonly Inspected[] => {
  const isKept = (each: Inspected): boolean =>
    nowMs - each.atMs < 2 * inspectionMs || (speaksAgainst(each) && seen.has(processKey(each.id)));
  if (looked.length === 0 && known.every(isKept)) return known;
  const found = new Map(inspections.map((inspection) => [processKey(inspection.id), inspection]));
  const before = new Map(known.map((each) => [processKey(each.id), each]));
  const fresh = looked.map((id): Inspected => {
    const old = before.get(processKey(id));
    const inspection = found.get(processKey(id)) ?? null;
    return { id, inspection: inspection ?? (old && speaksAgainst(old) ? old.inspection : null), atMs: nowMs };
  });
  const keys = new Set(fresh.map(({ id }) => processKey(id)));
  return [...known.filter((each) => !keys.has(processKey(each.id)) && isKept(each)), ...fresh];
};
