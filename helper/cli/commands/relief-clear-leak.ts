import { ask } from '../ask.ts';
import { type Command, failed, jsonOption, runDirOption } from '../command.ts';
import { placeOf } from '../place.ts';
import { tell } from '../relief/print.ts';

export const reliefClearLeakCommand: Command = {
  name: 'relief clear-leak',
  summary: 'declare the wired memory that a seat left behind as accounted for',
  options: { json: jsonOption, 'run-dir': runDirOption },
  notes: ['For root and the user at the console. It frees nothing: it ends the warning and what the warning forbids.'],
  run: async (parsed, io) => {
    const answer = await ask(placeOf(parsed, io), 'relief.clear_leak', {});
    if (!answer.ok) return failed(answer.failure);
    return tell(parsed, io, { cleared: true }, ['The wired memory that did not come back counts as accounted for.']);
  },
};
