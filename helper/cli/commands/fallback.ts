import { withClient } from '../ask.ts';
import { type Command, failed, flag, jsonOption, runDirOption } from '../command.ts';
import { placeOf } from '../place.ts';
import { tell } from '../relief/print.ts';
import { properName, seatNamed } from '../seats/named.ts';

export const fallbackCommand: Command = {
  name: 'fallback',
  summary: 'run the service that stands in for a seat which does not run',
  takes: 'SEAT',
  positionals: { min: 1, max: 1 },
  options: {
    stop: { type: 'boolean', help: 'end it again, so that the seat itself can be loaded' },
    json: jsonOption,
    'run-dir': runDirOption,
  },
  notes: [
    'For root and the user at the console. Which service it is, `fallback` of the seat in castellan.toml says. It is refused while',
    'anything of the seat runs or somebody has its port, who is named then. It uses the memory that is kept for the seat.',
  ],
  run: async (parsed, io) => {
    const named = seatNamed(parsed);
    if (!named.ok) return named.wrong;
    const to = flag(parsed, 'stop') ? 'stop' : 'start';
    const answer = await withClient(placeOf(parsed, io), async (client) =>
      client.request('relief.fallback', { seat: await properName(client, named.seat), to }),
    );
    if (!answer.ok) return failed(answer.failure);
    return tell(parsed, io, answer.result, [answer.result.said]);
  },
};
