import type { LogRow } from '../../../helper/protocol/relief.ts';
import type { LevelName } from '../../../helper/protocol/status.ts';
import { sentence } from '../../text/format.ts';
import { isByPerson, levelIn, numberIn, textIn, timeIn, whoIn } from './row.ts';
import { expectationText, type LogGlyph, receiptText, rowText, targetOf, verbOf } from './words.ts';

/**
 * The log as entries: all rows of one plan are one, with what was planned, what came of it and what was measured; every other
 * row is its own.
 */

export type LogOutcome =
  | 'planned'
  | 'waiting'
  | 'measuring'
  | 'done'
  | 'helped'
  | 'useless'
  | 'failed'
  | 'dry_run'
  | 'denied'
  | 'expired'
  | 'withdrawn';

export const outcomeWords: Readonly<Record<LogOutcome, string>> = {
  planned: 'planned',
  waiting: 'waits for approval',
  measuring: 'measuring',
  done: 'done',
  helped: 'helped',
  useless: 'did not help',
  failed: 'failed',
  dry_run: 'dry run',
  denied: 'denied',
  expired: 'expired',
  withdrawn: 'withdrawn',
};

export interface LogEntry {
  readonly key: string;
  /** Wall time of its first row; of a row without one, that of its neighbour; null: nobody has any. */
  readonly atMs: number | null;
  readonly level: LevelName | null;
  readonly glyph: LogGlyph;
  readonly verb: string;
  readonly target: string;
  readonly who: string;
  /** An account asked for it, or approved it. */
  readonly isByPerson: boolean;
  /** Why, and what it was to do; of what is no act, what there is to say. */
  readonly planned: string;
  /** What was measured, or why nothing came of it. */
  readonly measured: string;
  readonly outcome: LogOutcome | null;
  readonly isDryRun: boolean;
  readonly isMarked: boolean;
  /** Number of the plan, and the run of the keeper it counts in; null: no act. */
  readonly plan: { readonly id: number; readonly instance: string } | null;
  /** What it was made of, oldest first. */
  readonly rows: readonly LogRow[];
}

const planKinds: ReadonlySet<string> = new Set(['plan', 'intent', 'result', 'receipt', 'approval']);

const planOf = (row: LogRow): { readonly id: number; readonly instance: string } | null => {
  const id = planKinds.has(row.kind) ? numberIn(row, 'plan') : null;
  return id === null ? null : { id, instance: textIn(row, 'instance') };
};

const isDryMode = (row: LogRow): boolean => ['dry_run', 'would_ask'].includes(textIn(row, 'mode'));

const answered: Readonly<Record<string, LogOutcome>> = {
  proposed: 'waiting',
  reissued: 'waiting',
  denied: 'denied',
  expired: 'expired',
  withdrawn: 'withdrawn',
  changed: 'withdrawn',
};

/** What the latest of its rows make of a plan. */
const outcomeOf = (rows: readonly LogRow[]): LogOutcome => {
  let outcome: LogOutcome = 'planned';
  for (const row of rows)
    switch (row.kind) {
      case 'plan':
        if (isDryMode(row)) outcome = 'dry_run';
        else if (textIn(row, 'mode') === 'ask') outcome = 'waiting';
        break;
      case 'approval':
        outcome = outcome === 'dry_run' ? outcome : (answered[textIn(row, 'how')] ?? outcome);
        break;
      case 'intent':
        outcome = 'measuring';
        break;
      case 'result': {
        const how = textIn(row, 'outcome');
        outcome = how === 'ok' ? 'done' : how === 'withdrawn' ? 'withdrawn' : 'failed';
        break;
      }
      case 'receipt':
        outcome = row.effective === true ? 'helped' : 'useless';
        break;
    }
  return outcome;
};

const lastOf = (rows: readonly LogRow[], kind: string): LogRow | undefined => rows.findLast((row) => row.kind === kind);

const joined = (...texts: readonly string[]): string => texts.filter((text) => text !== '').join(' ');

/** Why nothing came of it, or what was measured. */
const measuredText = (rows: readonly LogRow[]): string => {
  const receipt = lastOf(rows, 'receipt');
  if (receipt !== undefined) return receiptText(receipt);
  const result = lastOf(rows, 'result');
  return result === undefined ? '' : sentence(textIn(result, 'detail'));
};

const decided = (rows: readonly LogRow[]): Pick<LogEntry, 'who' | 'isByPerson'> => {
  const by =
    lastOf(rows, 'intent') ?? rows.findLast((row) => row.kind === 'approval' && numberIn(row, 'byUid') !== null);
  return by === undefined ? { who: 'automatic', isByPerson: false } : { who: whoIn(by), isByPerson: isByPerson(by) };
};

const planEntry = (
  key: string,
  plan: NonNullable<LogEntry['plan']>,
  rows: readonly LogRow[],
  atMs: number | null,
  isMarked: boolean,
): LogEntry => {
  const head = lastOf(rows, 'plan') ?? lastOf(rows, 'intent') ?? lastOf(rows, 'receipt') ?? rows[0] ?? { kind: 'plan' };
  const { word, glyph } = verbOf(head);
  return {
    key,
    atMs,
    level: rows.map(levelIn).find((level) => level !== null) ?? null,
    glyph,
    verb: word,
    target: textIn(head, 'target') || `plan ${plan.id}`,
    ...decided(rows),
    planned: joined(sentence(textIn(head, 'reason')), expectationText(head)),
    measured: measuredText(rows),
    outcome: outcomeOf(rows),
    isDryRun: rows.some(isDryMode),
    isMarked,
    plan,
    rows,
  };
};

const rowEntry = (key: string, row: LogRow, atMs: number | null): LogEntry => {
  const { word, glyph } = verbOf(row);
  const isRefused = row.kind === 'admission' && textIn(row, 'verdict') === 'refuse';
  return {
    key,
    atMs,
    level: levelIn(row),
    glyph: isRefused ? 'refused' : glyph,
    verb: row.kind === 'admission' ? (isRefused ? 'Not admitted' : 'Admitted') : word,
    target: targetOf(row),
    who: row.kind === 'gap' ? '–' : whoIn(row),
    isByPerson: row.kind !== 'gap' && isByPerson(row),
    planned: rowText(row),
    measured: '',
    outcome: row.kind === 'setting' && textIn(row, 'outcome') === 'failed' ? 'failed' : null,
    isDryRun: false,
    isMarked: false,
    plan: null,
    rows: [row],
  };
};

/** Plans that somebody marked as wrong, by the rows that say so: "plan 17: …". */
const markedIn = (rows: readonly LogRow[]): ReadonlySet<string> =>
  new Set(
    rows.flatMap((row) => {
      const id = textIn(row, 'verb') === 'relief.wrong' ? /^plan (\d+)/.exec(textIn(row, 'detail'))?.[1] : undefined;
      return row.kind === 'mutation' && id !== undefined ? [`${textIn(row, 'instance')} ${id}`] : [];
    }),
  );

/**
 * Newest first.
 * @param rows oldest first, as they came
 * @param firstNumber of the first row: rows before it may come later, and keys must hold
 */
export const logEntries = (rows: readonly LogRow[], firstNumber = 0): readonly LogEntry[] => {
  const marked = markedIn(rows);
  const plans = new Map<string, { readonly at: number; readonly rows: LogRow[] }>();
  const slots: (
    | {
        readonly kind: 'plan';
        readonly name: string;
        readonly plan: NonNullable<LogEntry['plan']>;
        readonly atMs: number | null;
      }
    | { readonly kind: 'row'; readonly row: LogRow; readonly key: string; readonly atMs: number | null }
  )[] = [];
  let lastMs: number | null = null;
  for (const [i, row] of rows.entries()) {
    lastMs = timeIn(row) ?? lastMs;
    const plan = planOf(row);
    if (plan === null) {
      slots.push({ kind: 'row', row, key: `row ${firstNumber + i}`, atMs: lastMs });
      continue;
    }
    const name = `${plan.instance} ${plan.id}`;
    const known = plans.get(name);
    if (known !== undefined) known.rows.push(row);
    else {
      plans.set(name, { at: slots.length, rows: [row] });
      slots.push({ kind: 'plan', name, plan, atMs: lastMs });
    }
  }
  return slots
    .map((slot) =>
      slot.kind === 'row'
        ? rowEntry(slot.key, slot.row, slot.atMs)
        : planEntry(`plan ${slot.name}`, slot.plan, plans.get(slot.name)?.rows ?? [], slot.atMs, marked.has(slot.name)),
    )
    .toReversed();
};
