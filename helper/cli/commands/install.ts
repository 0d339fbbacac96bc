import { isSea } from 'node:sea';
import { setTimeout as sleep } from 'node:timers/promises';
import { runCommand } from '../../install/command-runner.ts';
import { consoleUid } from '../../install/console-account.ts';
import { type Found, loadedRetired } from '../../install/cutover/retired.ts';
import { judgeExecutable } from '../../install/executable-trust.ts';
import { findInstallFacts, type Installing, planInstall, whyNotPlannable } from '../../install/installation.ts';
import { greets } from '../../install/keeper-port.ts';
import { createLaunchctlPort } from '../../install/launchd.ts';
import { installPlaces } from '../../install/places.ts';
import { carryOut } from '../../install/steps.ts';
import { buildStamp } from '../../protocol/build-stamp.ts';
import { failure } from '../../protocol/errors.ts';
import { type Command, exit, exitCodes, failed, flag, type Io, type Outcome } from '../command.ts';
import { printable } from '../printable.ts';

const writer =
  ({ out }: Io) =>
  (line: string): void =>
    out.write(`${printable(line)}\n`);

/** Null: it may go on. Who only wants to see the plan need not be root. */
export const whyNotHere = (io: Io, isDryRun: boolean, platform: string = process.platform): Outcome | null => {
  if (platform !== 'darwin') return failed(failure('only_on_mac', `this is ${platform}`));
  return io.uid === 0 || isDryRun ? null : failed(failure('needs_root'));
};

/** All of `castellan install` but the machine it is about. */
export const installOn = async (
  given: Installing,
  isDryRun: boolean,
  say: (line: string) => void,
): Promise<Outcome> => {
  const facts = await findInstallFacts(given);
  const unknown = whyNotPlannable(facts);
  if (unknown.length > 0) return failed(failure('install_failed', `nothing was begun: ${unknown.join('; ')}`));
  const steps = planInstall(given, facts);
  if (steps.length === 0) {
    say('Castellan is installed already, as it should be. After an update: `castellan refresh`.');
    return exit(exitCodes.ok);
  }
  if (isDryRun) {
    for (const { exactly } of steps) for (const line of exactly) say(line);
    return exit(exitCodes.ok);
  }
  const { failed: wrong, left } = await carryOut(steps, say, given.isInterrupted);
  if (wrong === null) {
    say(
      given.isHeld === true
        ? 'Castellan is installed, and started by `castellan cutover` once it has retired the services named above.'
        : 'Castellan is installed. It begins in a dry run: relief is only shown.',
    );
    return exit(exitCodes.ok);
  }
  return failed(failure('install_failed', [`${wrong.step} ${wrong.why}`, ...left].join('; ')));
};

/** Nobody is logged in at the screen, so nobody's agents run. */
const nobodys: Found = { ok: true, loaded: [] };

export const installCommand: Command = {
  name: 'install',
  summary: 'have launchd run this program as root, without the app (macOS)',
  options: { 'dry-run': { type: 'boolean', help: 'print every command and file, and change nothing' } },
  notes: [
    'For root. Makes the account _castellan for the gateway, the folders and the three property lists, starts the daemons',
    'and waits until the keeper answers; when a step fails, what was done is undone. A second run finds nothing to do.',
    'Refuses a program that others than root can change, and one in a checkout or a build folder. Who uses Castellan.app',
    'does not need it: the app registers its daemons itself. A development build has labels that end in .dev.',
    'While services that Castellan takes the place of are loaded, it starts nothing: `castellan cutover` does.',
  ],
  run: async (parsed, io) => {
    const isDryRun = flag(parsed, 'dry-run');
    const refusal = whyNotHere(io, isDryRun);
    if (refusal !== null) return refusal;
    // Node itself would be what launchd starts.
    if (!isSea())
      return failed(failure('in_build_tree', 'this is a checkout, run by Node; build the executable first'));
    const judged = judgeExecutable(process.execPath);
    if (!judged.ok) return failed(judged.failure);
    const isDevelopment = buildStamp === null;
    const launchd = { launchctl: createLaunchctlPort(), sleep };
    const uid = consoleUid();
    const old = uid === null ? nobodys : await loadedRetired(launchd, uid);
    if (!old.ok) return failed(failure('install_failed', `nothing was begun: ${old.why}`));
    const isHeld = old.loaded.length > 0;
    if (isHeld)
      io.err.write(`${old.loaded.join(', ')} watch memory here already, and both sides never run together.\n`);
    let isInterrupted = false;
    const removeInterrupt = io.onInterrupt(() => {
      isInterrupted = true;
      io.err.write('Interrupted: this step is finished first, then what has been done is undone.\n');
    });
    const given: Installing = {
      launchd,
      isHeld,
      run: runCommand,
      places: installPlaces(isDevelopment),
      executable: judged.path,
      isDevelopment,
      greets,
      isInterrupted: () => isInterrupted,
    };
    try {
      return await installOn(given, isDryRun, writer(io));
    } finally {
      removeInterrupt();
    }
  },
};
