import { problemText } from '../../config/load.ts';
import { configPath } from '../../keeper/life/run-directory.ts';
import type { Answer } from '../../protocol/session.ts';
import type { ConfigProblem } from '../../protocol/status.ts';
import { withClient } from '../ask.ts';
import { type ExitCode, exitCodes, type Io } from '../command.ts';
import type { Place } from '../place.ts';
import { printable } from '../printable.ts';
import type { ReloadOutput } from './output.ts';

/** The keeper reads its castellan.toml again, and what it says of it. */

export const reload = (place: Place): Promise<Answer<ReloadOutput>> =>
  withClient<ReloadOutput>(place, async (client) => {
    const [answer, status] = await Promise.all([
      client.request('config.reload', {}),
      client.request('read.status', {}),
    ]);
    if (!answer.ok) return answer;
    const path = status.ok ? status.result.config.path : configPath(place.runDirectory);
    return { ok: true, result: { ...answer.result, path } };
  });

export const sayProblems = (
  { out }: Io,
  severity: 'error' | 'warning',
  path: string,
  problems: readonly ConfigProblem[],
): void => {
  for (const problem of problems) out.write(`${severity}: ${printable(problemText(path, problem))}\n`);
};

/** Says what changed, or why nothing did; gives the exit code that goes with it. */
export const sayReloaded = (io: Io, { loaded, diff, problems, path }: ReloadOutput): ExitCode => {
  sayProblems(io, loaded ? 'warning' : 'error', path, problems);
  if (!loaded) {
    io.out.write('Nothing was loaded; the configuration before stays in force.\n');
    return exitCodes.findings;
  }
  for (const line of diff) io.out.write(`${printable(line)}\n`);
  io.out.write(diff.length === 0 ? 'Loaded; nothing changed.\n' : 'Loaded.\n');
  return exitCodes.ok;
};
