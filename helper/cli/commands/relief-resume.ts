import { ask } from '../ask.ts';
import { type Command, failed, flag, jsonOption, runDirOption, usage } from '../command.ts';
import { placeOf } from '../place.ts';
import { numberOf, tell } from '../relief/print.ts';

export const reliefResumeCommand: Command = {
  name: 'relief resume',
  summary: 'resume what is frozen, one freeze or all',
  takes: 'FREEZE|--all',
  positionals: { min: 0, max: 1 },
  options: {
    all: { type: 'boolean', help: 'everything that Castellan has frozen' },
    json: jsonOption,
    'run-dir': runDirOption,
  },
  notes: ['For root and the user at the console. `castellan relief` lists what is frozen, with its number.'],
  run: async (parsed, io) => {
    const [typed] = parsed.positionals;
    const all = flag(parsed, 'all');
    const freeze = numberOf(typed);
    if (all === (typed !== undefined)) return usage('either the number of a freeze, or --all');
    if (!all && freeze === null) return usage(`FREEZE is the number of a freeze, not "${typed}"`);
    const answer = await ask(placeOf(parsed, io), 'relief.resume', { freeze: all ? null : freeze });
    if (!answer.ok) return failed(answer.failure);
    const { resumed } = answer.result;
    return tell(parsed, io, { resumed }, [`Resumed: ${resumed} freeze${resumed === 1 ? '' : 's'}.`]);
  },
};
