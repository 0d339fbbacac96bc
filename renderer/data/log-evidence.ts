import type { LogRow } from '../../helper/protocol/relief.ts';
import { timeOfDay } from '../text/format.ts';
import { textIn, timeIn } from './log-row.ts';

/** What an entry of the log rests on: each row as it was written, a name and a value a line. */

export interface Evidence {
  readonly key: string;
  readonly title: string;
  readonly fields: readonly { readonly name: string; readonly value: string }[];
}

const mostFields = 40;
const longest = 2000;

/** `afterMs` and `byUid` as words. */
const spoken = (name: string): string =>
  name
    .replaceAll('_', ' ')
    .replaceAll(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase();

const valueText = (value: unknown): string => {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  return text.length <= longest ? text : `${text.slice(0, longest - 1)}…`;
};

/** Told by the line itself, or the same for every row. */
const known: ReadonlySet<string> = new Set(['kind', 'wallMs', 'instance', 'level']);

export const evidenceOf = (rows: readonly LogRow[]): readonly Evidence[] =>
  rows.map((row, i) => {
    const at = timeIn(row);
    const how = textIn(row, 'how') || textIn(row, 'outcome') || textIn(row, 'mode');
    return {
      key: `${i} ${row.kind}`,
      title: [at === null ? '' : timeOfDay(at), spoken(row.kind), how === '' ? '' : `– ${spoken(how)}`]
        .filter((part) => part !== '')
        .join(' '),
      fields: Object.entries(row)
        .filter(([name]) => !known.has(name))
        .slice(0, mostFields)
        .map(([name, value]) => ({ name: spoken(name), value: valueText(value) })),
    };
  });
