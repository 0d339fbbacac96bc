import { withClient } from '../ask.ts';
import { type Command, failed, jsonOption, runDirOption, usage } from '../command.ts';
import { placeOf } from '../place.ts';
import { numberOf, tell } from '../relief/print.ts';
import { properName, seatNamed } from '../seats/named.ts';

const mostMinutes = 1440;

export const keepCommand: Command = {
  name: 'keep',
  summary: 'keep a seat loaded for so many minutes, whatever its countdown says',
  takes: 'SEAT MINUTES',
  positionals: { min: 2, max: 2 },
  options: { json: jsonOption, 'run-dir': runDirOption },
  notes: [`For root and the user at the console. MINUTES is 0 to ${mostMinutes}; 0 takes back what was said before.`],
  run: async (parsed, io) => {
    const named = seatNamed(parsed);
    if (!named.ok) return named.wrong;
    const minutes = numberOf(parsed.positionals[1]);
    if (minutes === null || minutes > mostMinutes)
      return usage(`MINUTES is a whole number from 0 to ${mostMinutes}, not "${parsed.positionals[1]}"`);
    const answer = await withClient(placeOf(parsed, io), async (client) =>
      client.request('seat.keep', { seat: await properName(client, named.seat), minutes }),
    );
    if (!answer.ok) return failed(answer.failure);
    return tell(parsed, io, answer.result, [answer.result.said]);
  },
};
