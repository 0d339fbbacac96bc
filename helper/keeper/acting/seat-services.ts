import type { Host } from '../../host/port.ts';
import { definePlists } from '../../install/define-plists.ts';
import { locateSeats } from '../../install/locate-seats.ts';
import { prepareSeatLogs } from '../../install/seat-logs.ts';
import type { Configuration } from '../configuration.ts';

/** What launchd has to know of the seats that castellan.toml names: at the start, and after each reload. */

export interface SeatServicesOptions {
  readonly host: Pick<Host, 'kind' | 'services'>;
  readonly configuration: Pick<Configuration, 'config'>;
  readonly runDirectory: string;
  readonly log: { readonly notice: (text: string) => void; readonly warn: (text: string) => void };
}

/** Says where they live, before anything asks for their pids. */
export const locate = ({ host, configuration }: Pick<SeatServicesOptions, 'host' | 'configuration'>): void =>
  locateSeats(host.services, configuration.config().seats, configuration.config().relief.services);

/** Writes their property lists where they are Castellan's. */
export const define = async ({ host, configuration, runDirectory, log }: SeatServicesOptions): Promise<void> => {
  const { seats } = configuration.config();
  // On Linux the supervisor makes the logs of what it starts.
  if (host.kind === 'darwin') for (const trouble of prepareSeatLogs(runDirectory, seats)) log.warn(trouble);
  await definePlists(host.services, seats, (level, text) => log[level](text), runDirectory);
};
