import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { AlertLevel, ToldAlert } from '../protocol/push.ts';
import { type AlertKind, alertTable, isAlertKind } from './alert-kinds.ts';
import { alertLevel } from './alert-levels.ts';
import { createAppendLog } from './append-log.ts';
import { createToldAlerts, keyOf } from './told-alerts.ts';

/**
 * alerts.jsonl: one JSON object a line, for people and for tools that watch several programs (`source` says whose it is).
 * An alert is told once in an episode: the same kind about the same subject again within ten minutes of the last time it
 * was raised is counted, not told, and that holds across restarts of the keeper.
 */

export interface Alert {
  readonly kind: AlertKind;
  /** What it is about: a sensor, a seat, a file. */
  readonly subject: string;
  /** Particulars of this case. */
  readonly detail: string;
  readonly wallMs: number;
}

export interface AlertRow extends Alert {
  readonly source: 'castellan';
  /** Of this episode. */
  readonly id: string;
  readonly level: AlertLevel;
  /** What raised it goes on; false: it was of a moment. */
  readonly lasts: boolean;
  readonly message: string;
  readonly todo: string;
  /** How often it was raised and not told in the episode before. */
  readonly untold: number;
}

export interface Alerts {
  /** `told` false: it belongs to an episode that was told, or could not be written (then `ok` is false). */
  readonly raise: (alert: Alert, lasts?: boolean) => { readonly ok: boolean; readonly told: boolean };
  /** What lasts now, by `keyOf`: what was told and is not among it is over, once that is sure. */
  readonly settle: (lasts: ReadonlySet<string>, wallMs: number) => void;
  /** What was told and lasts, or is not an hour old, also before this start. */
  readonly told: (wallMs: number) => readonly ToldAlert[];
  readonly close: () => void;
}

export interface AlertsOptions {
  /** The state folder. */
  readonly directory: string;
  readonly maxBytes?: number;
  /** Given each alert that is told, as one line of JSON. */
  readonly onTold?: (line: string) => void;
}

const episodeMs = 600_000;
/** Subjects remembered; a longer list means that something else is wrong. */
const episodesKept = 1_000;
const tailBytes = 65_536;

interface Episode {
  lastMs: number;
  untold: number;
}

export const createAlerts = (options: AlertsOptions): Alerts => {
  const path = join(options.directory, 'alerts.jsonl');
  const episodes = new Map<string, Episode>();
  const toldAlerts = createToldAlerts();
  for (const row of lastRows(path)) {
    episodes.set(keyOf(row), { lastMs: row.wallMs, untold: 0 });
    const whole = wholeOf(row);
    if (whole !== null) toldAlerts.add(whole);
  }
  /** A wall clock that was set back tells nothing about the episode: better told twice than never. */
  const isQuiet = (key: string, wallMs: number): boolean => {
    const known = episodes.get(key);
    const sinceMs = known === undefined ? Number.POSITIVE_INFINITY : wallMs - known.lastMs;
    return sinceMs < 0 || sinceMs >= episodeMs;
  };
  const log = createAppendLog({
    path,
    maxBytes: options.maxBytes ?? 2 ** 20,
    kept: 2,
    emergencyBytes: 16 * 2 ** 10,
    gapLine: (lostRows) => JSON.stringify({ source: 'castellan', kind: 'lost', lostRows }),
  });

  return {
    raise: (alert, lasts = false) => {
      const key = keyOf(alert);
      const known = episodes.get(key);
      if (known !== undefined && !isQuiet(key, alert.wallMs)) {
        known.lastMs = alert.wallMs;
        known.untold++;
        return { ok: true, told: false };
      }
      const row: AlertRow = {
        source: 'castellan',
        id: idOf(alert),
        level: alertLevel(alert.kind),
        ...alert,
        ...alertTable[alert.kind],
        lasts,
        untold: known?.untold ?? 0,
      };
      const line = JSON.stringify(row);
      const { ok } = log.append(line);
      // A disk that is full is a reason to tell it elsewhere.
      if (ok || toldAlerts.list(alert.wallMs).every((each) => keyOf(each) !== key)) toldAlerts.add(row);
      if (ok) {
        options.onTold?.(line);
        episodes.delete(key);
        episodes.set(key, { lastMs: alert.wallMs, untold: 0 });
        const oldest = episodes.keys().next().value;
        if (episodes.size > episodesKept && oldest !== undefined) episodes.delete(oldest);
      }
      return { ok, told: ok };
    },
    settle: (lasts, wallMs) => toldAlerts.settle(lasts, (key) => isQuiet(key, wallMs), wallMs),
    told: toldAlerts.list,
    close: log.close,
  };
};

/** In characters that a header of HTTP may have. */
const idOf = ({ kind, subject, wallMs }: Alert): string =>
  `${kind}.${encodeURIComponent(subject.toWellFormed()).slice(0, 256)}.${Math.round(wallMs)}`;

type ReadRow = Pick<Alert, 'kind' | 'subject' | 'wallMs'> & Readonly<Record<string, unknown>>;

/** Words and level are those of this version; rows of earlier ones have less. */
const wholeOf = (row: ReadRow): AlertRow | null =>
  typeof row.id === 'string' && typeof row.detail === 'string' && typeof row.lasts === 'boolean'
    ? ({ ...row, ...alertTable[row.kind], level: alertLevel(row.kind) } as unknown as AlertRow)
    : null;

/** The alerts at the end of the file that an earlier run left. Anything that is no alert is passed over. */
const lastRows = (path: string): readonly ReadRow[] => {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch {
    return [];
  }
  try {
    const { size } = fstatSync(fd);
    const tail = Buffer.alloc(Math.min(size, tailBytes));
    readSync(fd, tail, 0, tail.length, size - tail.length);
    return tail.toString('utf8').split('\n').flatMap(parsed);
  } catch {
    return [];
  } finally {
    closeSync(fd);
  }
};

const parsed = (line: string): readonly ReadRow[] => {
  try {
    const row: unknown = JSON.parse(line);
    if (typeof row !== 'object' || row === null) return [];
    const { kind, subject, wallMs } = row as Readonly<Record<string, unknown>>;
    if (typeof kind !== 'string' || !isAlertKind(kind)) return [];
    if (typeof subject !== 'string' || typeof wallMs !== 'number') return [];
    return [{ ...row, kind, subject, wallMs }];
  } catch {
    return [];
  }
};
