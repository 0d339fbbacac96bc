import type { ToldAlert } from '../protocol/push.ts';
import { shortened } from '../protocol/shortened.ts';
import type { AlertRow } from './alerts.ts';

/**
 * What was told, for those who tell it on: from the alert until what raised it is over, and for an hour after that. That one is
 * over is said when it would be told again if it came back, so that both alternate, and one that flaps is told once.
 */

export interface ToldAlerts {
  readonly add: (row: AlertRow) => void;
  /** @param lasts what lasts now, by `keyOf`; `isQuiet` whether it would be told again */
  readonly settle: (lasts: ReadonlySet<string>, isQuiet: (key: string) => boolean, wallMs: number) => void;
  /** Oldest first. */
  readonly list: (wallMs: number) => readonly ToldAlert[];
}

export const keyOf = ({ kind, subject }: { readonly kind: string; readonly subject: string }): string =>
  `${kind} ${subject}`;

/** Longest particulars of one alert that are told on, characters. */
const detailCharacters = 512;
const listedMs = 3_600_000;
/** Far more than an operator reads; what is older is dropped. */
const kept = 32;

interface Told {
  readonly alert: ToldAlert;
  readonly lasts: boolean;
}

const toldOf = ({ id, kind, level, subject, message, detail, todo, wallMs }: AlertRow): ToldAlert => ({
  id,
  kind,
  level,
  subject,
  message,
  detail: shortened(detail, detailCharacters),
  todo,
  raisedMs: wallMs,
  overMs: null,
});

export const createToldAlerts = (): ToldAlerts => {
  /** By id, in the order in which they were raised. */
  const all = new Map<string, Told>();
  return {
    add: (row) => {
      all.set(row.id, { alert: toldOf(row), lasts: row.lasts });
      const [oldest] = all.keys();
      if (all.size > kept && oldest !== undefined) all.delete(oldest);
    },
    settle: (lasts, isQuiet, wallMs) => {
      for (const [id, { alert, lasts: isLasting }] of all) {
        const key = keyOf(alert);
        if (!isLasting || alert.overMs !== null || lasts.has(key) || !isQuiet(key)) continue;
        all.set(id, { alert: { ...alert, overMs: wallMs }, lasts: true });
      }
    },
    list: (wallMs) =>
      [...all.values()].flatMap(({ alert, lasts }) => {
        const isOpen = lasts && alert.overMs === null;
        return isOpen || Math.abs(wallMs - (alert.overMs ?? alert.raisedMs)) < listedMs ? [alert] : [];
      }),
  };
};
