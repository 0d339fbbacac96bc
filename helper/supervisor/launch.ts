import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { errorCode, judgeFolders } from '../config/trusted-folders.ts';
import { accountFor } from './account.ts';
import { startVariable } from './proc.ts';
import type { JobSpec } from './spec.ts';

export type Launched =
  | { readonly ok: true; readonly child: ChildProcess; readonly pid: number }
  | { readonly ok: false; readonly detail: string };

/** What launchd gives its daemons (`launchctl print system`, default environment); nothing of ours is passed on. */
const path = '/usr/bin:/bin:/usr/sbin:/sbin';

type Output = { readonly ok: true; readonly fd: number | 'ignore' } | { readonly ok: false; readonly detail: string };

const { O_WRONLY, O_CREAT, O_APPEND, O_NOFOLLOW, O_NONBLOCK, O_NOCTTY } = constants;

/** Opened with the supervisor's rights, so only where nobody else can have put something in its place. */
const openOutput = (file: string | null, owners: readonly number[]): Output => {
  if (file === null || file === '/dev/null') return { ok: true, fd: 'ignore' };
  const folder = judgeFolders(dirname(file), owners);
  if (folder.kind !== 'trusted')
    return { ok: false, detail: folder.kind === 'missing' ? `${folder.path} does not exist` : folder.detail };
  try {
    const fd = openSync(file, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0o644);
    const seen = fstatSync(fd);
    if (seen.isFile() && owners.includes(seen.uid) && seen.nlink === 1) return { ok: true, fd };
    closeSync(fd);
    return { ok: false, detail: `${file} is not a file of the supervisor's own` };
  } catch (error) {
    return { ok: false, detail: `${file}: ${errorCode(error)}` };
  }
};

/**
 * Starts a job in a session and process group of its own, so that a signal reaches all of it and a Ctrl-C in the terminal
 * of the supervisor reaches none of it. `token` names this start among all others.
 */
export const launch = (spec: JobSpec, token: string, owners: readonly number[], ownUid: number): Launched => {
  const found = accountFor(spec.userName, ownUid);
  if (!found.ok) return found;
  const { account } = found;
  const out = openOutput(spec.standardOut, owners);
  if (!out.ok) return out;
  const error =
    spec.standardError !== null && spec.standardError === spec.standardOut
      ? out
      : openOutput(spec.standardError, owners);
  const close = (): void => {
    for (const fd of new Set([out.fd, error.ok ? error.fd : 'ignore'])) if (typeof fd === 'number') closeSync(fd);
  };
  if (!error.ok) {
    close();
    return error;
  }
  try {
    const child = spawn(spec.program, spec.argv.slice(1), {
      argv0: spec.argv[0] ?? spec.program,
      cwd: spec.workingDirectory ?? '/',
      detached: true,
      stdio: ['ignore', out.fd, error.fd],
      ...(account.uid === ownUid ? {} : { uid: account.uid, gid: account.gid }),
      env: {
        PATH: path,
        HOME: account.home,
        USER: account.name,
        LOGNAME: account.name,
        XPC_SERVICE_NAME: spec.label,
        ...spec.environment,
        [startVariable]: token,
      },
    });
    // A program that is not there is told by an event as well; without a listener it would end the supervisor.
    child.on('error', () => {});
    return child.pid === undefined
      ? {
          ok: false,
          detail: `${spec.program} cannot be run: it, or its working directory, is not there or not allowed`,
        }
      : { ok: true, child, pid: child.pid };
  } catch (fault) {
    return { ok: false, detail: fault instanceof Error ? fault.message : String(fault) };
  } finally {
    close();
  }
};
