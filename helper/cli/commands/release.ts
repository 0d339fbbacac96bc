import type { ReleaseAnswer } from '../../protocol/seats.ts';
import { withClient } from '../ask.ts';
import { type Command, exitCodes, failed, flag, jsonOption, runDirOption } from '../command.ts';
import { placeOf } from '../place.ts';
import { tell } from '../relief/print.ts';
import { properName, seatNamed } from '../seats/named.ts';

/** It is ending, or has ended already: what was asked for is so. */
const isDone = ({ outcome }: ReleaseAnswer): boolean => outcome === 'draining' || outcome === 'absent';

export const releaseCommand: Command = {
  name: 'release',
  summary: 'unload an on-call seat',
  takes: 'SEAT',
  positionals: { min: 1, max: 1 },
  options: {
    cut: { type: 'boolean', help: 'although requests are under way: their clients are cut off' },
    json: jsonOption,
    'run-dir': runDirOption,
  },
  notes: [
    'For root and the user at the console. Exit code 0 when it ends or does not run, 1 when nothing was done. A protected',
    'seat is never unloaded.',
  ],
  run: async (parsed, io) => {
    const named = seatNamed(parsed);
    if (!named.ok) return named.wrong;
    const answer = await withClient(placeOf(parsed, io), async (client) =>
      client.request('seat.release', { seat: await properName(client, named.seat), cut: flag(parsed, 'cut') }),
    );
    if (!answer.ok) return failed(answer.failure);
    const { result } = answer;
    const hint =
      result.outcome === 'in_flight' ? ['`--cut` unloads it all the same; whoever waits for an answer gets none.'] : [];
    return tell(parsed, io, result, [result.said, ...hint], isDone(result) ? exitCodes.ok : exitCodes.findings);
  },
};
