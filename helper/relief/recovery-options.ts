import type { PassedOver } from '../protocol/index.ts';
import { targetOf } from './candidates.ts';
import { processesOf, useText } from './end-options.ts';
import { type Found, type Option, pass } from './option.ts';
import { offerEpisode } from './plan-identity.ts';
import type { ReliefState } from './state.ts';
import { isEnding } from './stops.ts';
import type { SeatFacts, World } from './world.ts';

/** Which seats a recovery is offered for: those that are known to do no work, and whose next start is known to boot. */

/** Why a seat that does no work is not offered now; null: it is. */
const obstacle = (seat: SeatFacts, relief: ReliefState, { nowMs, processes }: World): PassedOver | null => {
  const no = (code: string, text: string): PassedOver => pass(seat.name, code, text);
  const { health } = seat;
  if (health?.files === 'fail')
    return no('files_failing', `its next start would fail: ${health.filesFound}. Put that right first`);
  if (health?.files !== 'pass')
    return no(
      'files_unknown',
      health?.files === 'off'
        ? 'castellan.toml does not say which files its start needs, so that nobody knows whether it would start again'
        : 'whether its files are whole has not been found out yet',
    );
  if (relief.recovery !== null)
    return no(
      'under_way',
      relief.recovery.plan.act.seat === seat.name ? 'it is being recovered' : 'another seat is being recovered',
    );
  const isToldToEnd =
    seat.state === 'draining' ||
    relief.stopping.some((each) => each.seat === seat.name) ||
    isEnding(processesOf(seat, processes).map(targetOf), relief);
  if (isToldToEnd) return no('under_way', 'it has been told to end');
  const again = relief.failed.find(({ key }) => key === offerEpisode('recover', seat.label));
  return again !== undefined && again.againMs > nowMs
    ? no('failed_lately', 'its recovery failed a moment ago; see `castellan log`')
    : null;
};

const optionFor = (seat: SeatFacts, world: World): Option => ({
  act: {
    verb: 'recover',
    seat: seat.name,
    label: seat.label,
    class: seat.class,
    targets: processesOf(seat, world.processes).map(targetOf),
    address: seat.address,
  },
  reason: `${seat.name} does no work: ${seat.health?.chatFound ?? ''}. Its files are whole.`,
  cause: { kind: 'zombie' },
  expected: { counter: 'service', bytes: 0, bytesPerSecond: 0 },
  impact: [
    `${seat.name} is ended, by SIGKILL if it does not end by itself, and started again`,
    'five steps, each seen to be done before the next: its files are looked at, it ends, its port and memory come free, it starts, ten prompts are answered',
    useText(seat),
    ...(seat.oracle === null ? [] : [seat.oracle]),
  ],
  ask: 'it cannot be undone',
  name: seat.name,
});

export const recoveryOptions = (relief: ReliefState, world: World): Found => {
  const options: Option[] = [];
  const passedOver: PassedOver[] = [];
  for (const seat of world.seats) {
    if (seat.health?.verdict !== 'zombie' || seat.main === null) continue;
    const why = obstacle(seat, relief, world);
    if (why === null) options.push(optionFor(seat, world));
    else passedOver.push({ ...why, act: 'recover' });
  }
  return { options, passedOver };
};
