import { existsSync, rmdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { removeData } from '../keeper/life/removal-data.ts';
import { prepareRunDirectory } from '../keeper/life/run-directory.ts';
import { gatewayAccountName } from '../keeper/server/gateway-account.ts';
import { accountCommands, type FoundAccount, findAccount, makeAccount, removeAccount } from './account.ts';
import { commandStep } from './command-link.ts';
import type { RunCommand } from './command-runner.ts';
import { type DaemonRole, daemonLabel, daemonPlist } from './daemon-plists.ts';
import { bootOut, bootstrap, done, type Known, type Launchd, look, notDone, setEnabled } from './launchd.ts';
import type { InstallPlaces } from './places.ts';
import { type RootFile, readRootFile, removeRootFile, writeRootFile } from './root-files.ts';
import type { Step } from './steps.ts';

/** `castellan install`: what has to be done, made of what is there. Of a machine on which it has been done: nothing. */

export interface Installing {
  readonly launchd: Launchd;
  readonly run: RunCommand;
  readonly places: InstallPlaces;
  /** Judged before. */
  readonly executable: string;
  readonly isDevelopment: boolean;
  /** Services that Castellan takes the place of are loaded: nothing is started before `castellan cutover` has retired them. */
  readonly isHeld?: boolean;
  /** Null: a keeper answered at this run directory; else why none did, so far. */
  readonly greets: (runDirectory: string) => Promise<string | null>;
  /** Somebody asked for an end (Ctrl-C). */
  readonly isInterrupted?: () => boolean;
}

/** Who resumes is there before who freezes; the gateway needs the keeper. */
export const startOrder = ['deadman', 'keeper', 'gateway'] as const satisfies readonly DaemonRole[];

const domain = 'system';
const greetTries = 60;
const greetEveryMs = 500;

interface DaemonFound {
  readonly role: DaemonRole;
  readonly label: string;
  readonly path: string;
  readonly wanted: string;
  readonly file: RootFile;
  readonly job: Known;
}

export interface InstallFacts {
  readonly account: FoundAccount;
  readonly daemons: readonly DaemonFound[];
}

export const findInstallFacts = async (given: Installing): Promise<InstallFacts> => {
  const { launchd, run, places, executable, isDevelopment } = given;
  const daemons: DaemonFound[] = [];
  for (const role of startOrder) {
    const label = daemonLabel(role, isDevelopment);
    const path = places.plist(role);
    daemons.push({
      role,
      label,
      path,
      wanted: daemonPlist(role, { kind: 'installed', executable, isDevelopment }),
      file: readRootFile(path),
      job: await look(launchd, domain, label),
    });
  }
  return { account: await findAccount(run), daemons };
};

/** What nothing can be planned on, in words. */
export const whyNotPlannable = ({ account, daemons }: InstallFacts): readonly string[] => [
  ...(account.kind === 'unknown' ? [account.why] : []),
  ...daemons.flatMap(({ file, job }) => [
    ...(file.kind === 'refused' ? [file.why] : []),
    ...(job.kind === 'unknown' ? [job.detail] : []),
  ]),
];

const accountStep = ({ run }: Installing, missing: Extract<FoundAccount, { kind: 'missing' }>): Step => ({
  says: `The account ${gatewayAccountName}, number ${missing.id}, was made for the gateway.`,
  exactly: accountCommands(missing),
  run: () => makeAccount(run, missing),
  undo: () => removeAccount(run, missing.halves),
});

const missingFolders = (path: string): readonly string[] =>
  existsSync(path) || path === '/' ? [] : [...missingFolders(dirname(path)), path];

const foldersStep = ({ places: { runDirectory } }: Installing): Step | null => {
  const made = missingFolders(runDirectory);
  if (made.length === 0) return null;
  return {
    says: `The folder ${runDirectory} was made.`,
    exactly: made.map((path) => `mkdir -m 755 '${path}'   # root:wheel`),
    run: async () => {
      const prepared = prepareRunDirectory(runDirectory, 0);
      return prepared.ok ? done : notDone(`${prepared.failure.message} ${prepared.failure.detail}`);
    },
    undo: async () => {
      // The keeper may have run for a moment.
      const left = removeData(runDirectory, 'darwin', { isUndo: true });
      if (left.length > 0) return notDone(left.join(' '));
      for (const path of [...made].reverse()) {
        try {
          rmdirSync(path);
        } catch {
          // It never came to be, or has things of somebody else in it.
        }
      }
      return done;
    },
  };
};

const isAsWanted = ({ isHeld = false }: Installing, { file, wanted, job }: DaemonFound): boolean =>
  file.kind === 'file' && file.isRight && file.text === wanted && (isHeld || job.kind === 'loaded');

/** Its list lies ready, and launchd does not load it, at the next start of the machine neither. */
const heldStep = ({ launchd }: Installing, { label, path, wanted, file }: DaemonFound): Step => {
  const before = file.kind === 'file' ? file.text : null;
  return {
    says: `${label} was installed, and is not started yet.`,
    exactly: [
      `/bin/launchctl disable ${domain}/${label}`,
      `write ${path}   # root:wheel 0644, ${Buffer.byteLength(wanted)} bytes`,
    ],
    run: async () => {
      const held = await setEnabled(launchd, domain, label, false);
      return held.ok ? writeRootFile(path, wanted) : held;
    },
    undo: async () => {
      const back = before === null ? removeRootFile(path) : writeRootFile(path, before);
      // Without a list of ours the label is nobody's, or the app's, whose registration launchd would keep out, too.
      const freed = before === null ? await setEnabled(launchd, domain, label, true) : done;
      return back.ok ? freed : back;
    },
  };
};

/** launchd goes by the list it loaded, so one that is loaded from another is booted out first. */
const daemonStep = (given: Installing, found: DaemonFound): Step | null => {
  if (isAsWanted(given, found)) return null;
  const { label, path, wanted, file, job } = found;
  if (given.isHeld === true && job.kind === 'absent') return heldStep(given, found);
  const { launchd } = given;
  const wasLoaded = job.kind === 'loaded';
  const before = file.kind === 'file' ? file.text : null;
  return {
    says: wasLoaded ? `${label} was started anew.` : `${label} was started.`,
    exactly: [
      ...(job.kind === 'absent' ? [] : [`/bin/launchctl bootout ${domain}/${label}`]),
      `write ${path}   # root:wheel 0644, ${Buffer.byteLength(wanted)} bytes`,
      `/bin/launchctl enable ${domain}/${label}`,
      `/bin/launchctl bootstrap ${domain} ${path}`,
    ],
    run: async () => {
      const out = await bootOut(launchd, domain, label);
      if (!out.ok) return out;
      const written = writeRootFile(path, wanted);
      if (!written.ok) return written;
      const enabled = await setEnabled(launchd, domain, label, true);
      return enabled.ok ? bootstrap(launchd, domain, label, path) : enabled;
    },
    undo: async () => {
      const out = await bootOut(launchd, domain, label);
      const back = before === null ? removeRootFile(path) : writeRootFile(path, before);
      if (!out.ok || !back.ok) return out.ok ? back : out;
      return wasLoaded && before !== null ? bootstrap(launchd, domain, label, path) : done;
    },
  };
};

const greetingStep = ({ launchd, greets, isInterrupted, places: { runDirectory } }: Installing): Step => ({
  says: 'The keeper answers.',
  exactly: [`wait for the keeper at ${runDirectory}/castellan.sock, ${(greetTries * greetEveryMs) / 1000} s at most`],
  run: async () => {
    let why = '';
    for (let tried = 0; tried < greetTries; tried += 1) {
      const wrong = await greets(runDirectory);
      if (wrong === null) return done;
      if (isInterrupted?.() === true) return notDone('it was interrupted');
      why = wrong;
      await launchd.sleep(greetEveryMs);
    }
    return notDone(`The keeper did not answer within ${(greetTries * greetEveryMs) / 1000} s: ${why}`);
  },
  undo: null,
});

/** Empty: everything is as it should be. */
export const planInstall = (given: Installing, facts: InstallFacts): readonly Step[] => {
  const daemons = facts.daemons.map((found) => daemonStep(given, found)).filter((step) => step !== null);
  return [
    ...(facts.account.kind === 'missing' ? [accountStep(given, facts.account)] : []),
    foldersStep(given),
    ...daemons,
    commandStep(given),
    ...(daemons.length === 0 || given.isHeld === true ? [] : [greetingStep(given)]),
  ].filter((step): step is Step => step !== null);
};
