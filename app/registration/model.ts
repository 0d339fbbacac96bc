import type { Registration } from '../ipc/contract.ts';
import type { ServiceStatus } from './services.ts';

/** What three words of macOS mean together. */

/**
 * A Mac that never saw the app says `not-found` of daemons that are there and registers them all the same, so before a set
 * that is the same as `not-registered`. Daemons of which some are missing are not registered: registering adds the others.
 */
export const stateOf = (
  statuses: readonly ServiceStatus[],
): Exclude<Registration['state'], 'unavailable' | 'registering'> => {
  if (statuses.includes('requires-approval')) return 'needs_approval';
  return statuses.every((status) => status === 'enabled') ? 'enabled' : 'not_registered';
};

export const isRegistered = (status: ServiceStatus): boolean => status === 'enabled' || status === 'requires-approval';

/** Why a set came to nothing, from what macOS says afterwards. It gives no reason of its own. */
export const faultOf = (statuses: readonly ServiceStatus[]): string | null => {
  if (stateOf(statuses) !== 'not_registered') return null;
  if (statuses.includes('not-found'))
    return 'macOS finds no helper in this app that it would run. Castellan has to be in Applications, put there by its installer.';
  if (statuses.includes('unknown')) return 'macOS does not say whether the helper is registered.';
  return 'macOS did not register the helper, and does not say why. Try again, or restart the Mac.';
};

const numbers = (version: string): readonly number[] | null => {
  const [, ...parts] = /^(\d{1,6})\.(\d{1,6})\.(\d{1,6})(?:[-+].*)?$/.exec(version) ?? [];
  return parts.length === 3 ? parts.map(Number) : null;
};

/** How the helper stands to the app. Versions that are none are taken for the same: nothing is done about them. */
export const skewOf = (helper: string, app: string): 'same' | 'older' | 'newer' => {
  const [a, b] = [numbers(helper), numbers(app)];
  if (a === null || b === null) return 'same';
  const at = a.findIndex((part, index) => part !== b[index]);
  if (at === -1) return 'same';
  return (a[at] ?? 0) < (b[at] ?? 0) ? 'older' : 'newer';
};
