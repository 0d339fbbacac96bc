import { ask } from '../ask.ts';
import { type Command, failed, jsonOption, runDirOption, usage } from '../command.ts';
import { placeOf } from '../place.ts';
import { tell } from '../relief/print.ts';

const longestLabel = 128;

export const reliefRestoreCommand: Command = {
  name: 'relief restore',
  summary: 'bring back a service that was shed',
  takes: 'LABEL',
  positionals: { min: 1, max: 1 },
  options: { json: jsonOption, 'run-dir': runDirOption },
  notes: ['For root and the user at the console; also for one that stays down. `castellan relief` lists the labels.'],
  run: async (parsed, io) => {
    const [label = ''] = parsed.positionals;
    if (label.length > longestLabel) return usage(`LABEL has at most ${longestLabel} characters`);
    const answer = await ask(placeOf(parsed, io), 'relief.restore', { label });
    if (!answer.ok) return failed(answer.failure);
    return tell(parsed, io, { restored: label }, [`${label} was brought back.`]);
  },
};
