import type { Config, HealthConfig, SeatConfig } from '../config/config.ts';
import type { ProcessId } from '../host/reading.ts';
import { mayBeInUse, ownWorkMs } from '../seats/activity.ts';
import type { Seat } from '../seats/seating.ts';
import { type Channel, channels } from './channels.ts';
import { seatAddress } from './port-holder.ts';
import { isPortDue, newPortWatch, type PortWatch, portAsked } from './port-watch.ts';
import { sameQuestion } from './same-question.ts';
import { everyChannel, isConfigured, type Probing, type SeatProbes, withJudged } from './seat-probes.ts';
import { askSmoke, newSmoke, type Smoke, withoutAnswer } from './smoke.ts';
import { asked, isDue, isLate, mayWait, newTrack, type Track, unheard, withoutAsker } from './tracks.ts';

/** What seats are asked, and when: stepped once a look. Pure; times are milliseconds. */

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

/** It serves, or is said to: what loads is asked whether it is ready, and nothing wakes what does not run. */
const answers = ({ run, state }: Seat): boolean =>
  run !== null && run.readyMs !== null && !run.isStopped && state !== 'draining';

const mayAsk = (channel: Channel, seat: Seat, { hasGateway }: ProbeWorld): boolean =>
  channel === 'integrity' || (hasGateway && answers(seat));

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

/** Whether, and by whom, its port is looked at now: while it serves, and while another service may have to stand in for it. */
const stepPort = (
  { port }: SeatProbes,
  seat: Seat,
  config: SeatConfig,
  world: ProbeWorld,
  ask: (address: string) => number,
): PortWatch => {
  const runs = answers(seat);
  const isWanted = runs ? config.health !== null : seat.run === null && config.fallback !== null;
  const address = isWanted && isPortDue(port, world.nowMs) ? seatAddress(config) : null;
  if (address === null) return port;
  return portAsked(port, ask(address), runs, world.nowMs);
};

/** The prompts of a recovery: the next one as soon as the last is answered. */
const stepSmoke = (smoke: Smoke | null, seat: Seat, world: ProbeWorld, number: () => number): Smoke | null => {
  const { recovery, nowMs, hasGateway } = world;
  if (recovery === null || recovery.seat !== seat.name || recovery.wants !== 'smoke') return null;
  const known = smoke?.plan === recovery.plan ? withoutAnswer(smoke, nowMs) : newSmoke(recovery.plan, nowMs);
  return hasGateway && answers(seat) ? askSmoke(known, number, nowMs) : known;
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
