import { daemonLabels } from '../daemon-plists.ts';
import { type Launchd, look } from '../launchd.ts';

/** The services Castellan takes the place of, and whether any of them, or of ours, is loaded. */

export interface RetiredService {
  /** What people call it. */
  readonly name: string;
  /**
   * Labels it may have in the domain of the user at the screen. Each has its property list in ~/Library/LaunchAgents, as
   * LABEL.plist unless launchd names another file there.
   */
  readonly labels: readonly string[];
}

/** The three that watched memory before: one admitted, one shed and froze, one restarted; all by RSS. */
export const retiredServices: readonly RetiredService[] = [
  { name: 'sanctum-admit', labels: ['com.sanctum.admit', 'com.sanctum.sanctum-admit', 'sanctum-admit'] },
  { name: 'sanctum-pressure-valve', labels: ['com.sanctum.pressure-valve', 'sanctum-pressure-valve'] },
  { name: 'ram-sentinel', labels: ['com.sanctum.ram-sentinel', 'ram-sentinel'] },
];

export const retiredLabels = (services: readonly RetiredService[] = retiredServices): readonly string[] =>
  services.flatMap(({ labels }) => labels);

export const userDomain = (uid: number): string => `gui/${uid}`;

const neverTogether = 'two never act together';

/** What a keeper beside them says of it. */
export const retiredReason = (labels: readonly string[]): string => {
  const [watch, them] = labels.length === 1 ? ['watches', 'it'] : ['watch', 'them'];
  return `${labels.join(', ')} ${watch} memory here, too, and ${neverTogether}. \`sudo castellan cutover\` retires ${them}, and leaves Castellan running.`;
};

/** Whether a keeper's reason to observe only is that one, whatever labels it names. */
export const isRetiredReason = (reason: string): boolean => reason.includes(neverTogether);

export type Found =
  | { readonly ok: true; readonly loaded: readonly string[] }
  | { readonly ok: false; readonly why: string };

const loadedOf = async (launchd: Launchd, domain: string, labels: readonly string[]): Promise<Found> => {
  const loaded: string[] = [];
  for (const label of labels) {
    const known = await look(launchd, domain, label);
    // Without its user's domain nothing of it can run.
    if (known.kind === 'unknown' && !known.noDomain) return { ok: false, why: known.detail };
    if (known.kind === 'loaded' || known.kind === 'ending') loaded.push(label);
  }
  return { ok: true, loaded };
};

/**
 * Which of the old services are loaded for this user; one that is ending counts. Whoever starts Castellan's daemons asks this
 * first: two that freeze and resume the same processes fight each other, and the processes lose.
 *
 * @param uid of the user at the screen
 */
export const loadedRetired = (
  launchd: Launchd,
  uid: number,
  labels: readonly string[] = retiredLabels(),
): Promise<Found> => loadedOf(launchd, userDomain(uid), labels);

/** Our own, builds in development included. */
export const allDaemonLabels: readonly string[] = [...daemonLabels(false), ...daemonLabels(true)];

/** Which of our own daemons are loaded. */
export const loadedDaemons = (launchd: Launchd): Promise<Found> => loadedOf(launchd, 'system', allDaemonLabels);
