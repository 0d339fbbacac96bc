import type { LogRow } from '../../../helper/protocol/relief.ts';
import { capital } from '../../text/format.ts';
import { type EventMark, type EventSign, signOf } from '../charts/events.ts';
import { actWords } from '../relief/relief.ts';
import { numberIn, textIn } from './row.ts';

/**
 * Marks from rows of the audit log: what the status no longer tells, because it keeps only the latest. Rows come from any
 * keeper, older ones too: what a row does not have is left out.
 */

/** Kinds of rows that are worth a mark. */
export const markedKinds = [
  'plan',
  'approval',
  'observed',
  'mode_changed',
  'config_reloaded',
  'keeper_started',
] as const;

const planText = (row: LogRow): string => {
  const verb = textIn(row, 'verb');
  const word = Object.hasOwn(actWords, verb) ? actWords[verb as keyof typeof actWords] : capital(verb);
  return `${word} ${textIn(row, 'target')}`.trim();
};

const modeWords: Readonly<Record<string, string>> = {
  live: '',
  dry_run: 'Dry run: ',
  ask: 'Asks: ',
  would_ask: 'Would ask: ',
};

const answers: Readonly<Record<string, readonly [sign: EventSign, word: string]>> = {
  proposed: ['asked', 'Asked'],
  approved: ['yes', 'Approved'],
  denied: ['no', 'Denied'],
  expired: ['no', 'Expired without an answer'],
  withdrawn: ['no', 'Withdrawn'],
};

const signOfVerb = (verb: string): EventSign =>
  Object.hasOwn(signOf, verb) ? signOf[verb as keyof typeof signOf] : 'note';

type Mark = Omit<EventMark, 'atMs'>;

const markOf = (row: LogRow, plans: ReadonlyMap<number, LogRow>): Mark | null => {
  switch (row.kind) {
    case 'plan': {
      const mode = textIn(row, 'mode');
      // What is asked has a row of its own.
      if (mode === 'ask') return null;
      const reason = textIn(row, 'reason');
      return {
        sign: signOfVerb(textIn(row, 'verb')),
        text: `${Object.hasOwn(modeWords, mode) ? modeWords[mode] : ''}${planText(row)}${reason === '' ? '' : `: ${reason}`}`,
      };
    }
    case 'approval': {
      const how = textIn(row, 'how');
      const answer = Object.hasOwn(answers, how) ? answers[how] : undefined;
      if (answer === undefined) return null;
      const plan = numberIn(row, 'plan');
      const about = plan === null ? undefined : plans.get(plan);
      if (about === undefined) return { sign: answer[0], text: answer[1] };
      // In a dry run nothing was asked: the plan itself says what would have been.
      return textIn(about, 'mode') === 'ask' ? { sign: answer[0], text: `${answer[1]}: ${planText(about)}` } : null;
    }
    case 'observed':
      return { sign: 'note', text: capital(`${textIn(row, 'target')}: ${textIn(row, 'detail')}`) };
    case 'mode_changed':
      return { sign: 'note', text: `Mode ${textIn(row, 'to').replaceAll('_', ' ')}` };
    case 'config_reloaded':
      return { sign: 'note', text: 'castellan.toml loaded anew' };
    case 'keeper_started':
      return { sign: 'note', text: `Keeper started, version ${textIn(row, 'version')}` };
    default:
      return null;
  }
};

/** @param told numbers of plans the status tells of itself, with what came of them: their rows are left out */
export const logMarks = (rows: readonly LogRow[], told: ReadonlySet<number>): readonly EventMark[] => {
  const plans = new Map<number, LogRow>();
  for (const row of rows) {
    const plan = numberIn(row, 'plan');
    if (row.kind === 'plan' && plan !== null) plans.set(plan, row);
  }
  return rows.flatMap((row) => {
    const plan = numberIn(row, 'plan');
    if (row.wallMs === undefined || (row.kind === 'plan' && plan !== null && told.has(plan))) return [];
    const mark = markOf(row, plans);
    return mark === null ? [] : [{ ...mark, atMs: row.wallMs }];
  });
};
