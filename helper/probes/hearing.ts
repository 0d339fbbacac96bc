import type { Seat } from '../seats/seating.ts';
import type { Channel, Finding } from './channels.ts';
import type { PortHolder } from './port-holder.ts';
import { portFound } from './port-watch.ts';
import { excuseOf, type Probing, type SeatProbes, withJudged, withProbes } from './seat-probes.ts';
import { answeredSmoke, askSmoke, type Smoke } from './smoke.ts';
import { heard, isLate, unheard } from './tracks.ts';

/** Answers to what seats were asked, and what was found out about them. Pure. */

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
  if (probes === undefined || seat === undefined || probes.port.asking !== number) return before;
  const found: PortHolder | null = holder?.kind === 'other' && own.has(holder.pid) ? { kind: 'own' } : holder;
  return withProbes(before, probes, withJudged({ ...probes, port: portFound(probes.port, found, nowMs) }, seat, nowMs));
};

/** A prompt of a recovery was answered: it says of the channel what any question of it does, and the next one follows. */
const heardSmoke = (before: Probing, probes: SeatProbes, smoke: Smoke, finding: Finding, seat: Seat, nowMs: number) => {
  const { tracks } = probes;
  const inference = heard(tracks.inference, 'inference', finding, excuseOf(seat, nowMs), nowMs);
  let { nextNumber } = before;
  const next = askSmoke(answeredSmoke(smoke, finding, nowMs), () => nextNumber++, nowMs);
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
