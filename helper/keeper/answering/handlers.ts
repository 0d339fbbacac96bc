import type { Host } from '../../host/port.ts';
import { failure, type History, type HistoryRange, type VerbResult } from '../../protocol/index.ts';
import type { Parting } from '../life/parting.ts';
import type { Caller } from '../server/caller.ts';
import type { Handlers } from '../server/dispatch.ts';
import type { AdviceDesk } from './advice-desk.ts';
import { doctorChecks } from './doctor.ts';
import { createOperatorHandlers, type OperatorSources } from './operator-handlers.ts';
import type { PushDesk } from './push-desk.ts';
import type { Reporter } from './reporter.ts';
import type { SeatDesk } from './seat-handlers.ts';

/** What the verbs draw on. */
export interface HandlerSources extends Omit<OperatorSources, 'clock'> {
  readonly host: Host;
  readonly reporter: Pick<
    Reporter,
    'status' | 'processes' | 'fresh' | 'proposals' | 'explanation' | 'policy' | 'config'
  >;
  readonly history: (range: HistoryRange, columns: number) => History;
  readonly seats: SeatDesk['handlers'];
  readonly parting: Parting['handlers'];
  readonly advice: AdviceDesk['handlers'];
  readonly push: PushDesk['handlers'];
  readonly reloadConfig: (caller: Caller) => VerbResult<'config.reload'>;
}

/** An answer, or that the machine has not been read yet. */
const known = <T>(result: T | null) =>
  result === null ? ({ ok: false, failure: failure('not_ready') } as const) : ({ ok: true, result } as const);

/** One handler a verb; the server has already checked tier and arguments. */
export const createHandlers = ({
  host,
  reporter,
  history,
  seats,
  parting,
  advice,
  push,
  reloadConfig,
  ...operator
}: HandlerSources): Handlers => ({
  'read.status': async (_, caller) => {
    // The gateway hands it on to whoever polls: not a pass over all processes each time, and no wait for one.
    if (caller.tier !== 'gateway') await reporter.fresh();
    return known(reporter.status());
  },
  'read.processes': async ({ all }) => {
    await reporter.fresh();
    return known(reporter.processes(all));
  },
  'read.policy': async () => {
    await reporter.fresh();
    return known(reporter.policy());
  },
  'read.config': () => known(reporter.config()),
  'read.history': ({ range, columns }) => known(history(range, columns)),
  'read.doctor': () => {
    const status = reporter.status();
    return known(status === null ? null : { checks: [...doctorChecks(status, host)] });
  },
  ...seats,
  ...createOperatorHandlers({ clock: host.clock, reporter, ...operator }),
  ...parting,
  ...advice,
  ...push,
  'config.reload': (_, caller) => known(reloadConfig(caller)),
  'sim.set': ({ key, value }) => {
    const answer = host.simulate?.(key, value);
    if (answer === undefined) return { ok: false, failure: failure('only_on_sim') };
    return answer.ok ? known({ now: answer.now }) : { ok: false, failure: failure('bad_arguments', answer.detail) };
  },
});
