import { ask } from '../ask.ts';
import { type Command, failed, jsonOption, runDirOption } from '../command.ts';
import { placeOf } from '../place.ts';
import { tell } from '../relief/print.ts';
import { openProposalText } from '../relief/words.ts';

export const pendingCommand: Command = {
  name: 'pending',
  summary: 'what waits for your approval',
  options: { json: jsonOption, 'run-dir': runDirOption },
  notes: ['In the dry run it lists what would be asked. Exit code 0 also when nothing waits.'],
  run: async (parsed, io) => {
    const answer = await ask(placeOf(parsed, io), 'read.status', {});
    if (!answer.ok) return failed(answer.failure);
    const { pending } = answer.result.relief;
    const lines = pending.length === 0 ? ['Nothing waits for you.'] : pending.map(openProposalText);
    return tell(parsed, io, { pending }, lines);
  },
};
