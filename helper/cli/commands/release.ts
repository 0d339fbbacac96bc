import type { ReleaseAnswer } from '../../protocol/seats.ts';
import { withClient } from '../ask.ts';
import { type Command, exitCodes, failed, flag, jsonOption, runDirOption, text } from '../command.ts';
import { placeOf } from '../place.ts';
import { tell } from '../relief/print.ts';
import { properName, seatNamed } from '../seats/named.ts';

/** It is ending, or has ended already: what was asked for is so. */
const isDone = ({ outcome }: ReleaseAnswer): boolean => outcome === 'draining' || outcome === 'absent';

const hints: Readonly<Partial<Record<ReleaseAnswer['outcome'], readonly string[]>>> = {
  in_flight: ['`--cut` unloads it all the same; whoever waits for an answer gets none.'],
  protected: ['`--confirm` with its name, spelt as in castellan.toml, unloads it all the same.'],
};

export const releaseCommand: Command = {
  name: 'release',
  summary: 'unload a seat',
  takes: 'SEAT',
  positionals: { min: 1, max: 1 },
  options: {
    cut: { type: 'boolean', help: 'although requests are under way: their clients are cut off' },
    confirm: { type: 'string', value: 'SEAT', help: 'its name once more: without it a protected seat is left alone' },
    json: jsonOption,
    'run-dir': runDirOption,
  },
  notes: [
    'For root and the user at the console. Exit code 0 when it ends or does not run, 1 when nothing was done. A protected',
    'seat is unloaded only with `--confirm` and its name; its claim on memory stays.',
  ],
  run: async (parsed, io) => {
    const named = seatNamed(parsed);
    if (!named.ok) return named.wrong;
    const answer = await withClient(placeOf(parsed, io), async (client) =>
      client.request('seat.release', {
        seat: await properName(client, named.seat),
        cut: flag(parsed, 'cut'),
        confirm: text(parsed, 'confirm') ?? '',
      }),
    );
    if (!answer.ok) return failed(answer.failure);
    const { result } = answer;
    const hint = hints[result.outcome] ?? [];
    return tell(parsed, io, result, [result.said, ...hint], isDone(result) ? exitCodes.ok : exitCodes.findings);
  },
};
