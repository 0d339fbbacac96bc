import { size } from '../../protocol/figures.ts';
import { causeOf } from './reasons.ts';
import type { CompressorReport, ProcessGroup, Reason, ReportedProcess, ReportFacts } from './verdict.ts';

/** One sentence that says what happened. Names stand in it as the report has them: whoever prints it makes them printable. */

const named = ({ name, pid, bytes, measure }: ReportedProcess): string => {
  const figures = [
    ...(pid === null ? [] : [`pid ${pid}`]),
    ...(bytes === null ? [] : [`${size(bytes)}${measure === 'resident' ? ' resident' : ''}`]),
  ];
  return figures.length === 0 ? name : `${name} (${figures.join(', ')})`;
};

/** A swarm of one name that outweighs any single process is what has to be known. */
export const swarmOf = ({ largestGroup, largest }: ReportFacts): ProcessGroup | null =>
  largestGroup !== null && largestGroup.bytes > 2 * (largest?.bytes ?? 0) ? largestGroup : null;

/** "and what else was there": the holder of the memory, where it is not the one that was ended. */
const holder = (facts: ReportFacts): string => {
  const { largest, victim } = facts;
  const swarm = swarmOf(facts);
  if (swarm !== null) return `; ${swarm.count} processes named ${swarm.name} held ${size(swarm.bytes)} together`;
  // What was resident says little of who held the memory: a model server shows 45 MB of its 40 GB.
  if (largest === null || largest === victim || largest.bytes === null || largest.measure === 'resident') return '';
  return `; the largest was ${largest.name} with ${size(largest.bytes)}${largest.reason === null ? ', which was not ended' : ''}`;
};

const killedText = (facts: ReportFacts, code: string): string => {
  const count = facts.ended.reduce((sum, each) => sum + each.count, 0);
  const who = facts.victim === null ? 'a process' : named(facts.victim);
  const whom = count > 1 ? `${count} processes, the largest of them ${who},` : who;
  return `macOS ended ${whom} ${causeOf(code).why}${holder(facts)}.`;
};

const percent = (value: number): string => `${value} %`;

/** Segments first: they are what runs out. */
const compressorParts = ({ segments, pages }: CompressorReport): readonly string[] => [
  ...(segments === null ? [] : [`${percent(segments.percent)} of the compressor's segments`]),
  ...(pages === null ? [] : [`${percent(pages.percent)} of ${segments === null ? "the compressor's" : 'its'} pages`]),
];

const pressureText = ({ compressor, swap }: ReportFacts): string => {
  const used = compressor === null ? [] : compressorParts(compressor);
  const files = swap?.files ?? null;
  const parts = [
    ...(used.length === 0 ? [] : [`${used.join(' and ')} in use`]),
    ...(files === null ? [] : [`${files} swap file${files === 1 ? '' : 's'}`]),
    ...(swap?.isLow === true ? ['swap space low'] : []),
  ];
  return parts.length === 0 ? '' : `, with ${parts.join(', ')}`;
};

const silence = (who: string, seconds: number | null): string =>
  `The kernel gave up because ${who} had not answered${seconds === null ? '' : ` for ${seconds} seconds`}`;

const panicText = (reason: Exclude<Reason, { readonly kind: 'killed' | 'none_named' }>): string => {
  switch (reason.kind) {
    case 'watchdog':
      return silence('watchdogd', reason.seconds);
    case 'userspace_watchdog':
      return silence(reason.service, reason.seconds);
    case 'other_panic':
      return `The kernel gave up: ${reason.text.replace(/\.$/, '')}${reason.task === null ? '' : `, while it ran ${reason.task}`}`;
    case 'unknown':
      return 'The kernel gave up, and the report ends before it says why';
  }
};

export const sentenceOf = (facts: ReportFacts): string => {
  const { reason, kind } = facts;
  switch (reason.kind) {
    case 'killed':
      return killedText(facts, reason.code);
    case 'none_named':
      return `macOS wrote down who used how much memory, and ended nobody${holder(facts)}.`;
    case 'unknown':
      if (kind === 'jetsam') return 'macOS ended processes for memory, and the report ends before it says which.';
      return `${panicText(reason)}.`;
    default:
      return `${panicText(reason)}${pressureText(facts)}${holder(facts)}.`;
  }
};
