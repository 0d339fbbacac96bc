import { bandNumbers } from '../host/darwin/bands.ts';
import { installedRunDirectories } from '../keeper/life/run-directory.ts';
import { gatewayAccountName } from '../keeper/server/gateway-account.ts';
import { type PlistValue, plistText } from './plist-text.ts';

/**
 * The launchd property lists of Castellan's three daemons (launchd.plist(5)).
 *
 * Their content is frozen: it names no version and nothing that a person could want otherwise. macOS keeps what was approved
 * by what the list said, and a list that changes between two versions asks for approval anew, or leaves a registration that
 * never starts again. What varies stands in castellan.toml.
 */

export const daemonRoles = ['keeper', 'deadman', 'gateway'] as const;
export type DaemonRole = (typeof daemonRoles)[number];

/**
 * Where the executable lies: in the app's bundle, whose lists SMAppService registers, or at a path of its own, whose lists lie
 * in /Library/LaunchDaemons. Builds in development have labels of their own: what macOS keeps of a label is spoilt for the
 * signed build by one that is signed otherwise.
 */
export type Placing =
  | { readonly kind: 'bundle'; readonly isDevelopment?: boolean }
  | { readonly kind: 'installed'; readonly executable: string; readonly isDevelopment: boolean };

/** Bundle identifier of the app, to which macOS attributes its daemons under Login Items. */
export const appIdentifier = 'com.sanctum.castellan.app';

/** The one executable of all roles, from the bundle's root. Not `castellan`: the usual APFS takes that for `Castellan`. */
export const bundleProgram = 'Contents/MacOS/castellan-helper';

/** Where the lists lie in the bundle: SMAppService looks nowhere else. */
export const bundlePlists = 'Contents/Library/LaunchDaemons';

const labels: Readonly<Record<DaemonRole, string>> = {
  keeper: 'com.sanctum.castellan',
  deadman: 'com.sanctum.castellan.deadman',
  gateway: 'com.sanctum.castellan.gateway',
};

export const daemonLabel = (role: DaemonRole, isDevelopment: boolean): string =>
  `${labels[role]}${isDevelopment ? '.dev' : ''}`;

/** In the order in which they are started: who resumes is there before who freezes. */
export const daemonLabels = (isDevelopment: boolean): readonly string[] =>
  (['deadman', 'keeper', 'gateway'] as const).map((role) => daemonLabel(role, isDevelopment));

/** `com.sanctum.castellan.plist`: the file, and what SMAppService calls the service. */
export const daemonPlistFile = (role: DaemonRole, isDevelopment: boolean): string =>
  `${daemonLabel(role, isDevelopment)}.plist`;

/** Sockets, heartbeat and state of what launchd runs. Written out, so that no daemon has to look where it belongs. */
export const installedRunDirectory = (isDevelopment: boolean): string => {
  const [production, development] = installedRunDirectories('darwin');
  const found = isDevelopment ? development : production;
  if (found === undefined) throw new Error('there is no such folder');
  return found;
};

/**
 * Root's alone on every Mac and there before anything of ours is. launchd makes the file for the account of the job
 * (launchd.plist(5), StandardErrorPath); a folder that is missing it does not make.
 */
const logPath = (label: string): string => `/var/log/${label}.log`;

/** What launchd keeps of each daemon's stderr. */
export const daemonLogPaths = (isDevelopment: boolean): readonly string[] => daemonLabels(isDevelopment).map(logPath);

/**
 * From TERM to launchd's KILL, seconds. launchctl prints 5 where nothing is said, and the manual has said 20. The keeper
 * resumes what it froze one after the other and writes its records down; the deadman resumes, too; the gateway lets answers
 * under way be finished.
 */
const exitSeconds: Readonly<Record<DaemonRole, number>> = { keeper: 45, deadman: 30, gateway: 20 };

/** launchd's default, written out: two starts are at least so far apart. 0 would be taken for 1. */
const throttleSeconds = 10;

const note = [
  'Never to be changed between versions: what varies stands in castellan.toml.',
  'JetsamPriority is undocumented and may do nothing: the keeper sets its bands itself, and reads them back.',
].join('\n  ');

const programOf = (role: DaemonRole, placing: Placing): Readonly<Record<string, PlistValue>> => {
  const isDevelopment = placing.isDevelopment === true;
  const argv = [role, '--run-dir', installedRunDirectory(isDevelopment)];
  if (placing.kind === 'installed') return { ProgramArguments: [placing.executable, ...argv] };
  return {
    BundleProgram: bundleProgram,
    ProgramArguments: ['castellan-helper', ...argv],
    AssociatedBundleIdentifiers: [appIdentifier],
  };
};

/**
 * KeepAlive is true, and not a condition on the exit: an update takes effect by a clean exit, after which launchd starts the
 * new file. EnableTransactions and EnablePressuredExit are left out: with them macOS may end a job that has nothing to do,
 * and these have most to do when memory is short.
 */
export const daemonPlist = (role: DaemonRole, placing: Placing): string => {
  const label = daemonLabel(role, placing.isDevelopment === true);
  return plistText(note, {
    Label: label,
    ...programOf(role, placing),
    ...(role === 'gateway' ? { UserName: gatewayAccountName, GroupName: gatewayAccountName } : {}),
    RunAtLoad: true,
    KeepAlive: true,
    ThrottleInterval: throttleSeconds,
    ExitTimeOut: exitSeconds[role],
    // Without it launchd holds back CPU and disk, of the very jobs that must run when the machine is short of both.
    ProcessType: 'Interactive',
    EnvironmentVariables: { PATH: '/usr/bin:/bin:/usr/sbin:/sbin' },
    StandardErrorPath: logPath(label),
    JetsamPriority: bandNumbers.CRITICAL,
  });
};
