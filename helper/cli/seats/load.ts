import type { EnsureAnswer } from '../../protocol/seats.ts';
import type { Answer } from '../../protocol/session.ts';
import { withClient } from '../ask.ts';
import type { Client } from '../client.ts';
import { exit, exitCodes, failed, flag, type Io, type Outcome, type Parsed } from '../command.ts';
import { type Line, paint, span } from '../lines.ts';
import { placeOf } from '../place.ts';
import { printable, printableJson } from '../printable.ts';
import { properName } from './named.ts';
import { tellProgress } from './progress.ts';
import { sumLines } from './sum.ts';
import { clauseLines } from './words.ts';

/** Asks for a seat and says what came of it, with the sum when that is the reason. */

const answerLines = ({ seat, outcome, said, admission, retryAfterSeconds }: EnsureAnswer): readonly Line[] => [
  [span(printable(said))],
  ...(admission === null || admission.verdict === 'admit' || outcome === 'ready'
    ? []
    : [[], ...sumLines(seat, admission), ...clauseLines(admission)]),
  ...(retryAfterSeconds === null ? [] : [[span(`Asking again may help in ${retryAfterSeconds} s.`)]]),
];

export const loadSeat = async (
  parsed: Parsed,
  io: Io,
  seat: string,
  request: (client: Client, seat: string) => Promise<Answer<EnsureAnswer>>,
): Promise<Outcome> => {
  const answer = await withClient(
    placeOf(parsed, io),
    async (client) => {
      // A connection that follows the status is also not closed for its silence, however long the load takes.
      const subscribed = await client.request('subscribe', { topics: ['status'] });
      return subscribed.ok ? request(client, await properName(client, seat)) : subscribed;
    },
    tellProgress(io.err, seat),
  );
  if (!answer.ok) return failed(answer.failure);
  const { result } = answer;
  if (flag(parsed, 'json')) io.out.write(`${printableJson(result, 2)}\n`);
  else for (const line of answerLines(result)) io.out.write(`${paint(line, io.out.colours)}\n`);
  return exit(result.outcome === 'ready' ? exitCodes.ok : exitCodes.findings);
};
