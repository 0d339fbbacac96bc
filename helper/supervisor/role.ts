import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { trustedOwners } from '../config/trusted-folders.ts';
import { createLog } from '../journal/log.ts';
import { findRunDirectory, prepareRunDirectory } from '../keeper/run-directory.ts';
import { lockRunDirectory } from '../keeper/run-lock.ts';
import { failureText } from '../protocol/index.ts';
import { createDefine } from './define.ts';
import { readServices } from './folder.ts';
import { createJobs } from './jobs.ts';
import { launch } from './launch.ts';
import { servicesPath, supervisorSocketPath } from './places.ts';
import { bootId } from './proc.ts';
import { type SupervisorServer, startServer } from './server.ts';
import { readState, removeState, writeState } from './state-file.ts';

export const supervisorUsage = `castellan supervisor: keeps services running on Linux as launchd does on macOS, from the
property lists in DIR/services. It goes on when the keeper ends.

  --run-dir DIR    sockets and state (default: the installed or the development folder)
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
  let flags: { readonly 'run-dir'?: string | undefined; readonly help?: boolean | undefined };
  try {
    const options = { 'run-dir': { type: 'string' }, help: { type: 'boolean', short: 'h' } } as const;
    flags = parseArgs({ args: [...argv], options }).values;
  } catch (error) {
    return wrong(`${error instanceof Error ? error.message : String(error)}\n${supervisorUsage}`, exitCodes.usage);
  }
  if (flags.help === true) {
    process.stdout.write(`${supervisorUsage}\n`);
    return 0;
  }
  if (process.platform !== 'linux') return wrong('on this system launchd does this.', exitCodes.unavailable);
  const asked = new Promise<string>((resolve) => {
    for (const signal of stopSignals) process.once(signal, () => resolve(signal));
  });
  return supervise(flags['run-dir'], asked);
};

const supervise = async (flag: string | undefined, asked: Promise<string>): Promise<number> => {
  const uid = process.getuid?.() ?? 0;
  const prepared = prepareRunDirectory(
    findRunDirectory({ flag, platform: process.platform, uid, env: process.env }),
    uid,
  );
  if (!prepared.ok) return wrong(failureText(prepared.failure), exitCodes.refused);
  const lock = lockRunDirectory(prepared.statePath, 'supervisor.lock');
  if (!lock.ok) {
    const code = lock.failure.code === 'already_running' ? exitCodes.already_running : exitCodes.refused;
    return wrong(failureText(lock.failure), code);
  }
  try {
    return await run(prepared.path, prepared.statePath, uid, asked);
  } finally {
    lock.release();
  }
};

const run = async (runDirectory: string, statePath: string, uid: number, asked: Promise<string>): Promise<number> => {
  const owners = trustedOwners(uid);
  const log = createLog({ directory: join(statePath, 'logs'), name: 'supervisor', console: true });
  const folder = servicesPath(runDirectory);
  const stateFile = join(statePath, 'supervisor.json');
  const boot = bootId();
  mkdirSync(folder, { recursive: true, mode: 0o755 });

  const holder: { server: SupervisorServer | null } = { server: null };
  const jobs = createJobs({
    readServices: () => readServices(folder, owners),
    launch: (spec, token) => launch(spec, token, owners, uid),
    save: (state) => {
      const trouble = writeState(stateFile, { bootId: boot, ...state });
      // The jobs matter more than the file: without it a killed supervisor's jobs are not taken over.
      if (trouble !== null) log.error(`state not written: ${trouble}`);
    },
    onChange: () => holder.server?.publish(),
    log,
  });

  const started = await startServer(supervisorSocketPath(runDirectory), jobs, createDefine(folder, owners), log.warn);
  if (!started.ok) return wrong(failureText(started.failure), exitCodes.refused);
  holder.server = started.server;
  const left = readState(stateFile, owners, boot);
  if (left.kind === 'unusable') log.error(`${left.detail}; jobs of an earlier supervisor are not taken over`);
  jobs.open(left.kind === 'read' ? left.state : null);
  log.notice(`supervisor started, pid ${process.pid}, ${folder}`);

  const why = await asked;
  await jobs.drain();
  await started.server.close();
  removeState(stateFile);
  log.notice(`supervisor stopped: ${why}`);
  return 0;
};
