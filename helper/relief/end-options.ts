import type { ProcessReading } from '../host/reading.ts';
import { processKey } from '../host/reading.ts';
import { duration, size } from '../protocol/figures.ts';
import { isServing, type PassedOver } from '../protocol/index.ts';
import { type Candidate, targetOf } from './candidates.ts';
import { growthOf, impactOf, nameOf } from './freeze-options.ts';
import { type Found, isSuppressed, type Option, pass, suppressed } from './option.ts';
import { targetKeyOf } from './plan-identity.ts';
import type { ReliefState } from './state.ts';
import { growingBytesPerSecond } from './watch.ts';
import type { SeatFacts, World } from './world.ts';

/** Ends: of processes whose entry allows it, and of seats. All of them are the operator's to decide. */

export const terminateOptions = (relief: ReliefState, world: World): Found => {
  const options: Option[] = [];
  const passedOver: PassedOver[] = [];
  for (const candidate of relief.candidates) {
    const { entry, denial, targets, footprintBytes, key, label, askFirst } = candidate;
    if (entry.class !== 'kill_allowed' || denial !== null) continue;
    const name = nameOf(candidate);
    if (isStoppedByOthers(candidate, relief)) {
      passedOver.push(pass(name, 'already_stopped', 'somebody else stopped it, and what is stopped cannot end'));
      continue;
    }
    if (footprintBytes < entry.killFloorBytes) {
      passedOver.push(
        pass(
          name,
          'below_kill_floor',
          `${size(footprintBytes)} is below the kill floor of ${size(entry.killFloorBytes)}`,
        ),
      );
      continue;
    }
    const option: Option = {
      act: { verb: 'terminate', entry, target: targets[0], label },
      reason: `${name} holds ${size(footprintBytes)}, above its kill floor of ${size(entry.killFloorBytes)}.`,
      cause: { kind: 'level', atLeast: 3 },
      expected: { counter: 'footprint', bytes: targets[0].footprintBytes, bytesPerSecond: 0 },
      impact: impactOf(candidate),
      // Only what the operator authorised beforehand, and only on evidence of a leak; what is not known is no permission.
      ask: entry.preAuthorised && askFirst.length === 0 && leaks(world, relief, key) ? null : 'it cannot be undone',
      name,
    };
    if (isSuppressed(relief, targetKeyOf(option.act))) passedOver.push(suppressed(name));
    else options.push(option);
  }
  return { options, passedOver };
};

/** What we froze is resumed first; what somebody else stopped is not ours to resume. */
export const isStoppedByOthers = ({ isStopped, key }: Candidate, { freezes }: ReliefState): boolean =>
  isStopped && !freezes.some(({ targets }) => targets.some(({ id }) => processKey(id) === key));

const leaks = ({ isLeaking }: World, relief: ReliefState, key: string): boolean =>
  isLeaking && (growthOf(relief, key) ?? 0) >= growingBytesPerSecond;

export const processesOf = (seat: SeatFacts, processes: readonly ProcessReading[]): readonly ProcessReading[] => {
  const keys = new Set(seat.ids.map(processKey));
  const main = seat.main === null ? null : processKey(seat.main);
  return processes
    .filter(({ id }) => keys.has(processKey(id)))
    .sort((a, b) => Number(processKey(b.id) === main) - Number(processKey(a.id) === main) || a.id.pid - b.id.pid);
};

/** States in which a seat holds memory and is neither on its way in nor out. */
export const mayEnd = (state: SeatFacts['state']): boolean =>
  isServing(state) || state === 'frozen' || state === 'hollow' || state === 'failed';

/** A pause between two requests of one conversation is no idleness. */
const pauseMs = 60_000;

/** Whether ending it may cut somebody off; what cannot be told counts as yes. */
export const isBusySeat = ({ inFlight, quietMs }: Pick<SeatFacts, 'inFlight' | 'quietMs'>): boolean =>
  inFlight > 0 || quietMs === null || quietMs < pauseMs;

export const useText = ({ inFlight, quietMs }: SeatFacts): string => {
  if (inFlight > 0) return `it answers ${inFlight} request${inFlight === 1 ? '' : 's'} now`;
  if (quietMs === null) return 'whether it is used cannot be told';
  return quietMs < pauseMs ? 'it was in use a moment ago' : `nobody has used it for ${duration(quietMs / 1000)}`;
};

const bootoutOption = (seat: SeatFacts, world: World): Option => ({
  act: {
    verb: 'bootout',
    seat: seat.name,
    label: seat.label,
    class: seat.class,
    targets: processesOf(seat, world.processes).map(targetOf),
  },
  reason: `${seat.name} holds ${size(seat.footprintBytes)}${seat.class === 'protected' ? ', and nothing else is left' : ' and is loaded on demand'}.`,
  cause: { kind: 'level', atLeast: 3 },
  expected: { counter: 'footprint', bytes: seat.footprintBytes, bytesPerSecond: 0 },
  impact: [`${seat.name} stops answering`, useText(seat), ...(seat.oracle === null ? [] : [seat.oracle])],
  ask: seat.class === 'protected' ? 'the seat is protected' : 'a seat is ended by its idle clock, or by the operator',
  name: seat.name,
});

export const bootoutOptions = (relief: ReliefState, world: World, of: 'protected' | 'on_call'): readonly Option[] =>
  world.seats
    .filter((seat) => seat.class === of && mayEnd(seat.state))
    .filter((seat) => !isSuppressed(relief, seat.label))
    .sort((a, b) => Number(a.oracle !== null) - Number(b.oracle !== null) || b.footprintBytes - a.footprintBytes)
    .map((seat) => bootoutOption(seat, world));
