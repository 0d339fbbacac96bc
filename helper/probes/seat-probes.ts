import type { HealthConfig, SeatConfig } from '../config/config.ts';
import { mayBeInUse } from '../seats/activity.ts';
import type { Seat } from '../seats/seating.ts';
import type { Channel } from './channels.ts';
import type { PortWatch } from './port-watch.ts';
import type { Smoke } from './smoke.ts';
import type { StrikeMemory } from './strike-memory.ts';
import { type Excuse, isSilent, standingOf, type Track } from './tracks.ts';
import { type Judged, judge } from './verdict.ts';

/** What each seat is asked and what it said, and what that comes to: plain data. Pure; times are milliseconds. */

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

export const initialProbing: Probing = { seats: [], nextNumber: 1, recalled: [] };

export const everyChannel = <T>(of: (channel: Channel) => T): Readonly<Record<Channel, T>> => ({
  cheap: of('cheap'),
  inference: of('inference'),
  integrity: of('integrity'),
});

export const excuseOf = ({ run, activity }: Seat, nowMs: number): Excuse => {
  if (run === null || run.isStopped) return 'stopped';
  return mayBeInUse(activity, nowMs) ? 'busy' : null;
};

export const isAsked = (health: HealthConfig | null, channel: Channel): boolean => {
  if (health === null) return false;
  if (channel === 'cheap') return health.listUrls.length > 0;
  return channel === 'inference' ? health.chatUrl !== null : health.files !== null;
};

export const isConfigured = ({ health }: SeatConfig, channel: Channel): boolean => isAsked(health, channel);

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

export const withJudged = (probes: SeatProbes, seat: Seat, nowMs: number): SeatProbes => {
  const judged = judgedOf(probes, seat, nowMs);
  const sinceMs = judged.verdict === probes.judged.verdict ? probes.sinceMs : nowMs;
  return { ...probes, judged, sinceMs };
};

export const withProbes = (before: Probing, probes: SeatProbes, now: SeatProbes): Probing => ({
  ...before,
  seats: before.seats.map((each) => (each === probes ? now : each)),
});

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
