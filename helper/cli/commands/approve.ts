import { failure } from '../../protocol/errors.ts';
import type { Proposal } from '../../protocol/relief.ts';
import type { Answer } from '../../protocol/session.ts';
import type { VerbResult } from '../../protocol/verbs.ts';
import { withClient } from '../ask.ts';
import { type Command, exitCodes, failed, flag, type Io, jsonOption, runDirOption, usage } from '../command.ts';
import { type Place, placeOf } from '../place.ts';
import { numberOf, tell } from '../relief/print.ts';
import { proposalText } from '../relief/words.ts';

interface Approved {
  readonly proposal: Proposal;
  readonly answer: VerbResult<'approve'>;
}

/** What is shown is what is approved: hash and nonce come from the same answer as the words. */
const approve = (place: Place, id: number, confirmed: boolean, show: (proposal: Proposal) => void) =>
  withClient<Approved>(place, async (client): Promise<Answer<Approved>> => {
    const listed = await client.request('read.pending', {});
    if (!listed.ok) return listed;
    const found = listed.result.pending.find(({ proposal }) => proposal.id === id);
    if (found === undefined) {
      // Not there any more: the keeper knows what became of it.
      const gone = await client.request('approve', { id, hash: '', nonce: '', confirmed: false });
      return gone.ok ? { ok: false, failure: failure('bad_answer', `proposal ${id}`) } : gone;
    }
    const { proposal, nonce } = found;
    show(proposal);
    const answer = await client.request('approve', { id, hash: proposal.hash, nonce, confirmed });
    return answer.ok ? { ok: true, result: { proposal, answer: answer.result } } : answer;
  });

export const approveCommand: Command = {
  name: 'approve',
  summary: 'approve one of the acts that wait, and say what came of it',
  takes: 'ID',
  positionals: { min: 1, max: 1 },
  options: {
    confirm: { type: 'boolean', help: 'the second confirmation that ending a process takes' },
    json: jsonOption,
    'run-dir': runDirOption,
  },
  notes: [
    'For root and the user at the console. `castellan pending` lists the numbers. Shows the act, then approves exactly',
    'what it showed. Exit code 1 when it was approved and failed, 4 when it was refused and nothing was done.',
  ],
  run: async (parsed, io: Io) => {
    const id = numberOf(parsed.positionals[0]);
    if (id === null) return usage(`ID is the number of a proposal, not "${parsed.positionals[0]}"`);
    const show = (proposal: Proposal): void => {
      if (!flag(parsed, 'json')) tell(parsed, io, null, [proposalText(proposal)]);
    };
    const approved = await approve(placeOf(parsed, io), id, flag(parsed, 'confirm'), show);
    if (!approved.ok) return failed(approved.failure);
    const { proposal, answer } = approved.result;
    const word = answer.outcome === 'done' ? 'Done' : 'Failed';
    const line = `${word} (plan ${answer.plan})${answer.detail === '' ? '.' : `: ${answer.detail}`}`;
    const code = answer.outcome === 'done' ? exitCodes.ok : exitCodes.findings;
    return tell(parsed, io, { proposal, ...answer }, [line], code);
  },
};
