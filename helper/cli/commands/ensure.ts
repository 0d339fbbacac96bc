import { type Command, jsonOption, type Parsed, runDirOption, text, usage } from '../command.ts';
import { loadSeat } from '../seats/load.ts';
import { seatNamed } from '../seats/named.ts';

const mostSeconds = 30;

const waitOf = (parsed: Parsed): number | string => {
  const given = text(parsed, 'wait');
  if (given === null) return 0;
  const seconds = Number(given);
  return /^\d+(\.\d+)?$/.test(given) && seconds <= mostSeconds
    ? seconds
    : `--wait takes a number of seconds from 0 to ${mostSeconds}, not "${given}"`;
};

export const ensureCommand: Command = {
  name: 'ensure',
  summary: 'load a seat unless it serves already, and wait until it does',
  takes: 'SEAT',
  positionals: { min: 1, max: 1 },
  options: {
    wait: { type: 'string', value: 'S', help: 'wait so many seconds for memory when it does not fit now, at most 30' },
    json: jsonOption,
    'run-dir': runDirOption,
  },
  notes: [
    'Exit code 0 when it serves; 1 when it does not fit, may not be loaded, or did not become ready. A seat that serves is',
    'kept for another idle time. Ctrl-C ends the waiting, not the load. On a terminal each change of its state is told.',
  ],
  run: async (parsed, io) => {
    const named = seatNamed(parsed);
    if (!named.ok) return named.wrong;
    const waitSeconds = waitOf(parsed);
    if (typeof waitSeconds === 'string') return usage(waitSeconds);
    return loadSeat(parsed, io, named.seat, (client, seat) => client.request('seat.ensure', { seat, waitSeconds }));
  },
};
