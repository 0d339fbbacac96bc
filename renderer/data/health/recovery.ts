import type { Explanation, Proposal } from '../../../helper/protocol/relief.ts';
import type { Status } from '../../../helper/protocol/status.ts';
import { sentence } from '../../text/format.ts';

/** What is offered for a seat that does no work, or why nothing is: never done by itself. */

const offers: ReadonlySet<string> = new Set(['recover', 'fallback', 'fallback_end']);

const offerText = ({ verb, dryRun }: Proposal): string => {
  const what = verb === 'recover' ? 'Recovery' : 'Its fallback';
  return dryRun ? `${what} would be offered here; this is the dry run.` : `${what} is offered: see the card above.`;
};

const names: Readonly<Record<string, string>> = { recover: 'Recovery', fallback: 'Its fallback' };

/** By seat; a seat that works has none. */
export const recoveryLines = (
  { relief, seats }: Pick<Status, 'relief' | 'seats'>,
  explanation: Explanation | null,
): ReadonlyMap<string, readonly string[]> => {
  const lines = new Map<string, readonly string[]>();
  const add = (seat: string, line: string): void => void lines.set(seat, [...(lines.get(seat) ?? []), line]);
  const isSeat = new Set(seats.map(({ name }) => name));
  for (const proposal of relief.pending)
    if (offers.has(proposal.verb) && isSeat.has(proposal.target.name)) add(proposal.target.name, offerText(proposal));
  for (const { act, target, text } of explanation?.passedOver ?? []) {
    const what = names[act ?? ''];
    if (what !== undefined && isSeat.has(target)) add(target, `${what} is not offered: ${sentence(text)}`);
  }
  return lines;
};
