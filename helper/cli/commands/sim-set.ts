import { ask } from '../ask.ts';
import { type Command, exit, exitCodes, failed, runDirOption } from '../command.ts';
import { placeOf } from '../place.ts';
import { printable } from '../printable.ts';

export const simSetCommand: Command = {
  name: 'sim set',
  summary: 'change the simulated machine',
  takes: 'KEY VALUE…',
  positionals: { min: 2, max: 16 },
  options: { 'run-dir': runDirOption },
  notes: ['Only with a keeper that runs with `--host sim`. `castellan sim help` lists the keys.'],
  run: async (parsed, io) => {
    const [key = '', ...values] = parsed.positionals;
    const answer = await ask(placeOf(parsed, io), 'sim.set', { key, value: values.join(' ') });
    if (!answer.ok) return failed(answer.failure);
    io.out.write(`${printable(answer.result.now)}\n`);
    return exit(exitCodes.ok);
  },
};
