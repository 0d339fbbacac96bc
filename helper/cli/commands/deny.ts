import type { Answer } from '../../protocol/session.ts';
import { withClient } from '../ask.ts';
import { type Command, failed, jsonOption, runDirOption, usage } from '../command.ts';
import { placeOf } from '../place.ts';
import { numberOf, tell } from '../relief/print.ts';

export const denyCommand: Command = {
  name: 'deny',
  summary: 'say no to one of the acts that wait',
  takes: 'ID',
  positionals: { min: 1, max: 1 },
  options: { json: jsonOption, 'run-dir': runDirOption },
  notes: ['For root and the user at the console. The same is not asked again in this episode.'],
  run: async (parsed, io) => {
    const id = numberOf(parsed.positionals[0]);
    if (id === null) return usage(`ID is the number of a proposal, not "${parsed.positionals[0]}"`);
    const answer = await withClient<{ readonly title: string }>(
      placeOf(parsed, io),
      async (client): Promise<Answer<{ readonly title: string }>> => {
        const listed = await client.request('read.pending', {});
        if (!listed.ok) return listed;
        const found = listed.result.pending.find(({ proposal }) => proposal.id === id)?.proposal;
        // Not there any more: the keeper knows what became of it.
        const denied = await client.request('deny', { id, hash: found?.hash ?? '' });
        return denied.ok ? { ok: true, result: { title: found?.title ?? '' } } : denied;
      },
    );
    if (!answer.ok) return failed(answer.failure);
    return tell(parsed, io, { denied: id }, [`Denied: ${answer.result.title} Nothing is done.`]);
  },
};
