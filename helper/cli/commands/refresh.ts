import { ask } from '../ask.ts';
import { type Command, exitCodes, failed, jsonOption, runDirOption } from '../command.ts';
import { placeOf } from '../place.ts';
import { tell } from '../relief/print.ts';

export const refreshCommand: Command = {
  name: 'refresh',
  summary: 'have keeper, deadman and gateway end in order, to be started anew',
  options: { json: jsonOption, 'run-dir': runDirOption },
  notes: [
    'For root and the user at the console, after an update: launchd starts all three from the files that are there now.',
    'What is frozen is resumed before; seats serve on, and what is set in the kernel holds. Exit code 1 when something',
    'could not be resumed: then the deadman stays, and resumes it.',
  ],
  run: async (parsed, io) => {
    const answer = await ask(placeOf(parsed, io), 'keeper.refresh', {});
    if (!answer.ok) return failed(answer.failure);
    const { resumed, left } = answer.result;
    const first =
      resumed === 0
        ? 'Nothing was frozen.'
        : `${resumed} frozen ${resumed === 1 ? 'process runs' : 'processes run'} again.`;
    const lines = [first, ...left, 'The keeper ends now, to be started anew.'];
    return tell(parsed, io, answer.result, lines, left.length === 0 ? exitCodes.ok : exitCodes.findings);
  },
};
