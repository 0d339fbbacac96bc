import { type Command, jsonOption, runDirOption } from '../command.ts';
import { loadSeat } from '../seats/load.ts';
import { seatNamed } from '../seats/named.ts';

export const loadCommand: Command = {
  name: 'load',
  summary: 'load a seat, also one that has failed, and wait until it serves',
  takes: 'SEAT',
  positionals: { min: 1, max: 1 },
  options: { json: jsonOption, 'run-dir': runDirOption },
  notes: [
    'For root and the user at the console; anybody may use `castellan ensure`. Admission decides in both. Exit code 0 when it',
    'serves, else 1. Ctrl-C ends the waiting, not the load. On a terminal each change of its state is told.',
  ],
  run: async (parsed, io) => {
    const named = seatNamed(parsed);
    if (!named.ok) return named.wrong;
    return loadSeat(parsed, io, named.seat, (client, seat) => client.request('seat.load', { seat }));
  },
};
