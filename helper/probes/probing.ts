import type { Config, HealthConfig, SeatConfig } from '../config/config.ts';
import type { ProcessId } from '../host/reading.ts';
import { mayBeInUse, ownWorkMs } from '../seats/activity.ts';
import type { Seat } from '../seats/seating.ts';
import { type Channel, channels, type Finding } from './channels.ts';
import { type PortHolder, seatAddress } from './port-holder.ts';
import { isPortDue, newPortWatch, type PortWatch, portAsked, portFound } from './port-watch.ts';
import { sameQuestion } from './same-question.ts';
import { answeredSmoke, askSmoke, newSmoke, type Smoke, withoutAnswer } from './smoke.ts';
import {
  asked,
  type Excuse,
  heard,
  isDue,
  isLate,
  isSilent,
  mayWait,
  newTrack,
  standingOf,
  type Track,
  unheard,
  withoutAsker,
} from './tracks.ts';
import { type Judged, judge } from './verdict.ts';

/** What is asked of each seat and what it said: plain data, stepped once a look. Pure; times are milliseconds. */

export interface SeatProbes {
  readonly name: string;
  /** Of the run whose answers these are (`Run.sinceMs`); null: none runs. */
  readonly run: number | null;
  /** What castellan.toml wanted asked when it was looked at last. */
  readonly health: HealthConfig | null;
  readonly tracks: Readonly<Record<Channel, Track>>;
  /** Who has its port. */
  readonly port: PortWatch;
  /** Prompts of a recovery that are put to it; null: none. */
  readonly smoke: Smoke | null;
  readonly judged: Judged;
  /** Since when the verdict is this one. */
  readonly sinceMs: number;
}

export interface Probing {
  readonly seats: readonly SeatProbes[];
  readonly nextNumber: number;
  /** Strikes of seats that have not been looked at yet, from before the keeper was started. */
  readonly recalled: readonly StrikeMemory[];
}

/** Failures in a row, as they outlive the keeper. */
export interface StrikeMemory extends Readonly<Record<Channel, number>> {
  readonly seat: string;
}

export const initialProbing: Probing = { seats: [], nextNumber: 1, recalled: [] };

/** The keeper looks at files itself; what goes over the network is asked by the gateway, which has no rights. */
export interface IntegrityWish {
  readonly seat: string;
  readonly number: number;
  readonly files: NonNullable<HealthConfig['files']>;
}

/** A look at who has the port of a seat. */
export interface PortWish {
  readonly seat: string;
  readonly number: number;
  readonly address: string;
  /** Its processes: they are looked at first. */
  readonly own: readonly ProcessId[];
}

/** A seat that is being recovered (helper/relief/recovery.ts): its files are looked at anew, or prompts are put to it. */
export interface RecoveryWish {
  readonly seat: string;
  readonly plan: number;
  readonly wants: 'files' | 'smoke' | 'nothing';
  readonly sinceMs: number;
}

export interface ProbeWorld {
  readonly nowMs: number;
  readonly config: Config;
  readonly seats: readonly Seat[];
  /** Nobody looked for so long before this step, beyond what is usual. */
  readonly unseenMs: number;
  readonly hasGateway: boolean;
  /** Its processes; none: it does not run. */
  readonly processesOf: (seat: string) => readonly ProcessId[];
  /** Null: none is under way. */
  readonly recovery: RecoveryWish | null;
}

const wakeMs = 30_000;

const everyChannel = <T>(of: (channel: Channel) => T): Readonly<Record<Channel, T>> => ({
  cheap: of('cheap'),
  inference: of('inference'),
  integrity: of('integrity'),
});

/** It serves, or is said to: what loads is asked whether it is ready, and nothing wakes what does not run. */
const answers = ({ run, state }: Seat): boolean =>
  run !== null && run.readyMs !== null && !run.isStopped && state !== 'draining';

const mayAsk = (channel: Channel, seat: Seat, { hasGateway }: ProbeWorld): boolean =>
  channel === 'integrity' || (hasGateway && answers(seat));

const excuseOf = ({ run, activity }: Seat, nowMs: number): Excuse => {
  if (run === null || run.isStopped) return 'stopped';
  return mayBeInUse(activity, nowMs) ? 'busy' : null;
};

/** Another question of ours was under way a moment ago: whether it is at work besides cannot be told yet. */
const isVeiled = ({ activity: { probedMs } }: Seat, nowMs: number): boolean =>
  probedMs !== null && nowMs - probedMs < ownWorkMs;

/** A run that begins has not said anything yet; what is known of its files stays. */
const ofRun = (probes: SeatProbes, run: number | null, nowMs: number): SeatProbes => {
  if (probes.run === run) return probes;
  const fresh = (track: Track): Track => ({ ...newTrack(nowMs, track.strikes), lastOkMs: track.lastOkMs });
  const { cheap, inference, integrity } = probes.tracks;
  const tracks = { cheap: fresh(cheap), inference: fresh(inference), integrity };
  return { ...probes, run, tracks, port: newPortWatch(nowMs) };
};

/** Another question begins anew: what was found at another address, or of another file, says nothing of this one. */
const ofQuestions = (probes: SeatProbes, health: HealthConfig | null, nowMs: number): SeatProbes => {
  const { health: before, tracks } = probes;
  if (before === health) return probes;
  if (before === null || health === null) return { ...probes, health };
  const kept = everyChannel((channel) => (sameQuestion(before, health, channel) ? tracks[channel] : newTrack(nowMs)));
  return { ...probes, health, tracks: kept };
};

const stepTrack = (
  track: Track,
  channel: Channel,
  seat: Seat,
  config: SeatConfig,
  world: ProbeWorld,
  ask: () => number,
): Track => {
  const { nowMs, unseenMs } = world;
  if (!isConfigured(config, channel)) return newTrack(nowMs);
  // After a sleep nothing of before is known to hold.
  const mustAsk = unseenMs >= wakeMs && (track.asking === null || isLate(track, channel, nowMs));
  const woken = mustAsk ? unheard(track, nowMs) : track;
  // Time in which nobody looked, or in which it is not asked, is no silence of it.
  const mightSay = channel === 'integrity' || answers(seat);
  const silentSinceMs = mightSay ? Math.min(nowMs, track.silentSinceMs + unseenMs) : nowMs;
  const seen = withoutAsker({ ...woken, silentSinceMs }, channel, nowMs);
  const { recovery } = world;
  const isRecovered = recovery?.seat === seat.name;
  // The prompts of a recovery are questions of this channel, one at a time.
  if (channel === 'inference' && isRecovered && recovery.wants === 'smoke') return seen;
  const mustLook =
    channel === 'integrity' && isRecovered && recovery.wants === 'files' && (seen.endedMs ?? -1) < recovery.sinceMs;
  const open = mustLook ? { ...seen, nextMs: nowMs } : seen;
  if (!isDue(open, nowMs) || !mayAsk(channel, seat, world)) return open;
  // A long generation stands before ours in the queue: to wait for it would prove nothing, and be in its way.
  if (channel === 'inference' && mayBeInUse(seat.activity, nowMs) && mayWait(open, channel, nowMs))
    return { ...open, waits: 'busy' };
  if (channel === 'inference' && isVeiled(seat, nowMs)) return open;
  return asked(open, ask(), nowMs);
};

const isAsked = (health: HealthConfig | null, channel: Channel): boolean => {
  if (health === null) return false;
  if (channel === 'cheap') return health.listUrls.length > 0;
  return channel === 'inference' ? health.chatUrl !== null : health.files !== null;
};

export const isConfigured = ({ health }: SeatConfig, channel: Channel): boolean => isAsked(health, channel);

/** Whether, and by whom, its port is looked at now: while it serves, and while another service may have to stand in for it. */
const stepPort = (
  { port }: SeatProbes,
  seat: Seat,
  config: SeatConfig,
  world: ProbeWorld,
  ask: (address: string) => number,
): PortWatch => {
  const address = seatAddress(config);
  const runs = answers(seat);
  const isWanted = runs ? config.health !== null : seat.run === null && config.fallback !== null;
  if (address === null || !isWanted || !isPortDue(port, world.nowMs)) return port;
  return portAsked(port, ask(address), runs, world.nowMs);
};

/** The prompts of a recovery: the next one as soon as the last is answered. */
const stepSmoke = (smoke: Smoke | null, seat: Seat, world: ProbeWorld, number: () => number): Smoke | null => {
  const { recovery, nowMs, hasGateway } = world;
  if (recovery === null || recovery.seat !== seat.name || recovery.wants !== 'smoke') return null;
  const known = smoke?.plan === recovery.plan ? withoutAnswer(smoke, nowMs) : newSmoke(recovery.plan, nowMs);
  return hasGateway && answers(seat) ? askSmoke(known, number, nowMs) : known;
};

const judgedOf = ({ tracks, health, port }: SeatProbes, seat: Seat, nowMs: number): Judged =>
  judge({
    runs: seat.run !== null && seat.run.readyMs !== null,
    isFrozen: seat.run?.isStopped === true,
    isHollow: seat.state === 'hollow',
    isPortForeign: port.holder?.kind === 'other',
    isBusy: mayBeInUse(seat.activity, nowMs),
    lastExit: seat.lastExit,
    channels: everyChannel((channel) =>
      isAsked(health, channel) ? standingOf(tracks[channel], channel, nowMs) : 'off',
    ),
  });

const withJudged = (probes: SeatProbes, seat: Seat, nowMs: number): SeatProbes => {
  const judged = judgedOf(probes, seat, nowMs);
  const sinceMs = judged.verdict === probes.judged.verdict ? probes.sinceMs : nowMs;
  return { ...probes, judged, sinceMs };
};

const firstProbes = ({ recalled }: Probing, name: string, nowMs: number): SeatProbes => {
  const strikes = recalled.find(({ seat }) => seat === name);
  return {
    name,
    run: null,
    health: null,
    tracks: everyChannel((channel) => newTrack(nowMs, strikes?.[channel])),
    port: newPortWatch(nowMs),
    smoke: null,
    judged: { verdict: null, isDoomed: false, unproven: channels },
    sinceMs: nowMs,
  };
};

export const stepProbing = (
  before: Probing,
  world: ProbeWorld,
): { readonly probing: Probing; readonly wishes: readonly IntegrityWish[]; readonly ports: readonly PortWish[] } => {
  const { nowMs, config } = world;
  const wishes: IntegrityWish[] = [];
  const ports: PortWish[] = [];
  let { nextNumber } = before;
  const take = (): number => {
    nextNumber += 1;
    return nextNumber - 1;
  };
  const seats = config.seats.flatMap((each): readonly SeatProbes[] => {
    const seat = world.seats.find(({ name }) => name === each.name);
    if (seat === undefined) return [];
    const known = before.seats.find(({ name }) => name === each.name) ?? firstProbes(before, each.name, nowMs);
    const probes = ofRun(ofQuestions(known, each.health, nowMs), seat.run?.sinceMs ?? null, nowMs);
    const tracks = everyChannel((channel) =>
      stepTrack(probes.tracks[channel], channel, seat, each, world, () => {
        const number = take();
        if (channel === 'integrity' && each.health?.files)
          wishes.push({ seat: each.name, number, files: each.health.files });
        return number;
      }),
    );
    const smoke = stepSmoke(probes.smoke, seat, world, take);
    const port = stepPort(probes, seat, each, world, (address) => {
      const number = take();
      ports.push({ seat: each.name, number, address, own: world.processesOf(each.name) });
      return number;
    });
    return [withJudged({ ...probes, tracks, smoke, port }, seat, nowMs)];
  });
  const recalled = before.recalled.filter(({ seat }) => !seats.some(({ name }) => name === seat));
  return { probing: { seats, nextNumber, recalled }, wishes, ports };
};

const withProbes = (before: Probing, probes: SeatProbes, now: SeatProbes): Probing => ({
  ...before,
  seats: before.seats.map((each) => (each === probes ? now : each)),
});

/** Who was found to have the port; a process of the seat itself is no other. */
export const heardHolder = (
  before: Probing,
  {
    seat: name,
    number,
    holder,
  }: { readonly seat: string; readonly number: number; readonly holder: PortHolder | null },
  own: ReadonlySet<number>,
  seats: readonly Seat[],
  nowMs: number,
): Probing => {
  const probes = before.seats.find((each) => each.name === name);
  const seat = seats.find((each) => each.name === name);
  if (probes === undefined || seat === undefined || probes.port.asking?.number !== number) return before;
  const found: PortHolder | null = holder?.kind === 'other' && own.has(holder.pid) ? { kind: 'own' } : holder;
  return withProbes(before, probes, withJudged({ ...probes, port: portFound(probes.port, found, nowMs) }, seat, nowMs));
};

/** A prompt of a recovery was answered: it says of the channel what any question of it does, and the next one follows. */
const heardSmoke = (before: Probing, probes: SeatProbes, smoke: Smoke, finding: Finding, seat: Seat, nowMs: number) => {
  const { tracks } = probes;
  const inference = heard(tracks.inference, 'inference', finding, excuseOf(seat, nowMs), nowMs);
  let { nextNumber } = before;
  const next = askSmoke(answeredSmoke(smoke, finding), () => nextNumber++, nowMs);
  const now = withJudged({ ...probes, tracks: { ...tracks, inference }, smoke: next }, seat, nowMs);
  return { ...withProbes(before, probes, now), nextNumber };
};

/** What was found; an answer to another question than the one under way is not heard. */
export const heardFinding = (
  before: Probing,
  {
    seat: name,
    channel,
    number,
    finding,
  }: {
    readonly seat: string;
    readonly channel: Channel;
    readonly number: number;
    readonly finding: Finding;
  },
  seats: readonly Seat[],
  nowMs: number,
): Probing => {
  const probes = before.seats.find((each) => each.name === name);
  const seat = seats.find((each) => each.name === name);
  if (probes === undefined || seat === undefined) return before;
  const { smoke } = probes;
  if (smoke !== null && channel === 'inference' && smoke.asking?.number === number)
    return heardSmoke(before, probes, smoke, finding, seat, nowMs);
  if (probes.tracks[channel].asking?.number !== number) return before;
  const excuse = channel === 'integrity' ? null : excuseOf(seat, nowMs);
  const asking = probes.tracks[channel];
  const track = isLate(asking, channel, nowMs)
    ? unheard(asking, nowMs)
    : heard(asking, channel, finding, excuse, nowMs);
  const now = withJudged({ ...probes, tracks: { ...probes.tracks, [channel]: track } }, seat, nowMs);
  return withProbes(before, probes, now);
};

/** The channel of which nothing has been heard for too long, whoever is to blame for it; null: of all that are asked there has. */
export const silentChannel = ({ tracks, health }: SeatProbes, nowMs: number): Channel | null =>
  (['inference', 'cheap', 'integrity'] as const).find(
    (channel) => isAsked(health, channel) && isSilent(tracks[channel], nowMs),
  ) ?? null;

/** Questions that the gateway is to put to a seat now. */
export const questionsOf = ({
  tracks,
  smoke,
}: SeatProbes): readonly { readonly channel: 'cheap' | 'inference'; readonly number: number }[] =>
  (['cheap', 'inference'] as const).flatMap((channel) => {
    const asking = (channel === 'inference' ? smoke?.asking : null) ?? tracks[channel].asking;
    return asking === null ? [] : [{ channel, number: asking.number }];
  });

/** What the next start of the keeper should know. Who has not been looked at yet is not forgotten. */
export const strikeMemories = ({ seats, recalled }: Probing): readonly StrikeMemory[] => {
  const now = seats.map(({ name, tracks }) => ({
    seat: name,
    ...everyChannel((channel) => tracks[channel].strikes),
  }));
  return [...recalled, ...now].filter((each) => channels.some((channel) => each[channel] > 0));
};

export const sameStrikes = (a: readonly StrikeMemory[], b: readonly StrikeMemory[]): boolean =>
  a.length === b.length &&
  a.every((each, at) => each.seat === b[at]?.seat && channels.every((channel) => each[channel] === b[at]?.[channel]));
