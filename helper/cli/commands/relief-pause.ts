import { longestPauseMinutes } from '../../protocol/values.ts';
import { ask } from '../ask.ts';
import { type Command, failed, jsonOption, type Outcome, type Parsed, runDirOption, usage } from '../command.ts';
import { placeOf } from '../place.ts';
import { numberOf, tell } from '../relief/print.ts';

/** Holding automatic actions back for a while, and letting them go on. */

const usualMinutes = 15;

const pause = async (minutes: number, parsed: Parsed, io: Parameters<Command['run']>[1]): Promise<Outcome> => {
  const answer = await ask(placeOf(parsed, io), 'relief.pause', { minutes });
  return answer.ok ? tell(parsed, io, answer.result, [answer.result.said]) : failed(answer.failure);
};

export const reliefPauseCommand: Command = {
  name: 'relief pause',
  summary: `hold automatic actions back for so many minutes (${usualMinutes} unless said otherwise); they go on by themselves`,
  takes: '[MINUTES]',
  positionals: { min: 0, max: 1 },
  options: { json: jsonOption, 'run-dir': runDirOption },
  notes: [
    `For root and the user at the console. MINUTES is 1 to ${longestPauseMinutes}; a pause ends with the keeper, too.`,
    'What is frozen is still resumed in its time, seats still stop when idle, and you are still asked.',
  ],
  run: async (parsed, io) => {
    const [given] = parsed.positionals;
    const minutes = given === undefined ? usualMinutes : numberOf(given);
    if (minutes === null || minutes < 1 || minutes > longestPauseMinutes)
      return usage(`MINUTES is a whole number from 1 to ${longestPauseMinutes}, not "${given}"`);
    return pause(minutes, parsed, io);
  },
};

export const reliefUnpauseCommand: Command = {
  name: 'relief unpause',
  summary: 'let automatic actions go on before their pause is over',
  options: { json: jsonOption, 'run-dir': runDirOption },
  notes: ['For root and the user at the console.'],
  run: (parsed, io) => pause(0, parsed, io),
};
