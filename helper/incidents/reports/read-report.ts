import { type Failure, failure } from '../../protocol/errors.ts';
import { readDocuments } from './documents.ts';
import { type Fields, field, fieldsOf, textOf, wholeOf } from './fields.ts';
import { helpedOf } from './helped.ts';
import { readJetsam } from './jetsam.ts';
import { readPanic } from './panic.ts';
import { shortOfMemory } from './reasons.ts';
import { sentenceOf } from './sentence.ts';
import type { ReportFacts, Verdict } from './verdict.ts';

export type ReadReport =
  | { readonly ok: true; readonly verdict: Verdict }
  | { readonly ok: false; readonly failure: Failure };

/** A panic with a snapshot of every thread has three to five MB; what is larger is something else. */
export const maxReportBytes = 16 * 2 ** 20;

/** By `bug_type`, which the header has and some bodies repeat, else by what the body has in it. */
const kindOf = (
  header: Fields | null,
  body: Fields | null,
  plain: string | null,
): ReportFacts['kind'] | string | null => {
  for (const each of [header, body]) {
    const told = field(each, 'bug_type');
    const type = textOf(told, 16) ?? wholeOf(told)?.toString();
    if (type === '298') return 'jetsam';
    if (type === '210') return 'panic';
    if (type !== undefined && type !== null) return `type ${type}`;
  }
  if (typeof field(body, 'panicString') === 'string' || /panic\(cpu \d/.test(plain?.slice(0, 4096) ?? ''))
    return 'panic';
  return Array.isArray(field(body, 'processes')) && fieldsOf(field(body, 'memoryStatus')) !== null ? 'jetsam' : null;
};

const refused = (detail: string): ReadReport => ({ ok: false, failure: failure('report_invalid', detail) });

const withWords = (facts: ReportFacts): Verdict => {
  const isShort = shortOfMemory(facts);
  return { ...facts, shortOfMemory: isShort, sentence: sentenceOf(facts), helped: helpedOf(facts, isShort) };
};

/** Reads the text of a report. Never throws; takes time linear in its length. */
export const readReport = (text: string): ReadReport => {
  if (text.length > maxReportBytes) return refused(`it is larger than ${maxReportBytes / 2 ** 20} MB`);
  const documents = readDocuments(text);
  const header = fieldsOf(documents.header);
  const body = fieldsOf(documents.body);
  const { plain, isComplete } = documents;
  const kind = kindOf(header, body, plain);
  if (kind === 'jetsam') return { ok: true, verdict: withWords(readJetsam(header, body ?? {}, isComplete)) };
  if (kind === 'panic') return { ok: true, verdict: withWords(readPanic(header, body ?? {}, plain, isComplete)) };
  if (kind !== null) return refused(`it is a report of another kind (${kind.slice(0, 24)})`);
  return refused(
    header === null && body === null ? 'it is not JSON' : 'it has no bug_type, no processes and no panicString',
  );
};
