import { ask } from '../ask.ts';
import { type Command, exit, exitCodes, failed, runDirOption } from '../command.ts';
import { placeOf } from '../place.ts';
import { printable } from '../printable.ts';

export const simHelpCommand: Command = {
  name: 'sim help',
  summary: 'what `castellan sim set` can change',
  options: { 'run-dir': runDirOption },
  notes: ['Asks the keeper, which has to run with `--host sim`.'],
  run: async (parsed, io) => {
    const answer = await ask(placeOf(parsed, io), 'sim.set', { key: 'help', value: '' });
    if (!answer.ok) return failed(answer.failure);
    for (const line of answer.result.now.split('\n')) io.out.write(`${printable(line)}\n`);
    return exit(exitCodes.ok);
  },
};
