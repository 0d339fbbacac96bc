import { realpathSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { runCommand } from '../../install/command-runner.ts';
import { partFrom, resumeAll } from '../../install/keeper-port.ts';
import { createLaunchctlPort } from '../../install/launchd.ts';
import { installPlaces } from '../../install/places.ts';
import { type Uninstalling, uninstall, whyNotOurs } from '../../install/uninstall.ts';
import { buildStamp } from '../../protocol/build-stamp.ts';
import { failure } from '../../protocol/errors.ts';
import { type Command, exit, exitCodes, failed, flag, jsonOption, type Outcome } from '../command.ts';
import { printable, printableJson } from '../printable.ts';
import { whyNotHere } from './install.ts';

/** All of `castellan uninstall` but the machine it is about. `tell` gets what came of it, for programs. */
export const uninstallFrom = async (given: Uninstalling, tell: (result: unknown) => void): Promise<Outcome> => {
  const registered = await whyNotOurs(given);
  if (registered !== null) return failed(failure('uninstall_failed', registered));
  const result = await uninstall(given);
  tell(result);
  if (result.left.length > 0) return failed(failure('uninstall_failed', result.left.join(' ')));
  given.say(
    given.withData
      ? 'Castellan is gone, with its data.'
      : `Castellan is gone; its data is kept in ${given.places.support}.`,
  );
  return exit(exitCodes.ok);
};

export const uninstallCommand: Command = {
  name: 'uninstall',
  summary: 'resume and give back everything, and take the daemons out of launchd (macOS)',
  options: {
    'remove-data': { type: 'boolean', help: 'also history, audit log, castellan.toml and the account _castellan' },
    json: jsonOption,
  },
  notes: [
    'For root. What is frozen runs again and bands and the GPU’s limit are given back before anything ends; seats serve on.',
    'Where no keeper answers, the deadman resumes what is frozen before it is ended itself. What does not succeed is named,',
    'with exit code 1, and a second run goes on there. What Castellan.app registered is removed by the app.',
  ],
  run: async (parsed, io) => {
    const refusal = whyNotHere(io, false);
    if (refusal !== null) return refusal;
    const isJson = flag(parsed, 'json');
    const say = (line: string): void => {
      if (!isJson) io.out.write(`${printable(line)}\n`);
    };
    const isDevelopment = buildStamp === null;
    const withData = flag(parsed, 'remove-data');
    const given: Uninstalling = {
      launchd: { launchctl: createLaunchctlPort(), sleep },
      run: runCommand,
      places: installPlaces(isDevelopment),
      executable: realpathSync(process.execPath),
      isDevelopment,
      withData,
      part: partFrom(withData),
      resume: resumeAll(say),
      say,
    };
    const removeInterrupt = io.onInterrupt(() => io.err.write('It goes on: what is half removed serves nobody.\n'));
    try {
      return await uninstallFrom(given, (result) => {
        if (isJson) io.out.write(`${printableJson(result, 2)}\n`);
      });
    } finally {
      removeInterrupt();
    }
  },
};
