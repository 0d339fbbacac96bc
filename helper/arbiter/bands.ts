import type { BandName, BandResult } from '../host/port.ts';
import { type ProcessId, processKey } from '../host/reading.ts';
import {
  answerWish,
  lookAt,
  newSetting,
  retryRefusedMs,
  type Setting,
  type Sight,
  type WishOutcome,
} from './setting.ts';
import type { Wanted } from './targets.ts';

/** Bands of processes: as wanted, as read back, and what is done about the difference. */

export interface BandTarget extends Wanted {
  readonly setting: Setting;
  /** As read back last; null: not read yet, or not readable. */
  readonly found: { readonly band: BandName | null; readonly raw: number } | null;
  /** When it turned out to have ended; the table still lists it. Null: it runs. */
  readonly goneMs: number | null;
}

export interface BandWish {
  readonly kind: 'band';
  readonly target: ProcessId;
  readonly name: string;
  readonly band: BandName;
}

export interface BandLook {
  readonly nowMs: number;
  /** Null: nobody asks for other bands than before (no process was seen). */
  readonly wanted: readonly Wanted[] | null;
  readonly read: readonly { readonly id: ProcessId; readonly found: BandResult }[];
  readonly mayWish: boolean;
  readonly setsUnread: boolean;
}

export interface BandStep {
  readonly targets: readonly BandTarget[];
  readonly wishes: readonly BandWish[];
  /** How many others have changed since the last look. */
  readonly overwritten: number;
  readonly said: readonly string[];
}

/** The table may be half a minute old; who is listed again after this long is there after all. */
const goneForMs = 60_000;

const isGone = (found: BandResult | undefined): boolean =>
  found !== undefined && !found.ok && (found.problem === 'vanished' || found.problem === 'reused');

const sightOf = (found: BandResult | undefined, band: BandName): Sight => {
  if (found === undefined) return { kind: 'not_looked' };
  if (found.ok) return { kind: found.band === band ? 'as_wanted' : 'other' };
  return { kind: 'unreadable', isRefused: found.problem === 'refused', detail: found.detail };
};

/** Keeps what is known of a process that is still to have the same band. */
const carriedOn = (before: BandTarget | undefined, wanted: Wanted): BandTarget => {
  if (before === undefined || before.band !== wanted.band)
    return { ...wanted, setting: newSetting, found: before?.found ?? null, goneMs: null };
  return before.name === wanted.name && before.kind === wanted.kind ? before : { ...before, ...wanted };
};

/** No table lists a pid twice; who had it before is another. */
const finder = <T extends { readonly id: ProcessId }>(all: readonly T[]): ((id: ProcessId) => T | undefined) => {
  const known = new Map(all.map((each) => [each.id.pid, each]));
  return ({ pid, start }) => {
    const found = known.get(pid);
    return found?.id.start === start ? found : undefined;
  };
};

const foundBy = (known: BandTarget, result: BandResult | undefined): BandTarget['found'] => {
  if (result === undefined) return known.found;
  if (!result.ok) return null;
  const { band, raw } = result;
  return known.found?.band === band && known.found.raw === raw ? known.found : { band, raw };
};

const named = ({ name, id }: Wanted): string => `${name} (pid ${id.pid})`;

const bandText = (found: BandTarget['found']): string =>
  found === null ? 'not known' : (found.band ?? `${found.raw}, which has no name here`);

export const stepBands = (before: readonly BandTarget[], look: BandLook): BandStep => {
  const { nowMs } = look;
  const earlier = finder(before);
  const reads = finder(look.read);
  const wishes: BandWish[] = [];
  const said: string[] = [];
  let overwritten = 0;
  const targets = (look.wanted ?? before).map((wanted): BandTarget => {
    const known = carriedOn(earlier(wanted.id), wanted);
    const result = reads(wanted.id)?.found;
    const isStillGone = known.goneMs !== null && nowMs - known.goneMs < goneForMs;
    if (isStillGone) return known;
    if (isGone(result)) return { ...known, setting: newSetting, found: null, goneMs: nowMs };
    const found = foundBy(known, result);
    // Who seemed to have ended is read before anything is done.
    const setsUnread = look.setsUnread && known.goneMs === null;
    const sight = sightOf(result, wanted.band);
    const looked = lookAt(known.setting, sight, nowMs, { mayWish: look.mayWish, setsUnread });
    if (looked.isOverwritten) overwritten++;
    const goneMs = result === undefined ? known.goneMs : null;
    const isSame = looked.setting === known.setting && found === known.found && goneMs === known.goneMs;
    const target: BandTarget = isSame ? known : { ...known, setting: looked.setting, found, goneMs };
    if (looked.wish) {
      wishes.push({ kind: 'band', target: wanted.id, name: wanted.name, band: wanted.band });
      said.push(`the band of ${named(wanted)} is ${bandText(found)}; it is set to ${wanted.band}`);
    }
    if (looked.setting.state === 'contested' && known.setting.state !== 'contested')
      said.push(`the band of ${named(wanted)}: ${looked.setting.detail}; it is left at ${bandText(found)}`);
    return target;
  });
  const isUnchanged = targets.length === before.length && targets.every((target, at) => target === before[at]);
  return { targets: isUnchanged ? before : targets, wishes, overwritten, said };
};

export const answerBand = (
  targets: readonly BandTarget[],
  target: ProcessId,
  outcome: WishOutcome,
  detail: string,
  nowMs: number,
): readonly BandTarget[] => {
  const key = processKey(target);
  return targets.map((each) => {
    if (processKey(each.id) !== key) return each;
    if (outcome === 'withdrawn')
      return { ...each, setting: { ...newSetting, notBeforeMs: nowMs + retryRefusedMs }, found: null, goneMs: nowMs };
    return { ...each, setting: answerWish(each.setting, outcome, detail, nowMs) };
  });
};

/** Whose bands are worth reading after `nowMs`. */
export const readable = (targets: readonly BandTarget[], nowMs: number): readonly ProcessId[] =>
  targets.filter(({ goneMs }) => goneMs === null || nowMs - goneMs >= goneForMs).map(({ id }) => id);
