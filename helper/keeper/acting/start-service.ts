import type { Host } from '../../host/port.ts';
import type { ActOutcome } from './freezer.ts';

/** A service that is still on its way out of the list cannot be loaded anew; launchd takes a moment. */
const tries = 20;
const betweenMs = 250;

/**
 * Loads and runs the service. One that is listed and does not run is taken out of the list first: what it was loaded with,
 * and how it ended last, are of an earlier time.
 */
export const startService = async (
  { services, clock }: Pick<Host, 'services' | 'clock'>,
  label: string,
): Promise<ActOutcome> => {
  const pause = (): Promise<void> => new Promise((resolve) => clock.at(clock.nowMs() + betweenMs, resolve));
  const listed = await services.print(label);
  if (listed.ok && listed.job.pid === null) await services.bootout(label);
  for (let turn = 1; ; turn++) {
    const result = await services.bootstrap(label);
    if (result.ok) return { outcome: 'ok', detail: `${label} has been told to start` };
    if (result.problem === 'already') return { outcome: 'ok', detail: `${label} runs already` };
    if (result.problem !== 'ending' || turn === tries)
      return { outcome: 'failed', detail: `${result.problem}: ${result.detail}` };
    await pause();
  }
};
