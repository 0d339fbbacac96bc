import { size } from '../../protocol/figures.ts';
import { deniedProgram } from '../../relief/denied-programs.ts';
import { isIdleExit } from './processes.ts';
import { swarmOf } from './sentence.ts';
import type { ReportFacts } from './verdict.ts';

/** What would have helped, as far as the report tells: what can be declared, and an honest "nothing" where that is so. */

/** More than this much wired leaves too little for everything that is not a model. */
const wiredShare = 0.6;

const isDenied = (name: string): boolean => deniedProgram(name) !== null;

const holderAdvice = (facts: ReportFacts): readonly string[] => {
  const swarm = swarmOf(facts);
  if (swarm !== null)
    return [
      `${swarm.count} processes named ${swarm.name} held ${size(swarm.bytes)} together: an entry of castellan.toml with a group freezes them as one while they grow, and \`castellan match\` shows what a pattern would cover.`,
    ];
  const { largest } = facts;
  if (largest === null || largest.bytes === null || largest.measure === 'resident') return [];
  const held = `${largest.name} held ${size(largest.bytes)}`;
  if (largest.name === 'kernel_task')
    return [`${held}: memory of the kernel and its drivers. What leaks there comes back with a restart only.`];
  if (isDenied(largest.name)) return [`${held}, and is never acted upon: only a restart of it, or of the Mac, helps.`];
  return [
    `${held}: as a seat with a declared peak it is counted whole before anything else is loaded; as an entry of castellan.toml its growth is frozen at orange.`,
  ];
};

const wiredAdvice = ({ memory }: ReportFacts): readonly string[] => {
  const wired = memory?.wiredBytes ?? null;
  const total = memory?.totalBytes ?? null;
  if (wired === null || total === null || wired < wiredShare * total) return [];
  return [
    `${size(wired)} of ${size(total)} were wired, which can be neither compressed nor swapped: a lower \`gpu.wired_limit\`, or fewer models at a time.`,
  ];
};

const segmentAdvice = ({ compressor }: ReportFacts): readonly string[] =>
  compressor?.segments?.isBad === true && compressor.pages?.isBad !== true
    ? [
        'The compressor ran out of segments, not of pages. What is swapped out counts, too, so that free memory and free swap do not show it coming: growth of the compressor does. Only what ends or is unloaded gives segments back.',
      ]
    : [];

/** No shortage of memory by the report: it is said plainly that Castellan is no answer to it. */
const otherAdvice = (facts: ReportFacts): readonly string[] => {
  const codes = facts.ended.map(({ code }) => code);
  if (facts.kind === 'jetsam') {
    if (codes.length > 0 && codes.every(isIdleExit)) return ['Nothing: macOS ends what is idle as a matter of course.'];
    if (codes.includes('per-process-limit'))
      return [
        'More free memory would not have: the limit is of that program alone, set by macOS or its property list.',
      ];
    if (codes.includes('disk-space-shortage')) return ['Room on the disk: swap files need it, too.'];
    return [];
  }
  const { reason } = facts;
  if (reason.kind === 'userspace_watchdog')
    return [`Memory was not short. Look for what kept ${reason.service} from answering: drivers, disks, the GPU.`];
  return ['Memory was not short, so that nothing Castellan does would have helped.'];
};

/** Reported for model servers on Apple's GPU under load and churn, with memory to spare (github.com/ml-explore/mlx/issues/3186). */
const gpuFault = ({ reason }: ReportFacts): boolean => reason.kind === 'other_panic' && /IOGPU/.test(reason.text);

export const helpedOf = (facts: ReportFacts, isShort: boolean | null): readonly string[] => {
  if (gpuFault(facts))
    return [
      "A fault of the GPU's driver, known from model servers that load and unload much at a time: fewer requests at once, a newer macOS.",
    ];
  if (facts.ended.some(({ code }) => code === 'zone-map-exhaustion'))
    return ['A leak in the kernel or a driver: restart, and look what was attached. Bands decide who is ended first.'];
  if (isShort === false) return otherAdvice(facts);
  const advice = [...segmentAdvice(facts), ...holderAdvice(facts), ...wiredAdvice(facts)];
  if (isShort === true) return advice;
  const unknown = 'Whether memory was short is not in this report.';
  return facts.kind === 'panic'
    ? [`${unknown} A JetsamEvent of the minutes before, and \`castellan log\`, may tell.`, ...advice]
    : [unknown, ...advice];
};
