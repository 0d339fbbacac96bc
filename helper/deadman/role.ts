import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { type Alerts, createAlerts } from '../journal/alerts.ts';
import { findRunDirectory, prepareRunDirectory } from '../keeper/life/run-directory.ts';
import { failureText } from '../protocol/errors.ts';
import { readBoot } from './boot.ts';
import { type DeadmanOptions, startDeadman } from './deadman.ts';
import { placesIn } from './places.ts';
import { createRestart, execute } from './restart.ts';
import { startsReader } from './starts.ts';
import { type DeadmanTimes, deadmanTimes } from './times.ts';

const usage = `castellan deadman: resumes frozen processes when the keeper is gone or hangs.

  --run-dir DIR    run directory of the keeper (default: the installed or the development folder)
  --help           this text`;

/** sysexits.h, as the keeper's: EX_USAGE, EX_TEMPFAIL (another deadman is there), EX_CONFIG (the folder is unfit). */
const exitCodes = { usage: 64, already_running: 75, refused: 78 } as const;

const stopSignals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/** To stderr: a service manager keeps it, and there is nothing between us and the line. */
const log = (text: string): void => {
  process.stderr.write(`deadman: ${text}\n`);
};

const alertsIn = (statePath: string): DeadmanOptions['alert'] => {
  let alerts: Alerts | null = null;
  // When the first alert comes: preparing the file asks the disk on threads that would otherwise never be started.
  const open = (): Alerts => {
    const directory = join(statePath, 'deadman');
    try {
      // Its own folder: the keeper appends to alerts.jsonl of its own, and renames it when it is full.
      mkdirSync(directory, { mode: 0o700, recursive: true });
    } catch {
      // Every alert goes to the log as well.
    }
    return createAlerts({ directory });
  };
  return (kind, subject, detail) => {
    alerts ??= open();
    const { ok, told } = alerts.raise({ kind, subject, detail, wallMs: Date.now() });
    if (told || !ok) log(`${kind}, ${subject}: ${detail}`);
  };
};

export interface DeadmanPlace {
  readonly runDirectory: string;
  readonly statePath: string;
  readonly times: DeadmanTimes;
}

/** The deadman of this machine: real processes, real signals. */
export const machineOptions = async ({ runDirectory, statePath, times }: DeadmanPlace): Promise<DeadmanOptions> => {
  const { platform } = process;
  const readStarts = startsReader(platform);
  return {
    places: placesIn(runDirectory),
    times,
    surroundings: {
      boot: await readBoot(platform),
      host: platform === 'darwin' ? 'darwin' : 'linux',
      self: process.pid,
    },
    readStarts,
    restartKeeper: createRestart({
      platform,
      runDirectory,
      readStarts,
      execute,
      kill: (pid) => {
        process.kill(pid, 'SIGKILL');
      },
    }),
    continue: (pid) => {
      process.kill(pid, 'SIGCONT');
    },
    alert: alertsIn(statePath),
    log,
  };
};

type Parsed = { readonly kind: 'run'; readonly runDirectory: string | undefined } | { readonly kind: 'help' };

const parse = (argv: readonly string[]): Parsed | string => {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: { 'run-dir': { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    });
    return values.help === true ? { kind: 'help' } : { kind: 'run', runDirectory: values['run-dir'] };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};

/**
 * Compiled code would be memory for nothing here: what runs, runs a few times a second at most. Measured after 600 freezes:
 * 2 MB less anonymous memory, and no growth from then on.
 */
const stayInterpreted = (): void => {
  for (const flag of ['--no-opt', '--no-maglev', '--no-sparkplug', '--optimize-for-size']) setFlagsFromString(flag);
};

/** `castellan deadman`: runs until a signal ends it. Resolves to the exit code. */
export const runDeadman = async (argv: readonly string[], times: DeadmanTimes = deadmanTimes): Promise<number> => {
  const parsed = parse(argv);
  if (typeof parsed === 'string') {
    process.stderr.write(`castellan deadman: ${parsed}\n${usage}\n`);
    return exitCodes.usage;
  }
  if (parsed.kind === 'help') {
    process.stdout.write(`${usage}\n`);
    return 0;
  }
  stayInterpreted();
  const asked = new Promise<void>((resolve) => {
    for (const signal of stopSignals) process.once(signal, () => resolve());
  });
  const uid = process.getuid?.() ?? 0;
  const found = findRunDirectory({ flag: parsed.runDirectory, platform: process.platform, uid, env: process.env });
  const prepared = prepareRunDirectory(found, uid);
  if (!prepared.ok) {
    process.stderr.write(`castellan deadman: ${failureText(prepared.failure)}\n`);
    return exitCodes.refused;
  }
  const options = await machineOptions({ runDirectory: prepared.path, statePath: prepared.statePath, times });
  const started = await startDeadman(options);
  if (!started.ok) {
    // The table's sentence is the keeper's.
    const isOther = started.failure.code === 'already_running';
    const why = isOther ? 'Another deadman already uses this run directory.' : failureText(started.failure);
    process.stderr.write(`castellan deadman: ${why}\n`);
    return isOther ? exitCodes.already_running : exitCodes.refused;
  }
  log(`started, pid ${process.pid}, ${prepared.path}`);
  await asked;
  await started.deadman.close();
  return 0;
};
