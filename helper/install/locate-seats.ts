import type { SeatConfig, ShedService } from '../config/config.ts';
import type { ServiceManager } from '../host/service-manager.ts';

/**
 * Tells the host which seats, and which services to shed, live in the launchd domain of a user, at the keeper's start and after
 * each reload. All that is not told lives in the system's; a host with one domain only is told nothing.
 */
export const locateSeats = (
  services: Pick<ServiceManager, 'locate'>,
  seats: readonly (Pick<SeatConfig, 'label' | 'domain'> & Partial<Pick<SeatConfig, 'fallback'>>)[],
  others: readonly Pick<ShedService, 'label' | 'domain'>[] = [],
): void => {
  // What stands in for a seat lives where the seat does.
  const standIns = seats.flatMap(({ fallback = null, domain }) =>
    fallback === null ? [] : [{ label: fallback, domain }],
  );
  const elsewhere = [...others, ...standIns, ...seats].flatMap(({ label, domain = 'system' }) =>
    domain === 'system' ? [] : [[label, domain] as const],
  );
  services.locate?.(new Map(elsewhere));
};
