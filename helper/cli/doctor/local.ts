import { lstatSync } from 'node:fs';
import { totalmem } from 'node:os';
import { checkConfigFile, problemText } from '../../config/load.ts';
import { octal, trustedOwners } from '../../config/trusted-folders.ts';
import { heartbeatAge } from '../../journal/heartbeat.ts';
import { configPath, heartbeatPath } from '../../keeper/life/run-directory.ts';
import { type Failure, failureText } from '../../protocol/errors.ts';
import type { KnownHelper, Ready } from '../../protocol/session.ts';
import type { DoctorCheck } from '../../protocol/verbs.ts';
import { productVersion, protocolVersion } from '../../protocol/version.ts';
import { judgeSocket } from '../client.ts';
import { duration } from '../figures.ts';
import type { Place } from '../place.ts';
import { withoutFile } from '../simulated.ts';

/** Checks that need no keeper. */

const check = (name: string, state: DoctorCheck['state'], found: string, todo = ''): DoctorCheck => ({
  name,
  state,
  found,
  todo,
});

const start = 'Start the keeper: `npm start` in a checkout; on an installed machine launchd starts it by itself.';

export const runDirectoryCheck = ({ runDirectory }: Place): DoctorCheck => {
  const name = 'run directory';
  try {
    const seen = lstatSync(runDirectory);
    const found = `${runDirectory}, owner uid ${seen.uid}, mode ${octal(seen.mode)}`;
    if (!seen.isDirectory()) return check(name, 'fail', `${found}, not a folder`, 'Remove it, then start the keeper.');
    return (seen.mode & 0o022) === 0
      ? check(name, 'ok', found)
      : check(name, 'fail', `${found}: others can write to it`, `chmod go-w ${runDirectory}`);
  } catch {
    return check(name, 'fail', `${runDirectory} does not exist`, start);
  }
};

export const socketCheck = ({ runDirectory, owner }: Place): DoctorCheck => {
  const problem = judgeSocket(runDirectory, owner);
  return problem === null
    ? check('socket', 'ok', 'put there by whom it should be')
    : check('socket', 'fail', problem.detail, problem.code === 'not_running' ? start : problem.todo);
};

/** The keeper renames a fresh file into place every 2 s; other programs judge it by its age alone. */
const lateSeconds = 6;
const staleSeconds = 30;

export const heartbeatCheck = async ({ runDirectory }: Place, wallMs: number): Promise<DoctorCheck> => {
  const name = 'heartbeat';
  const path = heartbeatPath(runDirectory);
  const ageMs = await heartbeatAge(path, wallMs);
  if (ageMs === null) return check(name, 'fail', `${path} does not exist`, start);
  const seconds = ageMs / 1000;
  const found = `${duration(seconds)} old`;
  if (seconds <= lateSeconds) return check(name, 'ok', found);
  return check(
    name,
    seconds <= staleSeconds ? 'warn' : 'fail',
    found,
    'The keeper is gone or hangs: look at its log in the state folder of the run directory, and start it again.',
  );
};

export const configCheck = ({ runDirectory }: Place, uid: number, simulated: boolean): DoctorCheck => {
  const name = 'configuration';
  const path = configPath(runDirectory);
  const checked = checkConfigFile(path, { owners: trustedOwners(uid), totalBytes: totalmem() });
  if (checked.state === 'missing') return check(name, 'ok', `no ${path}: ${withoutFile(simulated)}`);
  if ('failure' in checked) return check(name, 'fail', checked.failure.detail, checked.failure.todo);
  const problems = checked.state === 'valid' ? checked.warnings : checked.problems;
  const found = problems.map((problem) => problemText(path, problem)).join('\n');
  if (checked.state === 'invalid')
    return check(name, 'fail', found, 'Correct it; `castellan config check` tests the file without loading it.');
  return problems.length === 0
    ? check(name, 'ok', `${path} is valid`)
    : check(name, 'warn', found, 'It works; correct it when you next edit the file.');
};

export type Reached =
  | { readonly ok: true; readonly ready: Ready; readonly roundTripMs: number }
  | { readonly ok: false; readonly failure: Failure; readonly helper: KnownHelper | null };

export const keeperCheck = (reached: Reached): DoctorCheck =>
  reached.ok
    ? check('keeper', 'ok', `answers in ${reached.roundTripMs.toFixed(1)} ms; your tier is ${reached.ready.tier}`)
    : check(
        'keeper',
        'fail',
        failureText({ ...reached.failure, todo: '' }).trim(),
        reached.failure.code === 'not_running' ? start : reached.failure.todo,
      );

/** The keeper's version against ours; nothing when no keeper said its version. */
export const versionChecks = (reached: Reached): readonly DoctorCheck[] => {
  const name = 'versions';
  const helper = reached.ok ? reached.ready.helperVersion : reached.helper?.version;
  if (helper === undefined) return [];
  const found = `keeper ${helper}, this program ${productVersion} (protocol ${protocolVersion})`;
  if (!reached.ok && reached.helper?.skew === 'older')
    return [check(name, 'fail', `${found}: the keeper is too old`, 'Update the helper: install the newest package.')];
  if (!reached.ok && reached.helper?.skew === 'newer')
    return [check(name, 'fail', `${found}: this program is too old`, 'Update the command line tool.')];
  return helper === productVersion
    ? [check(name, 'ok', found)]
    : [check(name, 'warn', found, 'Both work together; update the older one when you can.')];
};
