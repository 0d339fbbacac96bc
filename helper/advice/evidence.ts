import type { AdviceCause } from '../protocol/advice.ts';
import type { Explanation } from '../protocol/relief.ts';
import type { SeatStatus } from '../protocol/seats.ts';
import type { Status } from '../protocol/status.ts';
import { accountsIn, createScrub, type Scrub } from './scrub.ts';

/**
 * What an advisor off this machine is told: figures, codes and names of programs. Never a command line, a path, an account, an
 * address, a note of the operator's, nor anything of the environment or castellan.toml but the names of seats. A pure function of
 * what every local user may read, so that it works whatever has stopped.
 */

/** As UTF-8 and as it stands in the question, with which the whole is at most 16 KiB. */
const mostBytes = 15 * 1024;

const longestSentence = 160;
const mb = (bytes: number | null): number | null => (bytes === null ? null : Math.round(bytes / 2 ** 20));
const rounded = (value: number | null): number | null => (value === null ? null : Math.round(value * 100) / 100);

const memoryOf = ({ machine, thresholds, reserve, gpu }: Status) => ({
  totalMb: mb(machine.totalBytes),
  availableMb: mb(machine.availableBytes),
  redBelowMb: mb(thresholds.red),
  wiredMb: mb(machine.tiers?.wired ?? null),
  compressedMb: mb(machine.tiers?.compressed ?? null),
  appMb: mb(machine.tiers?.app ?? null),
  cachedMb: mb(machine.tiers?.cached ?? null),
  freeMb: mb(machine.tiers?.free ?? null),
  fillMbPerSecond: mb(machine.fillBytesPerSecond),
  compressorGrowthMbPerSecond: mb(machine.compressorGrowthBytesPerSecond),
  kernelLevel: machine.kernelLevel,
  swap:
    machine.swap === null
      ? null
      : {
          usedMb: mb(machine.swap.usedBytes),
          totalMb: mb(machine.swap.totalBytes),
          inMbPerSecond: mb(machine.swap.inBytesPerSecond),
          outMbPerSecond: mb(machine.swap.outBytesPerSecond),
        },
  reserveLineMb: mb(reserve?.lineBytes ?? null),
  gpuWiredLimitMb: mb(gpu?.foundBytes ?? null),
});

const forecastOf = ({ forecast }: Status, scrub: Scrub) =>
  forecast.kind === 'not_evaluated'
    ? null
    : {
        uncompressedShare: rounded(forecast.ratio),
        toKernelWarnMb: mb(forecast.distanceBytes),
        secondsToKernelWarn: rounded(forecast.secondsToWarn),
        compressorSegmentShare: rounded(forecast.segmentShare),
        nextVictim:
          forecast.nextVictim === null
            ? null
            : {
                name: scrub.name(forecast.nextVictim.name, 'a process'),
                compressedMb: mb(forecast.nextVictim.compressedBytes),
                shareOfCompressed: rounded(forecast.nextVictim.share),
              },
      };

const seatOf = (seat: SeatStatus, scrub: Scrub) => ({
  name: scrub.name(seat.name, 'a seat'),
  class: seat.class,
  state: seat.state,
  forSeconds: Math.round(seat.forSeconds),
  verdict: seat.health?.verdict ?? null,
  footprintMb: mb(seat.footprintBytes),
  peakMb: mb(seat.peakBytes),
  wiredMb: mb(seat.wiredBytes),
  requestsUnderWay: seat.inFlight,
  isOracle: seat.oracle !== null,
});

const topOf = (row: Status['top'][number], scrub: Scrub) => ({
  name: scrub.name(row.name, 'a process'),
  footprintMb: mb(row.footprintBytes),
  compressedMb: mb(row.compressedBytes),
  growthMbPerSecond: mb(row.growthBytesPerSecond),
  state: row.state,
  seat: row.seat === null ? null : scrub.name(row.seat, 'a seat'),
  isCastellan: row.own,
});

const actOf = (act: Status['relief']['activity'][number], atMs: number, scrub: Scrub) => ({
  verb: act.verb,
  target: scrub.name(act.target.name, `a ${act.target.kind}`),
  agoSeconds: Math.max(0, Math.round((atMs - act.atMs) / 1000)),
  outcome: act.outcome,
  expected: scrub.sentence(act.expected, longestSentence),
  measured: scrub.sentence(act.got, longestSentence),
});

const reliefOf = ({ relief, atMs }: Status, scrub: Scrub) => ({
  said: scrub.sentence(relief.why, longestSentence),
  recentActs: relief.activity.slice(0, 10).map((act) => actOf(act, atMs, scrub)),
  leftAlone: relief.suppressed.slice(0, 8).map(({ target, why, wouldHelp }) => ({
    target: scrub.name(target, 'a target'),
    why: scrub.sentence(why, longestSentence),
    wouldHelp: scrub.sentence(wouldHelp, longestSentence),
  })),
  waitsForTheOperator: relief.pending.slice(0, 8).map(({ verb, target }) => ({
    verb,
    target: scrub.name(target.name, `a ${target.kind}`),
    footprintMb: mb(target.footprintBytes),
  })),
  frozen: relief.frozen.slice(0, 8).map(({ name, footprintBytes, sinceSeconds }) => ({
    name: scrub.name(name, 'a process'),
    footprintMb: mb(footprintBytes),
    forSeconds: Math.round(sinceSeconds),
  })),
  shed: relief.shed.slice(0, 8).map(({ label, staysDown }) => ({ label: scrub.name(label, 'a service'), staysDown })),
  peaksOverTheMachineMb: mb(relief.envelope?.overBytes ?? null),
  wiredLeakMb: mb(relief.wiredLeak?.bytes ?? null),
});

const whyNotOf = ({ passedOver }: Explanation, scrub: Scrub) =>
  passedOver.slice(0, 24).map(({ act, target, code, text }) => ({
    act: act === undefined ? null : scrub.sentence(act, 64),
    target: scrub.name(target, 'a target'),
    code: scrub.name(code, 'other'),
    why: scrub.sentence(text, longestSentence),
  }));

const build = (status: Status, explanation: Explanation | null, cause: AdviceCause | null, scrub: Scrub) => ({
  about: 'castellan evidence, version 1; 1 MB is 2^20 bytes',
  os: scrub.sentence(status.keeper.os, 64),
  askedFor: cause,
  level: {
    now: status.level.name,
    forSeconds: Math.round(status.level.forSeconds),
    byAvailable: status.level.arms.available,
    bySwap: status.level.arms.swap,
    byKernel: status.level.arms.kernel,
    mode: status.mode.name,
  },
  memory: memoryOf(status),
  forecast: forecastOf(status, scrub),
  seats: status.seats.slice(0, 16).map((seat) => seatOf(seat, scrub)),
  largest: status.top.map((row) => topOf(row, scrub)),
  relief: reliefOf(status, scrub),
  whyNot: explanation === null ? [] : whyNotOf(explanation, scrub),
});
export type Evidence = ReturnType<typeof build>;

/** All texts in which an account may be named by the path of its home. */
const textsOf = (status: Status): readonly string[] => [
  ...status.top.map(({ command }) => command),
  ...status.config.problems.map(({ message }) => message),
  status.config.path,
  ...status.mode.reasons,
  ...status.seats.map(({ why }) => why),
];

const lists = (evidence: Evidence): readonly (readonly unknown[])[] => [
  evidence.whyNot,
  evidence.relief.recentActs,
  evidence.relief.leftAlone,
  evidence.seats,
];

export const evidenceText = (evidence: Evidence): string => JSON.stringify(evidence, null, 1);

const bytesOf = (evidence: Evidence): number => Buffer.byteLength(JSON.stringify(evidenceText(evidence)));

/** The longest list loses its last until the whole fits: what is first in each is what matters most. */
const trimmed = (evidence: Evidence): Evidence => {
  const cut = structuredClone(evidence);
  while (bytesOf(cut) > mostBytes) {
    const longest = [...lists(cut)].sort((a, b) => b.length - a.length)[0] as unknown[] | undefined;
    if (longest === undefined || longest.length === 0) break;
    longest.pop();
  }
  return cut;
};

export const evidenceOf = (status: Status, explanation: Explanation | null, cause: AdviceCause | null): Evidence =>
  trimmed(build(status, explanation, cause, createScrub(accountsIn(textsOf(status)))));
