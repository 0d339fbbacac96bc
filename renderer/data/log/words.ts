import type { ActVerbName, LogRow } from '../../../helper/protocol/relief.ts';
import { capital, rate, roughSpan, sentence, size } from '../../text/format.ts';
import { actWords } from '../relief/relief.ts';
import { expectationIn, numberIn, textIn, textsIn } from './row.ts';

/** What rows of the log say, in the words of the window. */

/** What a row is about: acts go by their verb. */
export type LogGlyph =
  | 'freeze'
  | 'resume'
  | 'shed'
  | 'restore'
  | 'end'
  | 'purge'
  | 'seat'
  | 'setting'
  | 'operator'
  | 'keeper'
  | 'refused'
  | 'noticed'
  | 'gap';

interface Verb {
  readonly word: string;
  readonly glyph: LogGlyph;
}

const actGlyphs: Readonly<Record<ActVerbName, LogGlyph>> = {
  freeze: 'freeze',
  resume: 'resume',
  shed: 'shed',
  restore: 'restore',
  bootout: 'end',
  terminate: 'end',
  kill: 'end',
  unload: 'end',
  purge: 'purge',
  recover: 'restore',
  fallback: 'restore',
  fallback_end: 'end',
};

const isAct = (verb: string): verb is ActVerbName => Object.hasOwn(actGlyphs, verb);

const kinds: Readonly<Record<string, Verb>> = {
  keeper_started: { word: 'Keeper started', glyph: 'keeper' },
  keeper_stopped: { word: 'Keeper stopped', glyph: 'keeper' },
  config_reloaded: { word: 'Configuration reloaded', glyph: 'operator' },
  mode_changed: { word: 'Mode changed', glyph: 'keeper' },
  refusal: { word: 'Refused', glyph: 'refused' },
  mutation: { word: 'Asked for', glyph: 'operator' },
  admission: { word: 'Admission', glyph: 'seat' },
  setting: { word: 'Kernel setting', glyph: 'setting' },
  observed: { word: 'Noticed', glyph: 'noticed' },
  approval: { word: 'Approval', glyph: 'operator' },
  gap: { word: 'Rows missing', glyph: 'gap' },
};

/** `seat.load` and `dry_run` as people write them. */
const spoken = (name: string): string => name.replaceAll(/[_.]/g, ' ');

/** A row without a word for what it is, is one all the same. */
const named = (text: string): string => (text.trim() === '' ? 'Row' : capital(spoken(text)));

export const verbOf = (row: LogRow): Verb => {
  const verb = textIn(row, 'verb');
  if (['plan', 'intent', 'result', 'receipt'].includes(row.kind))
    return isAct(verb) ? { word: actWords[verb], glyph: actGlyphs[verb] } : { word: named(verb), glyph: 'seat' };
  return kinds[row.kind] ?? { word: named(row.kind), glyph: 'noticed' };
};

/** "Expected to stop growth of 850 MB/s." */
export const expectationText = (row: LogRow): string => {
  const expected = expectationIn(row);
  if (expected === null) return '';
  if (expected.bytesPerSecond > 0) return `Expected to stop growth of ${rate(expected.bytesPerSecond)}.`;
  return expected.bytes > 0 ? `Expected to give back ${size(expected.bytes)}.` : '';
};

/** What was measured after an act. */
export const receiptText = (row: LogRow): string => {
  const text = textIn(row, 'text');
  if (text !== '') return sentence(text);
  // Of an older keeper.
  const [actual, expected, afterMs] = [numberIn(row, 'actual'), numberIn(row, 'expected'), numberIn(row, 'afterMs')];
  if (actual === null || expected === null) return '';
  const figure = textIn(row, 'counter') === 'growth' ? rate : size;
  return `${figure(actual)}, ${figure(expected)} expected${afterMs === null ? '' : `, after ${roughSpan(afterMs / 1000)}`}.`;
};

/** As in a terminal. */
export const observations: Readonly<Record<string, string>> = {
  foreign_resume: 'was not resumed by Castellan',
  conflict: 'is acted upon by somebody else, too',
  thawed: 'runs again',
  started: 'has started',
  ended: 'has ended',
  killed: 'did not drain and was killed',
  not_restored: 'was not brought back',
  pause_over: 'is no longer paused',
  returned: 'has let its claim go',
  wired_leak: 'left wired memory behind',
  recovery: 'is being recovered',
};

const settingOutcomes: Readonly<Record<string, string>> = {
  ok: 'set and read back',
  failed: 'could not be set',
  timed_out: 'may have been set: nothing was heard of it',
  withdrawn: 'not set: its target is gone',
};

/** Whom or what a row of its own is about; acts have a target. */
export const targetOf = (row: LogRow): string => {
  switch (row.kind) {
    case 'admission':
      return textIn(row, 'seat');
    case 'setting':
      return textIn(row, 'what') === 'gpu_limit' ? 'the GPU' : textIn(row, 'target');
    case 'refusal':
    case 'mutation':
      return spoken(textIn(row, 'verb'));
    case 'config_reloaded':
      return textIn(row, 'path').split('/').at(-1) ?? '';
    default:
      return textIn(row, 'target');
  }
};

const settingText = (row: LogRow): string => {
  const outcome = settingOutcomes[textIn(row, 'outcome')] ?? spoken(textIn(row, 'outcome'));
  const to = textIn(row, 'to');
  const what =
    textIn(row, 'what') === 'gpu_limit'
      ? `Wired limit ${to === '0' ? 'left to the system' : size(Number(to) || 0)}`
      : `Band ${to}`;
  const detail = textIn(row, 'detail');
  return sentence(`${what}: ${outcome}${detail === '' ? '' : ` (${detail})`}`);
};

/** What a row that is no act says, one sentence or two; acts are told by `log-entries.ts`. */
export const rowText = (row: LogRow): string => {
  const detail = textIn(row, 'detail');
  switch (row.kind) {
    case 'keeper_started':
      return `Version ${textIn(row, 'version')} on ${textIn(row, 'host')}, pid ${numberIn(row, 'pid') ?? '?'}.`;
    case 'keeper_stopped':
      return sentence(capital(textIn(row, 'reason')));
    case 'config_reloaded': {
      const diff = textsIn(row, 'diff');
      return diff.length === 0 ? 'Nothing changed.' : sentence(diff.join('; '));
    }
    case 'mode_changed': {
      const from = textIn(row, 'from');
      const reasons = textsIn(row, 'reasons').join(' ');
      return `${capital(spoken(textIn(row, 'to')))}${from === '' ? '' : `, before ${spoken(from)}`}. ${reasons}`.trim();
    }
    case 'refusal':
      return sentence(
        capital(detail === '' ? spoken(textIn(row, 'code')) : `${spoken(textIn(row, 'code'))}: ${detail}`),
      );
    case 'admission':
      return textIn(row, 'text');
    case 'setting':
      return settingText(row);
    case 'observed':
      return sentence(
        `${capital(observations[textIn(row, 'what')] ?? spoken(textIn(row, 'what')))}${detail === '' ? '' : `: ${detail}`}`,
      );
    case 'gap': {
      const lost = numberIn(row, 'lostRows');
      return lost === 1 ? 'One row is missing here.' : `${lost ?? 'Some'} rows are missing here.`;
    }
    default:
      return sentence(capital(textIn(row, 'text') || detail || textIn(row, 'reason')));
  }
};
