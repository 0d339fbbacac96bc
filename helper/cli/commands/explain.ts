import { failure } from '../../protocol/errors.ts';
import type { Explanation } from '../../protocol/relief.ts';
import { ask, withClient } from '../ask.ts';
import {
  type Command,
  exit,
  exitCodes,
  failed,
  flag,
  type Io,
  jsonOption,
  type Outcome,
  type Parsed,
  runDirOption,
} from '../command.ts';
import { timeOfDay } from '../figures.ts';
import { paint } from '../lines.ts';
import { placeOf } from '../place.ts';
import { printable, printableJson } from '../printable.ts';
import { tell } from '../relief/print.ts';
import { columns } from '../seats/columns.ts';
import { explainSeatLines } from '../seats/explain.ts';
import { findSeat, seatNamed } from '../seats/named.ts';
import { levelWords } from '../status/words.ts';

/** What a keeper says of an act only where there was one in question: without any there is no column for it. */
const passedOverLines = (passedOver: Explanation['passedOver']): readonly string[] => {
  const hasActs = passedOver.some(({ act }) => act !== undefined);
  const row = (act: string, ...others: readonly string[]): readonly string[] => (hasActs ? [act, ...others] : others);
  return columns([
    row('ACT', 'PASSED OVER', 'REASON', 'WHY'),
    ...passedOver.map(({ act = '-', target, code, text }) => row(act, target, code, text).map(printable)),
  ]);
};

const explanationLines = ({ atMs, level, chosen, noop, passedOver }: Explanation): readonly string[] => [
  `${timeOfDay(atMs)}  ${levelWords[level].word}`,
  chosen === null ? noop : `Chosen: ${chosen}`,
  '',
  ...(passedOver.length === 0 ? ['Nothing was passed over.'] : passedOverLines(passedOver)),
];

const explainSeat = async (parsed: Parsed, io: Io, name: string): Promise<Outcome> => {
  const answer = await withClient(placeOf(parsed, io), async (client) => {
    const status = await client.request('read.status', {});
    if (!status.ok) return status;
    const seat = findSeat(status.result.seats, name);
    if (seat === undefined) return { ok: false, failure: failure('unknown_seat', name) } as const;
    const preview = await client.request('read.preview', { seat: seat.name });
    if (!preview.ok) return preview;
    return { ok: true, result: { seat, preview: preview.result, status: status.result } } as const;
  });
  if (!answer.ok) return failed(answer.failure);
  const { seat, preview, status } = answer.result;
  if (flag(parsed, 'json')) io.out.write(`${printableJson({ seat, preview }, 2)}\n`);
  else for (const line of explainSeatLines(seat, preview, status)) io.out.write(`${paint(line, io.out.colours)}\n`);
  return exit(exitCodes.ok);
};

export const explainCommand: Command = {
  name: 'explain',
  summary: 'what the last judgement chose and passed over, or why a seat is as it is',
  takes: '[SEAT]',
  positionals: { min: 0, max: 1 },
  options: { json: jsonOption, 'run-dir': runDirOption },
  notes: [
    'Without SEAT: what the last judgement chose, or why nothing, and what it passed over. With SEAT: why it is in its',
    'state, what its countdown is, and the sum by which it would be admitted now.',
  ],
  run: async (parsed, io) => {
    if (parsed.positionals.length > 0) {
      const named = seatNamed(parsed);
      return named.ok ? explainSeat(parsed, io, named.seat) : named.wrong;
    }
    const answer = await ask(placeOf(parsed, io), 'read.explain', {});
    if (!answer.ok) return failed(answer.failure);
    return tell(parsed, io, answer.result, explanationLines(answer.result));
  },
};
