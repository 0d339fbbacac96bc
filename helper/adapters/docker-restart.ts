import { spawn } from 'node:child_process';
import type { DockerReply } from './docker-wire.ts';
import { plainNote, problem } from './wire.ts';

/** The operator's command that starts the machine of the containers anew: a program and its arguments, no shell. */

/** What Homebrew's programs need to find one another; nothing of the keeper's. */
const path = '/opt/homebrew/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin';
const mostSaid = 4_096;

const lastLine = (text: string): string => text.trim().split('\n').at(-1) ?? '';

export const restart = (
  argv: readonly string[],
  user: { readonly homedir: string; readonly username: string },
  limitMs: number,
): Promise<DockerReply> =>
  new Promise((resolve) => {
    const [program, ...rest] = argv;
    if (program === undefined || !program.startsWith('/'))
      return resolve(problem('bad_request', 'the command to restart with has no whole path'));
    const child = spawn(program, rest, {
      // Not its home, which an account need not have.
      cwd: '/',
      env: { HOME: user.homedir, USER: user.username, LOGNAME: user.username, PATH: path },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    const end = (reply: DockerReply): void => {
      clearTimeout(limit);
      // What it leaves running may hold on to it.
      child.stderr.destroy();
      child.unref();
      resolve(reply);
    };
    const limit = setTimeout(() => {
      child.kill('SIGKILL');
      end({ ok: true, op: 'restart', code: null, note: `it did not end within ${Math.round(limitMs / 1_000)} s` });
    }, limitMs);
    child.stderr.on('data', (part: Buffer) => {
      said = (said + part.toString('utf8')).slice(-mostSaid);
    });
    child.once('error', (fault) => end(problem('refused', `it cannot be run: ${fault.message}`)));
    // Not `close`: a machine that it started inherits what it says.
    child.once('exit', (code, signal) =>
      end({ ok: true, op: 'restart', code, note: plainNote(signal === null ? lastLine(said) : `ended by ${signal}`) }),
    );
  });
