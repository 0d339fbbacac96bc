import { simKeys } from '../../host/sim/keys.ts';
import { ask } from '../ask.ts';
import { type Command, exit, exitCodes, failed, runDirOption } from '../command.ts';
import { twoColumns } from '../help.ts';
import { placeOf } from '../place.ts';
import { printable } from '../printable.ts';

/** What the keeper says beyond the keys: the scenarios it knows. */
const scenarios = /Scenarios: .*$/s;

export const simHelpCommand: Command = {
  name: 'sim help',
  summary: 'what `castellan sim set` can change',
  options: { 'run-dir': runDirOption },
  notes: ['Asks the keeper, which has to run with `--host sim`.'],
  run: async (parsed, io) => {
    const answer = await ask(placeOf(parsed, io), 'sim.set', { key: 'help', value: '' });
    if (!answer.ok) return failed(answer.failure);
    const keys = Object.entries(simKeys).filter(([, { form }]) => form !== '');
    const rows = twoColumns(keys.map(([key, { form, does }]) => [`${key} ${form}`, does] as const));
    const more = scenarios.exec(answer.result.now)?.[0];
    io.out.write(`${rows.join('\n')}\n${more === undefined ? '' : `\n${printable(more)}\n`}`);
    return exit(exitCodes.ok);
  },
};
