import { rmdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { look as lookAt } from '../config/trusted-folders.ts';
import { listResuming, listStopped } from '../deadman/directory.ts';
import { placesIn } from '../deadman/places.ts';
import { removeData } from '../keeper/life/removal-data.ts';
import { gatewayAccountName } from '../keeper/server/gateway-account.ts';
import type { VerbResult } from '../protocol/verbs.ts';
import { removeAccount } from './account.ts';
import { isOurCommand } from './command-link.ts';
import type { RunCommand } from './command-runner.ts';
import { type DaemonRole, daemonLabel } from './daemon-plists.ts';
import { bootOut, done, type Launchd, look, setEnabled } from './launchd.ts';
import type { InstallPlaces } from './places.ts';
import { readRootFile, removeRootFile } from './root-files.ts';

/**
 * `castellan uninstall`: what was frozen runs before anything of ours ends, and the deadman ends last. What does not succeed is
 * said, and the rest goes on; a second run goes on where this one stopped.
 */

export interface Uninstalling {
  readonly launchd: Launchd;
  readonly run: RunCommand;
  readonly places: InstallPlaces;
  readonly executable: string;
  readonly isDevelopment: boolean;
  readonly withData: boolean;
  /** Asks the keeper to give back what it holds; null: no keeper answers. */
  readonly part: (runDirectory: string) => Promise<VerbResult<'keeper.remove'> | null>;
  /** Resumes by tombstone what nobody else has resumed, as a starting keeper does. */
  readonly resume: (runDirectory: string) => Promise<void>;
  readonly say: (line: string) => void;
}

export interface Uninstalled {
  /** As the keeper said; null: none answered, and the deadman resumed what was frozen. */
  readonly undone: VerbResult<'keeper.remove'> | null;
  readonly bootedOut: readonly string[];
  readonly removed: readonly string[];
  /** What is not as it should be, a sentence each. Empty: Castellan is gone. */
  readonly left: readonly string[];
}

const domain = 'system';
/** The deadman resumes one a second, eight at most, after it has seen that the keeper is gone. */
const resumeTries = 120;
const resumeEveryMs = 250;

/** Registered by the app, whose lists lie in its bundle: launchd would load them again at the next start. */
export const whyNotOurs = async ({ launchd, places, isDevelopment }: Uninstalling): Promise<string | null> => {
  for (const role of ['keeper', 'deadman', 'gateway'] as const) {
    const label = daemonLabel(role, isDevelopment);
    const job = await look(launchd, domain, label);
    if (job.kind === 'loaded' && readRootFile(places.plist(role)).kind === 'missing')
      return `${label} was registered by Castellan.app: choose "Remove Castellan…" in its menu`;
  }
  return null;
};

const undoneText = ({ resumed, bands, gpuLimit }: VerbResult<'keeper.remove'>): string => {
  const gpu = gpuLimit === 'restored' ? ', and the limit of the GPU is the system’s again' : '';
  return `${resumed} frozen ${resumed === 1 ? 'process runs' : 'processes run'} again; ${bands} ${bands === 1 ? 'band was' : 'bands were'} given back${gpu}.`;
};

export const uninstall = async (given: Uninstalling): Promise<Uninstalled> => {
  const { launchd, run, places, isDevelopment, say } = given;
  const left: string[] = [];
  const bootedOut: string[] = [];
  const removed: string[] = [];
  const complain = (text: string): void => {
    left.push(text);
    say(text);
  };

  const end = async (role: DaemonRole): Promise<boolean> => {
    const label = daemonLabel(role, isDevelopment);
    const before = await look(launchd, domain, label);
    if (before.kind === 'absent') return true;
    const out = await bootOut(launchd, domain, label);
    if (!out.ok) {
      complain(`${out.why}.`);
      return false;
    }
    bootedOut.push(label);
    say(`${label} was ended.`);
    return true;
  };

  const remove = (path: string): void => {
    const seen = lookAt(path);
    if ('code' in seen && seen.code === 'ENOENT') return;
    const gone = removeRootFile(path);
    if (!gone.ok) {
      complain(`${gone.why}.`);
      return;
    }
    removed.push(path);
    say(`${path} was removed.`);
  };

  /**
   * A list that is gone cannot be loaded again at the next start. What a cutover or its way back told launchd to keep out is
   * taken back with it: launchd remembers that by the label, and would keep out what the app registers, too.
   */
  const forget = async (role: DaemonRole): Promise<void> => {
    const path = places.plist(role);
    const file = readRootFile(path);
    if (file.kind === 'refused') complain(`${file.why}.`);
    else remove(path);
    await setEnabled(launchd, domain, daemonLabel(role, isDevelopment), true);
  };

  const undone = await given.part(places.runDirectory);
  if (undone !== null) {
    say(undoneText(undone));
    for (const line of undone.left) complain(line);
  } else say('No keeper answers: the deadman resumes what is frozen. Bands hold until those processes start anew.');

  const gatewayEnded = await end('gateway');
  const keeperEnded = await end('keeper');
  const tombstones = placesIn(places.runDirectory);
  const stillFrozen = (): readonly string[] =>
    [...listStopped(tombstones), ...listResuming(tombstones)].map(({ pid, path }) =>
      pid === null ? path : String(pid),
    );
  let frozen = stillFrozen();
  const deadman = await look(launchd, domain, daemonLabel('deadman', isDevelopment));
  const tries = deadman.kind === 'absent' ? 0 : resumeTries;
  for (let tried = 0; tried < tries && frozen.length > 0; tried += 1) {
    await launchd.sleep(resumeEveryMs);
    frozen = stillFrozen();
  }
  if (frozen.length > 0) {
    await given.resume(places.runDirectory);
    frozen = stillFrozen();
  }
  if (frozen.length > 0)
    complain(
      `Still frozen: ${frozen.map((pid) => `process ${pid}`).join(', ')}. The deadman stays, and goes on trying.`,
    );
  const deadmanEnded = keeperEnded && frozen.length === 0 && (await end('deadman'));

  // The list of what still runs stays, so that it can be ended.
  if (gatewayEnded) await forget('gateway');
  if (keeperEnded) await forget('keeper');
  if (deadmanEnded) await forget('deadman');
  if (isOurCommand(places.command, given.executable)) remove(places.command);

  if (given.withData && deadmanEnded) {
    for (const line of removeData(places.runDirectory, 'darwin')) complain(line);
    for (const path of places.logs) remove(path);
    for (const folder of [places.support, dirname(places.support)]) {
      try {
        rmdirSync(folder);
      } catch {
        // Somebody else's things are in it, or it never was.
      }
    }
    const journals = join(places.support, 'cutover');
    if (!('code' in lookAt(journals)))
      say(`What \`castellan rollback\` needs to bring back the services of before stays in ${journals}.`);
    // A release and a development build share it.
    const other = await look(launchd, domain, daemonLabel('gateway', !isDevelopment));
    const account = other.kind === 'absent' ? await removeAccount(run) : done;
    if (!account.ok) complain(`${account.why}.`);
    else
      say(
        other.kind === 'absent'
          ? `The data and the account ${gatewayAccountName} were removed.`
          : 'The data were removed.',
      );
  }
  return { undone, bootedOut, removed, left };
};
