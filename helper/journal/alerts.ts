import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { type AlertKind, alertTable, isAlertKind } from './alert-kinds.ts';
import { createAppendLog } from './append-log.ts';

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
  readonly message: string;
  readonly todo: string;
  /** How often it was raised and not told in the episode before. */
  readonly untold: number;
}

export interface Alerts {
  /** `told` false: it belongs to an episode that was told, or could not be written (then `ok` is false). */
  readonly raise: (alert: Alert) => { readonly ok: boolean; readonly told: boolean };
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
  for (const row of lastRows(path)) episodes.set(keyOf(row.kind, row.subject), { lastMs: row.wallMs, untold: 0 });
  const log = createAppendLog({
    path,
    maxBytes: options.maxBytes ?? 2 ** 20,
    kept: 2,
    emergencyBytes: 16 * 2 ** 10,
    gapLine: (lostRows) => JSON.stringify({ source: 'castellan', kind: 'lost', lostRows }),
  });

  return {
    raise: (alert) => {
      const key = keyOf(alert.kind, alert.subject);
      const known = episodes.get(key);
      const sinceMs = known === undefined ? Number.POSITIVE_INFINITY : alert.wallMs - known.lastMs;
      // A wall clock that was set back tells nothing about the episode: better told twice than never.
      if (known !== undefined && sinceMs >= 0 && sinceMs < episodeMs) {
        known.lastMs = alert.wallMs;
        known.untold++;
        return { ok: true, told: false };
      }
      const row: AlertRow = { source: 'castellan', ...alert, ...alertTable[alert.kind], untold: known?.untold ?? 0 };
      const line = JSON.stringify(row);
      const { ok } = log.append(line);
      if (ok) {
        options.onTold?.(line);
        episodes.delete(key);
        episodes.set(key, { lastMs: alert.wallMs, untold: 0 });
        const oldest = episodes.keys().next().value;
        if (episodes.size > episodesKept && oldest !== undefined) episodes.delete(oldest);
      }
      return { ok, told: ok };
    },
    close: log.close,
  };
};

const keyOf = (kind: AlertKind, subject: string): string => `${kind} ${subject}`;

/** The alerts at the end of the file that an earlier run left. Anything that is no alert is passed over. */
const lastRows = (path: string): readonly Pick<Alert, 'kind' | 'subject' | 'wallMs'>[] => {
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

const parsed = (line: string): readonly Pick<Alert, 'kind' | 'subject' | 'wallMs'>[] => {
  try {
    const row: unknown = JSON.parse(line);
    if (typeof row !== 'object' || row === null) return [];
    const { kind, subject, wallMs } = row as Readonly<Record<string, unknown>>;
    if (typeof kind !== 'string' || !isAlertKind(kind)) return [];
    return typeof subject === 'string' && typeof wallMs === 'number' ? [{ kind, subject, wallMs }] : [];
  } catch {
    return [];
  }
};
