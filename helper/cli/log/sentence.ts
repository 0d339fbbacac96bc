import type {
  ActIntent,
  ActResultRow,
  ApprovalRow,
  AuditRow,
  ModeChanged,
  ObservedRow,
  PlanRow,
  ReceiptRow,
  SettingRow,
} from '../../journal/audit.ts';
import type { LogRow } from '../../protocol/relief.ts';
import { duration, rate, size } from '../figures.ts';
import { printable, printableJson } from '../printable.ts';
import { digestSentence } from './digest-sentence.ts';
import { auditRowOf } from './rows.ts';

/** One row of the log as one line for people. */

/** "2026-11-22 14:03:07", local time. */
const moment = (wallMs: number): string => {
  const at = new Date(wallMs);
  if (Number.isNaN(at.getTime())) return '-'.padEnd(19);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
};

const kindWidth = 15;

/** Time, kind, one sentence; of a kind this version does not know, its JSON. */
export const lineOf = (row: LogRow): string => {
  const known = auditRowOf(row);
  const text = known === null ? printableJson(row, 0) : printable(sentenceOf(known));
  const time = row.wallMs === undefined ? '-'.padEnd(19) : moment(row.wallMs);
  return `${time}  ${printable(row.kind).padEnd(kindWidth)}  ${text}`;
};

/** Ended as a sentence is. */
const ended = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);

const followedBy = (head: string, detail: string): string => ended(detail === '' ? head : `${head}: ${detail}`);

/** `dry_run` as people write it. */
const words = (name: string): string => name.replaceAll('_', ' ');

export const sentenceOf = (row: AuditRow): string => {
  switch (row.kind) {
    case 'keeper_started':
      return `Keeper ${row.version} started on ${row.host}, pid ${row.pid}.`;
    case 'keeper_stopped':
      return followedBy('The keeper stopped', row.reason);
    case 'config_reloaded':
      return followedBy(
        `uid ${row.byUid} reloaded ${row.path}`,
        row.diff.length === 0 ? 'nothing changed' : row.diff.join('; '),
      );
    case 'mode_changed':
      return modeText(row);
    case 'plan':
      return planText(row);
    case 'intent':
      return intentText(row);
    case 'result':
      return followedBy(`Plan ${row.plan} ${outcomes[row.outcome]}`, row.detail);
    case 'receipt':
      return receiptText(row);
    case 'approval':
      return approvalText(row);
    case 'refusal':
      return ended(
        `${row.verb} was refused to uid ${row.byUid}: ${row.code}${row.detail === '' ? '' : ` (${row.detail})`}`,
      );
    case 'mutation':
      return followedBy(`uid ${row.byUid} used ${row.verb}`, row.detail);
    case 'admission':
      return `${row.seat} was ${row.verdict === 'admit' ? 'admitted' : 'refused'}. ${row.text}`;
    case 'setting':
      return settingText(row);
    case 'observed':
      return followedBy(`${row.target} ${observations[row.what]}`, row.detail);
    case 'digest':
      return digestSentence(row);
    case 'gap':
      return row.lostRows === 1 ? 'One row is missing here.' : `${row.lostRows} rows are missing here.`;
  }
};

const settings = {
  ok: 'was set',
  failed: 'could not be set',
  timed_out: 'may have been set: nothing was heard of it',
  withdrawn: 'was not set: its target is gone',
} as const satisfies Readonly<Record<SettingRow['outcome'], string>>;

/** 0 gives the limit back to the system. */
const limitText = (bytes: number): string => (bytes === 0 ? "the system's own" : size(bytes));

const settingText = ({ what, target, to, outcome, detail }: SettingRow): string =>
  followedBy(
    what === 'band'
      ? `Band ${to} of ${target} ${settings[outcome]}`
      : `A wired limit of the GPU, ${limitText(Number(to))}, ${settings[outcome]}`,
    detail,
  );

const modeText = ({ from, to, reasons }: ModeChanged): string =>
  followedBy(`The mode is ${words(to)}${from === '' ? '' : `, before it was ${words(from)}`}`, reasons.join(' '));

const planModes = {
  live: 'is carried out',
  dry_run: 'would be carried out (dry run)',
  ask: 'waits for approval',
  would_ask: 'would be asked for (dry run)',
} as const satisfies Readonly<Record<PlanRow['mode'], string>>;

const expectation = ({ counter, bytes, bytesPerSecond }: PlanRow['expected']): string => {
  if (bytesPerSecond > 0) return ` Expected to stop growth of ${rate(bytesPerSecond)}.`;
  return bytes > 0 ? ` Expected to give back ${size(bytes)} (${counter}).` : '';
};

const planText = ({ plan, verb, target, mode, reason, expected }: PlanRow): string =>
  `Plan ${plan}, to ${verb} ${target}, ${planModes[mode]}. ${ended(reason)}${expectation(expected)}`;

/** The pids that the target's own name does not say. */
const pidsText = (target: string, pids: readonly number[]): string => {
  const named = new Set([...target.matchAll(/\d+/g)].map(([digits]) => Number(digits)));
  if (pids.every((pid) => named.has(pid))) return '';
  return ` (pid${pids.length === 1 ? '' : 's'} ${pids.join(', ')})`;
};

const intentText = ({ plan, verb, target, pids, by, reason }: ActIntent): string => {
  const who = by === 'automatic' ? 'by itself' : `as uid ${by.uid} decided (${by.client})`;
  return followedBy(`Plan ${plan} begins: ${verb} ${target}${pidsText(target, pids)}, ${who}`, reason ?? '');
};

const outcomes = {
  ok: 'was carried out',
  failed: 'failed',
  timed_out: 'was not heard of in time',
  withdrawn: 'was withdrawn: its target had ended',
} as const satisfies Readonly<Record<ActResultRow['outcome'], string>>;

const receiptText = (row: ReceiptRow): string => {
  const { plan, verb, target, counter, expected, actual, effective, afterMs } = row;
  const judged = `Plan ${plan} (${verb} ${target}) ${effective ? 'helped' : 'did not help'}`;
  if (row.text !== '') return `${judged}. ${ended(row.text)}`;
  // Of an older keeper.
  const figure = counter === 'growth' ? rate : size;
  const got = counter === 'service' ? '' : `: ${figure(actual)} of ${counter}, ${figure(expected)} expected`;
  return `${judged}${got}, after ${duration(afterMs / 1000)}.`;
};

const answers = {
  proposed: 'is proposed',
  reissued: 'is proposed again',
  approved: 'was approved',
  denied: 'was denied',
  expired: 'expired without an answer',
  withdrawn: 'was withdrawn, its cause is gone',
  changed: 'was withdrawn, its target is not what was shown any more',
} as const satisfies Readonly<Record<ApprovalRow['how'], string>>;

const approvalText = ({ proposal, plan, how, byUid }: ApprovalRow): string =>
  `Proposal ${proposal} (plan ${plan}) ${answers[how]}${byUid === null ? '' : `, by uid ${byUid}`}.`;

export const observations = {
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
} as const satisfies Readonly<Record<ObservedRow['what'], string>>;
