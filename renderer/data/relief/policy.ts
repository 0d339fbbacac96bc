import type { Policy, PolicyFinding, PolicyMatch, PolicyRule } from '../../../helper/protocol/policy.ts';
import type { ShedStatus } from '../../../helper/protocol/relief.ts';
import type { Status } from '../../../helper/protocol/status.ts';
import { roughSpan, sentence, size } from '../../text/format.ts';
import { planText } from './relief.ts';

/** The policy in the words of its page. */

/** How to change it: root's file is shown here, never written. */
export const editCommand = 'sudo castellan config edit';

export type Standing = 'locked' | 'below' | 'asked' | 'stopped' | 'acts';

export interface MatchView {
  readonly key: string;
  readonly pid: number;
  readonly name: string;
  readonly command: string;
  readonly count: number;
  readonly footprint: string;
  readonly standing: Standing;
  /** What would become of it under pressure, and why. */
  readonly said: string;
}

/** `kill_floor` may lie below `freeze_floor`: a match is left alone only below both. */
const isBelow = ({ aboveFreezeFloor, aboveKillFloor }: PolicyMatch): boolean =>
  !aboveFreezeFloor && aboveKillFloor !== true;

const endText = (rule: PolicyRule, match: PolicyMatch): string => {
  if (match.aboveKillFloor !== true) return '';
  return rule.preAuthorised ? ' On red it is ended unasked when it leaks.' : ' On red its end may be proposed.';
};

const standingOf = (match: PolicyMatch): Standing => {
  if (match.denied !== null) return 'locked';
  if (match.isStopped) return 'stopped';
  if (isBelow(match)) return 'below';
  return match.askFirst.length > 0 ? 'asked' : 'acts';
};

const saidOf = (rule: PolicyRule, match: PolicyMatch, standing: Standing): string => {
  switch (standing) {
    case 'locked':
      return `Never acted upon: ${sentence(match.denied?.text ?? '')}`;
    case 'stopped':
      return 'Stopped already, so it is no candidate.';
    case 'below':
      return 'Below its floor: left alone.';
    case 'asked':
      return `You are asked first: ${match.askFirst.join('; ')}.${endText(rule, match)}`;
    case 'acts':
      return `May be frozen when it grows at orange.${endText(rule, match)}`;
  }
};

export const matchViews = (rule: PolicyRule): readonly MatchView[] =>
  rule.matches.map((match) => {
    const standing = standingOf(match);
    return {
      key: `${match.pid}`,
      pid: match.pid,
      name: match.name,
      command: match.command,
      count: match.count,
      footprint: size(match.footprintBytes),
      standing,
      said: saidOf(rule, match, standing),
    };
  });

const groups: Readonly<Record<PolicyRule['group'], string>> = {
  none: '',
  tree: 'with all it started',
  pgid: 'with its process group',
};

/** "May be frozen from 8.0 GB, ended from 8.0 GB with your approval; with all it started." */
export const ruleText = (rule: PolicyRule): string => {
  const end =
    rule.killFloorBytes === null
      ? ', nothing else'
      : rule.preAuthorised
        ? `; from ${size(rule.killFloorBytes)} ended, unasked when it leaks on red`
        : `; from ${size(rule.killFloorBytes)} its end may be proposed`;
  const more = [
    groups[rule.group],
    rule.oracle === null ? '' : `comes last: it ${rule.oracle}`,
    rule.withoutAsking ? 'frozen without asking' : '',
    rule.ownerUid === null ? '' : `also processes of uid ${rule.ownerUid}`,
  ].filter((part) => part !== '');
  return `${sentence([`May be frozen from ${size(rule.freezeFloorBytes)}${end}`, ...more].join('; '))}`;
};

/** "2 match now", and how many of them may be acted upon. */
export const matchCount = ({ matches, omitted }: PolicyRule): string => {
  const all = matches.length + omitted;
  if (all === 0) return 'matches nothing now';
  const locked = matches.filter(({ denied }) => denied !== null).length;
  return `matches ${all} now${locked === 0 ? '' : `, ${locked} locked`}`;
};

/** The name of the file alone, and the line: the whole path stands once on the page. */
export const placeText = (path: string, line: number): string => `${path.slice(path.lastIndexOf('/') + 1)}:${line}`;

export interface EditView {
  readonly place: string;
  readonly old: readonly string[];
  /** Null: what to write is the operator's to say. */
  readonly new: readonly string[] | null;
  readonly todo: string;
}

/** What to change, exactly; null: it stands in no file. */
export const editView = (finding: PolicyFinding, path: string): EditView | null => {
  const { edit } = finding;
  if (edit === null) return null;
  const many = edit.old.length > 1;
  const todo =
    edit.new === null
      ? `Line ${edit.line} as it stands:`
      : edit.new.length === 0
        ? `Remove ${many ? `lines ${edit.line} to ${edit.line + edit.old.length - 1}` : `line ${edit.line}`}:`
        : `Replace line ${edit.line}:`;
  return { place: placeText(path, edit.line), old: edit.old, new: edit.new, todo };
};

/** Where the rules come from. */
export const fileText = ({ file }: Policy): string => {
  switch (file.state) {
    case 'file':
      return `From ${file.path}, as it was loaded.`;
    case 'defaults':
      return `There is no ${file.path}; what follows is built in.`;
    case 'invalid':
      return `${file.path} cannot be used, so no rule of it holds.`;
  }
};

export interface GateView {
  readonly title: string;
  readonly text: string;
  /** 0…1; null: nothing is counted. */
  readonly share: number | null;
  readonly offers: 'live' | 'dry_run' | null;
}

export const gateView = ({ mode, relief: { gate } }: Status): GateView => {
  const reasons = mode.reasons.join(' ');
  if (mode.name === 'live')
    return { title: 'Live', text: 'Relief is carried out within this policy.', share: null, offers: 'dry_run' };
  if (mode.name === 'observe_only') return { title: 'Observing only', text: reasons, share: null, offers: null };
  const share = gate.neededSeconds > 0 ? Math.min(1, gate.observedSeconds / gate.neededSeconds) : 1;
  const observed = `Observed for ${roughSpan(gate.observedSeconds)} of ${roughSpan(gate.neededSeconds)}. ${planText(gate)}`;
  if (reasons !== '') return { title: 'Forced dry run', text: `${observed} ${reasons}`, share, offers: null };
  return gate.state === 'open'
    ? { title: 'Dry run, and ready to go live', text: observed, share: 1, offers: 'live' }
    : { title: 'Dry run', text: `${observed} Then going live is offered.`, share, offers: null };
};

export const shedText = ({ sinceSeconds, restoresInSeconds, staysDown }: ShedStatus): string => {
  const since = `Shed ${roughSpan(sinceSeconds)} ago`;
  if (staysDown) return `${since}. Shed twice within half an hour, so it stays down until you bring it back.`;
  return restoresInSeconds === null
    ? `${since}. Comes back when memory is calm.`
    : `${since}. Comes back in ${roughSpan(restoresInSeconds)}.`;
};

export const shedAtWords: Readonly<Record<Policy['services'][number]['at'], string>> = {
  ladder_1: 'on the first step of the ladder',
  yellow: 'at yellow',
  orange: 'at orange',
};

/** Compiled in. */
export const neverTouched =
  'The kernel, launchd, WindowServer, loginwindow, watchdogd, sshd, tailscaled and Castellan itself; what Castellan and its clients were started from, terminal programs, what is signed as part of macOS (its virtual machines excepted), what is being debugged, what belongs to a protected seat, and seats that load or are on their way out. A rule that names one of these is refused.';
