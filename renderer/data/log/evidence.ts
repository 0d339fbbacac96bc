import type { LogRow } from '../../../helper/protocol/relief.ts';
import { rate, roughSpan, size, timeOfDay } from '../../text/format.ts';
import { textIn, timeIn } from './row.ts';

/** What an entry of the log rests on: each row as it was written, a name and a value a line. */

export interface Evidence {
  readonly key: string;
  readonly title: string;
  readonly fields: readonly { readonly name: string; readonly value: string }[];
}

const mostFields = 40;
const longest = 2000;

/** `afterMs` and `byUid` as words: the unit goes with the value. */
const nameText = (name: string): string =>
  name
    .replace(/(?:^b|B)ytes(?:PerSecond)?$|Ms$/, '')
    .replaceAll(/[_.]/g, ' ')
    .replaceAll(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase();

/** Of a receipt: bytes of its counter, or an end of growth. */
const isMeasured = (name: string, { kind }: LogRow): boolean =>
  kind === 'receipt' && (name === 'expected' || name === 'actual');

const numberText = (name: string, value: number, row: LogRow): string => {
  if (!Number.isFinite(value)) return String(value);
  const isGrowth = textIn(row, 'counter') === 'growth';
  if (/perSecond$/i.test(name) || (isMeasured(name, row) && isGrowth)) return rate(value);
  // How many processes of a service run is no size.
  if (/bytes$/i.test(name) || (isMeasured(name, row) && textIn(row, 'counter') !== 'service')) return size(value);
  return /Ms$/.test(name) ? roughSpan(value / 1000) : String(value);
};

const valueText = (name: string, value: unknown, row: LogRow): string => {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return numberText(name, value, row);
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (Array.isArray(value)) return value.map((each) => valueText(name, each, row)).join(', ');
  if (typeof value !== 'object' || value === null) return '';
  return Object.entries(value)
    .filter(([, part]) => part !== 0)
    .map(([part, inner]) =>
      `${nameText(part)} ${typeof inner === 'object' ? JSON.stringify(inner) : valueText(part, inner, row)}`.trim(),
    )
    .join(', ');
};

const cut = (text: string): string => (text.length <= longest ? text : `${text.slice(0, longest - 1)}…`);

/** Told by the title, or the same for every row of an entry. */
const told: ReadonlySet<string> = new Set([
  'kind',
  'wallMs',
  'instance',
  'level',
  'mode',
  'how',
  'outcome',
  'plan',
  'hash',
]);

const titleOf = (row: LogRow): string => {
  const at = timeIn(row);
  const plan = typeof row.plan === 'number' ? ` ${row.plan}` : '';
  const how = textIn(row, 'how') || textIn(row, 'outcome') || textIn(row, 'mode');
  const kind = row.kind === 'plan' ? `plan${plan}` : nameText(row.kind);
  return [at === null ? '' : timeOfDay(at), `${kind}${how === '' ? '' : `: ${nameText(how)}`}`].join(' ').trim();
};

export const evidenceOf = (rows: readonly LogRow[]): readonly Evidence[] => {
  /** What the rows before have said of the act is not said again. */
  const said = new Set<string>();
  return rows.map((row, i) => {
    const fields = Object.entries(row)
      .filter(([name]) => !told.has(name))
      .slice(0, mostFields)
      .map(([name, value]) => ({ name: nameText(name), value: cut(valueText(name, value, row)) }))
      .filter(({ name, value }) => value !== '' && !said.has(`${name} ${value}`));
    for (const { name, value } of fields) if (rows.length > 1) said.add(`${name} ${value}`);
    return { key: `${i} ${row.kind}`, title: titleOf(row), fields };
  });
};
