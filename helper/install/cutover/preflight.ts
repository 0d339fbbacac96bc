import type { CutoverFacts, RetiredFound } from './facts.ts';
import { isRetiredReason } from './retired.ts';

/** Whether a cutover may begin, judged from what was found: pure. */

export interface Asked {
  /** The old services go although nothing takes their place at once. */
  readonly leaveUnprotected: boolean;
  /** Leave the dry run in the same step. */
  readonly live: boolean;
}

export interface Preflight {
  /** There is nothing to cut over. */
  readonly isNothing: boolean;
  /** Why it may not begin, a sentence each; empty: it may. */
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

const labelsText = (labels: readonly string[]): string => labels.join(', ');

const ofRetired = (found: RetiredFound): readonly string[] => {
  const { label, job, plist } = found;
  if (job.kind === 'ending') return [`${label} is being ended by somebody else; try again when it is gone.`];
  if (plist.kind === 'refused') return [`${plist.why}. It is left alone, so nothing may begin.`];
  if (job.kind === 'loaded' && plist.kind === 'missing')
    return [
      `${label} is loaded and has no property list in ~/Library/LaunchAgents: once booted out it could not be brought back. Put its list there, or boot it out yourself.`,
    ];
  return [];
};

const missingWarnings = ({ services, retired }: CutoverFacts): readonly string[] =>
  services
    .filter(({ labels }) =>
      retired
        .filter(({ label }) => labels.includes(label))
        .every(({ job, plist }) => job.kind === 'absent' && plist.kind === 'missing'),
    )
    .map(({ name, labels }) => `${name} is not here: no job and no property list of ${labels.join(' or ')}.`);

/** Whoever holds the port is the old admission, which will be gone by then; or somebody who will not. */
const portWarnings = ({ portOwner, retired, ourPids, address }: CutoverFacts): readonly string[] => {
  if (portOwner === null) return [];
  const isRetired = retired.some(({ job }) => job.kind === 'loaded' && job.pid === portOwner.pid);
  return isRetired || ourPids.includes(portOwner.pid)
    ? []
    : [
        `${address} is held by ${portOwner.command}, pid ${portOwner.pid}, which is none of the services that are retired. If it still is when they are gone, everything is undone.`,
      ];
};

/** The old valve froze by SIGSTOP, and resumes only while it runs. */
const stoppedWarnings = ({ stopped, retired }: CutoverFacts): readonly string[] =>
  retired.some(({ job }) => job.kind === 'loaded')
    ? stopped.map(
        ({ pid, command }) =>
          `${command} (pid ${pid}) is stopped. If an old service froze it, nobody resumes it when that is gone: resume it first, with \`kill -CONT ${pid}\`.`,
      )
    : [];

/** Ours run already, and go on: all of them, as this very build has them, and with a keeper that answers. */
const besideProblems = ({ ours, oursLoaded, keeper }: CutoverFacts): readonly string[] => {
  const own = ours.map(({ label }) => label);
  const others = oursLoaded.filter((label) => !own.includes(label));
  if (others.length > 0)
    return [
      `Castellan runs already as ${labelsText(others)}, which this command does not belong to (it belongs to ${labelsText(own)}). Use the one of that build, or end it first.`,
    ];
  const missing = own.filter((label) => !oursLoaded.includes(label));
  return [
    ...(missing.length === 0
      ? []
      : [
          `Castellan runs in part only: launchd does not know ${labelsText(missing)}. Put it right first, in the app or with \`sudo castellan install\`, or end the rest.`,
        ]),
    ...(keeper === null || keeper.ok ? [] : [`Castellan is loaded, and its keeper does not answer: ${keeper.why}.`]),
  ];
};

const startProblems = (facts: CutoverFacts): readonly string[] => {
  const { ours } = facts;
  if (facts.oursLoaded.length > 0) return besideProblems(facts);
  const refused = ours.flatMap(({ plist }) => (plist.kind === 'refused' ? [`${plist.why}.`] : []));
  const there = ours.filter(({ plist }) => plist.kind === 'file').length;
  const missing = ours.filter(({ plist }) => plist.kind === 'missing').map(({ label }) => label);
  return there > 0 && missing.length > 0
    ? [...refused, `Castellan is installed in part only: no property list of ${labelsText(missing)}.`]
    : refused;
};

const protectionProblems = (facts: CutoverFacts, isLive: boolean, asked: Asked): readonly string[] => {
  const willStart = facts.oursLoaded.length > 0 || facts.ours.some(({ plist }) => plist.kind === 'file');
  if (asked.leaveUnprotected) return [];
  const others = facts.keeper?.ok === true ? facts.keeper.observes.filter((reason) => !isRetiredReason(reason)) : [];
  if (others.length > 0)
    return [
      `Castellan would go on observing only, and nobody would act: ${others.join(' ')} Remove that reason first, or give --leave-unprotected.`,
    ];
  if (!willStart)
    return [
      'No property lists of Castellan are in /Library/LaunchDaemons, so nothing would take over. Install it with `sudo castellan install`; or, if the app registers it afterwards, give --leave-unprotected.',
    ];
  if (isLive || facts.goLive !== null) return [];
  // What castellan.toml says cannot be changed to live twice.
  return asked.live
    ? [
        'castellan.toml says live, and the dry run was chosen by command (`castellan relief dry-run`): once Castellan runs, `castellan relief live` ends it. Until then it needs --leave-unprotected.',
      ]
    : [
        'Castellan is in the dry run: it would only show what it would do, and nobody would act. Give --live to leave the dry run in the same step, or --leave-unprotected.',
      ];
};

/**
 * @param isLive relief would act after the start as castellan.toml and earlier commands stand now
 */
export const judgeFacts = (facts: CutoverFacts, isLive: boolean, asked: Asked): Preflight => {
  const isNothing =
    facts.unknown.length === 0 &&
    facts.unfinished === null &&
    facts.retired.every(({ job, plist }) => job.kind === 'absent' && plist.kind === 'missing');
  if (isNothing) return { isNothing, problems: [], warnings: missingWarnings(facts) };
  const problems = [
    ...(facts.unfinished === null
      ? []
      : [`The cutover of ${facts.unfinished} was interrupted. Undo it with \`sudo castellan rollback\` first.`]),
    ...facts.unknown.map((detail) => `Not known: ${detail}.`),
    ...facts.retired.flatMap(ofRetired),
    ...startProblems(facts),
    ...(asked.live && facts.config.state === 'unusable' ? [`castellan.toml cannot be used: ${facts.config.why}.`] : []),
    ...protectionProblems(facts, isLive, asked),
  ];
  return {
    isNothing,
    problems,
    warnings: [...missingWarnings(facts), ...portWarnings(facts), ...stoppedWarnings(facts)],
  };
};
