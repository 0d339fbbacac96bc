import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { withoutIdentity } from '../builder.ts';
import { type Fault, fault } from './input.ts';
import type { Command } from './sign-plan.ts';

/** For a person to read and to paste into a shell. */
const shellWord = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

const commandTimeoutMs = 75 * 60_000;

/** One line for a shell. */
export const shellLine = ({ argv, within, into }: Command): string =>
  [
    ...(within === undefined ? [] : [`cd ${shellWord(within)} &&`]),
    ...argv.map(shellWord),
    ...(into === undefined ? [] : [`> ${shellWord(into)}`]),
  ].join(' ');

/**
 * Runs one to its end; null when it did what it should.
 *
 * @param root where it runs unless it says otherwise
 */
export function carryOut(command: Command, root: string, env: NodeJS.ProcessEnv): Fault | null {
  const { what, argv, mustSay = [], mustNotSay = [], within = root, into } = command;
  const [program, ...args] = argv;
  const run = spawnSync(program, args, {
    cwd: within,
    encoding: 'utf8',
    timeout: commandTimeoutMs,
    maxBuffer: 2 ** 26,
    env: withoutIdentity(env),
  });
  const output = `${run.stdout ?? ''}${run.stderr ?? ''}`.trim();
  const missing = mustSay.find((words) => !output.includes(words));
  const foreign = mustNotSay.find((words) => output.includes(words));
  const unlike = missing === undefined ? foreign && `it said "${foreign}"` : `it did not say "${missing}"`;
  if (run.status === 0 && unlike === undefined) {
    if (into !== undefined) writeFileSync(into, run.stdout);
    return null;
  }
  const why = run.error?.message ?? (run.status === 0 ? unlike : (run.signal ?? `code ${run.status}`));
  return fault('command_failed', `${what}: ${why}\n${shellLine(command)}\n${output}`);
}
