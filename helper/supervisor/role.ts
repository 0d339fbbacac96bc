import { mkdirSync } from 'node:fs';
import { totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { checkConfigFile } from '../config/load.ts';
import { trustedOwners } from '../config/trusted-folders.ts';
import { definePlists } from '../install/define-plists.ts';
import { prepareSeatLogs } from '../install/seat-logs.ts';
import { createLog, type Log } from '../journal/log.ts';
import { configPath, findRunDirectory, prepareRunDirectory } from '../keeper/life/run-directory.ts';
import { lockRunDirectory } from '../keeper/life/run-lock.ts';
import { failureText } from '../protocol/index.ts';
import { createDefine, type Define } from './define.ts';
import { readServices } from './folder.ts';
import { createJobs } from './jobs.ts';
import { launch } from './launch.ts';
import { seatLogsPath, servicesPath, supervisorSocketPath } from './places.ts';
import { bootId } from './proc.ts';
import { type SupervisorServer, startServer } from './server.ts';
import { readState, removeState, writeState } from './state-file.ts';

export const supervisorUsage = `castellan supervisor: keeps services running on Linux as launchd does on macOS, from the
property lists in DIR/services. It goes on when the keeper ends. A signal ends it and its services; a second one kills
what has not ended yet.

  --run-dir DIR    sockets and state (default: the installed or the development folder)
  --config FILE    castellan.toml (default: the one that belongs to the run directory)
  --help           this text`;

/** sysexits.h: EX_USAGE, EX_UNAVAILABLE, EX_TEMPFAIL (another one is there), EX_CONFIG (the folder is not as it must be). */
const exitCodes = { usage: 64, unavailable: 69, already_running: 75, refused: 78 } as const;

const stopSignals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

const wrong = (text: string, code: number): number => {
  process.stderr.write(`castellan supervisor: ${text}\n`);
  return code;
};

/** `castellan supervisor`: runs until a signal ends it and all its jobs. Resolves to the exit code. */
export const runSupervisor = async (argv: readonly string[]): Promise<number> => {
  let flags: Flags & { readonly help?: boolean | undefined };
  try {
    const options = {
      'run-dir': { type: 'string' },
      config: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    } as const;
    flags = parseArgs({ args: [...argv], options }).values;
  } catch (error) {
    return wrong(`${error instanceof Error ? error.message : String(error)}\n${supervisorUsage}`, exitCodes.usage);
  }
  if (flags.help === true) {
    process.stdout.write(`${supervisorUsage}\n`);
    return 0;
  }
  if (process.platform !== 'linux') return wrong('on this system launchd does this.', exitCodes.unavailable);
  return supervise(flags, hearSignals());
};

interface Flags {
  readonly 'run-dir'?: string | undefined;
  readonly config?: string | undefined;
}

interface Asked {
  /** Which signal came first. */
  readonly end: Promise<string>;
  /** Calls back at the second. */
  readonly onHurry: (listener: () => void) => void;
}

const hearSignals = (): Asked => {
  const second = new AbortController();
  const end = new Promise<string>((resolve) => {
    let isEnding = false;
    const heard = (signal: string): void => {
      if (isEnding) second.abort();
      isEnding = true;
      resolve(signal);
    };
    for (const signal of stopSignals) process.on(signal, heard);
  });
  const onHurry: Asked['onHurry'] = (listener) => {
    if (second.signal.aborted) listener();
    else second.signal.addEventListener('abort', listener);
  };
  return { end, onHurry };
};

const supervise = async (flags: Flags, asked: Asked): Promise<number> => {
  const uid = process.getuid?.() ?? 0;
  const prepared = prepareRunDirectory(
    findRunDirectory({ flag: flags['run-dir'], platform: process.platform, uid, env: process.env }),
    uid,
  );
  if (!prepared.ok) return wrong(failureText(prepared.failure), exitCodes.refused);
  const lock = lockRunDirectory(prepared.statePath, 'supervisor.lock');
  if (!lock.ok) {
    const code = lock.failure.code === 'already_running' ? exitCodes.already_running : exitCodes.refused;
    return wrong(failureText(lock.failure), code);
  }
  try {
    const config = flags.config === undefined ? configPath(prepared.path) : resolve(flags.config);
    return await run(prepared.path, prepared.statePath, config, uid, asked);
  } finally {
    lock.release();
  }
};

/**
 * Before the lists are loaded, so that what starts by itself is what castellan.toml has as protected now: the lists that are
 * there may be of an earlier one. Without a file that can be used they stay as they are.
 */
const renewPlists = async (
  file: string,
  runDirectory: string,
  owners: readonly number[],
  define: Define,
  log: Log,
): Promise<void> => {
  const checked = checkConfigFile(file, { owners, totalBytes: totalmem() });
  if (checked.state === 'missing') return;
  if (checked.state !== 'valid') {
    log.warn(
      `${file} cannot be used, so the property lists of seats stay as they are; \`castellan config check\` says why`,
    );
    return;
  }
  const services = { define: async (label: string, plist: string) => define(label, plist) };
  await definePlists(services, checked.config.seats, (level, text) => log[level](text), runDirectory);
};

const run = async (
  runDirectory: string,
  statePath: string,
  configFile: string,
  uid: number,
  asked: Asked,
): Promise<number> => {
  const owners = trustedOwners(uid);
  const log = createLog({ directory: join(statePath, 'logs'), name: 'supervisor', console: true });
  const folder = servicesPath(runDirectory);
  const stateFile = join(statePath, 'supervisor.json');
  const boot = bootId();
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  for (const trouble of prepareSeatLogs(runDirectory, [])) log.warn(trouble);
  const define = createDefine(folder, owners);
  const outputs = { owners, seatLogs: seatLogsPath(runDirectory) };

  const holder: { server: SupervisorServer | null } = { server: null };
  const jobs = createJobs({
    readServices: () => readServices(folder, owners),
    launch: (spec, token) => launch(spec, token, outputs, uid),
    save: (state) => {
      const trouble = writeState(stateFile, { bootId: boot, ...state });
      // The jobs matter more than the file: without it a killed supervisor's jobs are not taken over.
      if (trouble !== null) log.error(`state not written: ${trouble}`);
    },
    onChange: () => holder.server?.publish(),
    log,
  });

  const started = await startServer(supervisorSocketPath(runDirectory), jobs, define, log.warn);
  if (!started.ok) return wrong(failureText(started.failure), exitCodes.refused);
  holder.server = started.server;
  const left = readState(stateFile, owners, boot);
  if (left.kind === 'unusable') log.error(`${left.detail}; jobs of an earlier supervisor are not taken over`);
  await renewPlists(configFile, runDirectory, owners, define, log);
  jobs.open(left.kind === 'read' ? left.state : null);
  log.notice(`supervisor started, pid ${process.pid}, ${folder}`);

  const why = await asked.end;
  const drained = jobs.drain();
  asked.onHurry(jobs.hurry);
  await drained;
  await started.server.close();
  removeState(stateFile);
  log.notice(`supervisor stopped: ${why}`);
  return 0;
};
