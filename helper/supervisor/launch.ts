import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { accountFor } from './account.ts';
import { type OutputRules, openOutput } from './output.ts';
import { startVariable } from './proc.ts';
import type { JobSpec } from './spec.ts';

export type Launched =
  | { readonly ok: true; readonly child: ChildProcess; readonly pid: number }
  | { readonly ok: false; readonly detail: string };

/** What launchd gives its daemons (`launchctl print system`, default environment); nothing of ours is passed on. */
const path = '/usr/bin:/bin:/usr/sbin:/sbin';

/**
 * Starts a job in a session and process group of its own, so that a signal reaches all of it and a Ctrl-C in the terminal
 * of the supervisor reaches none of it. `token` names this start among all others.
 */
export const launch = (spec: JobSpec, token: string, rules: OutputRules, ownUid: number): Launched => {
  const found = accountFor(spec.userName, ownUid);
  if (!found.ok) return found;
  const { account } = found;
  const out = openOutput(spec.standardOut, rules, account);
  if (!out.ok) return out;
  const error =
    spec.standardError !== null && spec.standardError === spec.standardOut
      ? out
      : openOutput(spec.standardError, rules, account);
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
