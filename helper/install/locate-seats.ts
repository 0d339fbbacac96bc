import type { SeatConfig } from '../config/config.ts';
import type { ServiceManager } from '../host/service-manager.ts';

/**
 * Tells the host which seats live in the launchd domain of a user, at the keeper's start and after each reload. All that is
 * not told lives in the system's; a host with one domain only is told nothing.
 */
export const locateSeats = (
  services: Pick<ServiceManager, 'locate'>,
  seats: readonly Pick<SeatConfig, 'label' | 'domain'>[],
): void => {
  const elsewhere = seats.filter(({ domain }) => domain !== 'system');
  services.locate?.(new Map(elsewhere.map(({ label, domain }) => [label, domain])));
};
