import { isServing } from '../../protocol/seats.ts';
import { withClient } from '../ask.ts';
import { type Command, exit, exitCodes, failed, flag, jsonOption, runDirOption } from '../command.ts';
import { paint } from '../lines.ts';
import { placeOf } from '../place.ts';
import { printableJson } from '../printable.ts';
import { properName, seatNamed } from '../seats/named.ts';
import { previewLines } from '../seats/preview.ts';

export const fitsCommand: Command = {
  name: 'fits',
  summary: 'whether a seat would fit now, with the sum; changes nothing',
  takes: 'SEAT',
  positionals: { min: 1, max: 1 },
  options: { json: jsonOption, 'run-dir': runDirOption },
  notes: [
    'The figures add up as they stand: installed, less what is kept for each other seat, less everything else, is left.',
    'Exit code 0 when it fits as things are, or serves already; 1 when it does not, also when idle seats would be unloaded',
    'for it. Of a seat that serves the sum is that of loading it anew.',
  ],
  run: async (parsed, io) => {
    const named = seatNamed(parsed);
    if (!named.ok) return named.wrong;
    const answer = await withClient(placeOf(parsed, io), async (client) =>
      client.request('read.preview', { seat: await properName(client, named.seat) }),
    );
    if (!answer.ok) return failed(answer.failure);
    const { result } = answer;
    if (flag(parsed, 'json')) io.out.write(`${printableJson(result, 2)}\n`);
    else for (const line of previewLines(result)) io.out.write(`${paint(line, io.out.colours)}\n`);
    return exit(isServing(result.state) || result.admission.verdict === 'admit' ? exitCodes.ok : exitCodes.findings);
  },
};
