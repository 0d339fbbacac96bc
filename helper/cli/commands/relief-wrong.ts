import { ask } from '../ask.ts';
import { type Command, failed, jsonOption, runDirOption, usage } from '../command.ts';
import { placeOf } from '../place.ts';
import { numberOf, tell } from '../relief/print.ts';
import { gateText } from '../relief/words.ts';

export const reliefWrongCommand: Command = {
  name: 'relief wrong',
  summary: 'mark a plan as wrong: the count of the gate begins anew',
  takes: 'PLAN',
  positionals: { min: 1, max: 1 },
  options: { json: jsonOption, 'run-dir': runDirOption },
  notes: [
    'For root and the user at the console. `castellan relief` lists the latest plans with their numbers, `castellan pending` those that would be asked.',
  ],
  run: async (parsed, io) => {
    const plan = numberOf(parsed.positionals[0]);
    if (plan === null) return usage(`PLAN is the number of a plan, not "${parsed.positionals[0]}"`);
    const answer = await ask(placeOf(parsed, io), 'relief.wrong', { plan });
    if (!answer.ok) return failed(answer.failure);
    const { gate } = answer.result;
    return tell(parsed, io, { plan, gate }, [`Plan ${plan} is marked as wrong.`, `gate: ${gateText(gate)}`]);
  },
};
