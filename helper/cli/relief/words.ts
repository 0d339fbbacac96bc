import { actWords } from '../../protocol/act-words.ts';
import type { Activity, Frozen, Gate, Proposal, ReliefStatus, ShedStatus } from '../../protocol/relief.ts';
import type { Status } from '../../protocol/status.ts';
import { countdown, duration, size } from '../figures.ts';
import { printable } from '../printable.ts';

/** What waits, is frozen, was shed or done, in words for a terminal. */

/** "1 h of 6 h observed, 5 h to go", "open", "live". */
export const gateText = ({ state, observedSeconds, neededSeconds, plans, wrong }: Gate): string => {
  const left = duration(neededSeconds - observedSeconds);
  const counts = `${plans} planned, ${wrong} marked as wrong`;
  switch (state) {
    case 'live':
      return `live (${counts})`;
    case 'open':
      return `open: \`castellan relief live\` leaves the dry run (${counts})`;
    case 'counting':
      return `${duration(observedSeconds)} of ${duration(neededSeconds)} observed, ${left} to go (${counts})`;
  }
};

/** Something stands above the choice between dry run and live, and says so: no time that passes leads out of it. */
const isForced = ({ name, reasons }: Status['mode']): boolean => name === 'dry_run' && reasons.length > 0;

/** What stands beside DRY RUN: "gate opens in 5 h". */
export const gateBadge = ({ mode, relief: { gate } }: Pick<Status, 'mode' | 'relief'>): string => {
  if (isForced(mode)) return 'forced';
  const { state, observedSeconds, neededSeconds } = gate;
  return state === 'counting' ? `gate opens in ${duration(neededSeconds - observedSeconds)}` : 'gate open';
};

/** The gate of the mode that holds: of a dry run that is forced it says nothing. */
export const gateNow = ({ mode, relief: { gate } }: Pick<Status, 'mode' | 'relief'>): string =>
  isForced(mode) ? 'closed while the dry run is forced' : gateText(gate);

export const frozenText = ({ freeze, pid, name, count, footprintBytes, resumesInSeconds }: Frozen): string => {
  const group = count > 1 ? ` and ${count - 1} more` : '';
  return `${printable(name)} (pid ${pid})${group}, ${size(footprintBytes)}; resumes by itself in ${countdown(resumesInSeconds)}, or with \`castellan relief resume ${freeze}\``;
};

export const shedText = ({ label, sinceSeconds, restoresInSeconds, staysDown }: ShedStatus): string => {
  const name = printable(label);
  const back = staysDown
    ? `stays down until \`castellan relief restore ${name}\``
    : restoresInSeconds === null
      ? 'comes back when memory has been green for a while'
      : `comes back in ${countdown(restoresInSeconds)}`;
  return `${name}, ${duration(sinceSeconds)} ago; ${back}`;
};

/** "2 wait for you: `castellan pending`"; of one alone what it is and how it is approved. */
export const pendingText = (pending: readonly Proposal[]): string | null => {
  const [first] = pending;
  if (first === undefined) return null;
  const dry = pending.every(({ dryRun }) => dryRun);
  if (pending.length > 1)
    return `${pending.length} ${dry ? 'would be asked' : 'wait for you'}: \`castellan pending\` lists them`;
  const title = printable(first.title);
  if (dry) return `would ask: ${title} (plan ${first.plan})`;
  const command = `castellan approve ${first.id}${first.needsConfirmation ? ' --confirm' : ''}`;
  return `${title} \`${command}\`, ${countdown(first.expiresInSeconds)} left`;
};

const answerText = ({ id, plan, needsConfirmation, expiresInSeconds, dryRun }: Proposal): string =>
  dryRun
    ? `dry run: nothing is asked, and nothing would be carried out; \`castellan relief wrong ${plan}\` if it should not be`
    : `castellan approve ${id}${needsConfirmation ? ' --confirm' : ''}, or castellan deny ${id}; expires in ${countdown(expiresInSeconds)}`;

/** One proposal with all that speaks for and against it. */
export const proposalText = ({ id, plan, title, reason, expected, impact }: Proposal): string =>
  [
    `${String(id).padStart(3)}  ${printable(title)} (plan ${plan})`,
    `     why       ${printable(reason)}`,
    `     expected  ${printable(expected)}`,
    ...impact.map((text) => `     impact    ${printable(text)}`),
  ].join('\n');

/** The same for who has still to answer it. */
export const openProposalText = (proposal: Proposal): string =>
  `${proposalText(proposal)}\n     answer    ${answerText(proposal)}`;

const outcomeWords: Readonly<Record<Activity['outcome'], string>> = {
  pending: 'not measured yet',
  effective: 'helped',
  useless: 'did not help',
  failed: 'failed',
  dry_run: 'dry run: not carried out',
  withdrawn: 'withdrawn',
};

/** "plan 12  14:03:07  Freeze node (pid 45013): helped. Growth ended." */
export const activityText = (activity: Activity, time: string): string => {
  const { plan, verb, target, outcome, got, markedWrong } = activity;
  const more = got === '' ? '' : ` ${printable(got)}`;
  const wrong = markedWrong ? ' Marked as wrong.' : '';
  return `plan ${plan}  ${time}  ${printable(actWords(verb, target))}: ${outcomeWords[outcome]}.${more}${wrong}`;
};

/** Null: they are not paused. */
export const pausedText = ({ paused }: Pick<ReliefStatus, 'paused'>): string | null =>
  paused === null
    ? null
    : `automatic actions are paused for another ${countdown(paused.endsInSeconds)}; \`castellan relief unpause\` lets them go on`;

/** What of relief is not as it should be. */
export const reliefTroubles = (relief: ReliefStatus): readonly string[] => [
  ...(relief.deadman === 'missing' ? ['the deadman does not answer: nothing can be frozen'] : []),
  ...(relief.deadman === 'not_ready' ? ['the deadman is not ready yet: nothing can be frozen'] : []),
  ...(relief.conflict === null
    ? []
    : [`somebody else resumes ${relief.conflict.target}: freezing is not used for now`]),
  ...(relief.wiredLeak === null
    ? []
    : [
        `${size(relief.wiredLeak.bytes)} of wired memory did not come back from ${relief.wiredLeak.seat}; \`castellan relief clear-leak\` when it is accounted for`,
      ]),
  ...(relief.envelope === null
    ? []
    : [`the declared peaks of all seats are ${size(relief.envelope.overBytes)} more than this machine has`]),
  ...relief.missingEnforcers.map(
    (label) =>
      `the policy counts on ${label}, which is not there: start it, or take it out of relief.depends_on in castellan.toml`,
  ),
  ...relief.suppressed.map(({ target, why, wouldHelp }) => `${target}: ${why} ${wouldHelp}`),
];
