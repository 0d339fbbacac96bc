import { questionBody, questionOf } from '../../advice/question.ts';
import { adviceLines, bundleLines } from '../advice/words.ts';
import { withClient } from '../ask.ts';
import { type Command, exit, exitCodes, failed, flag, jsonOption, runDirOption } from '../command.ts';
import { placeOf } from '../place.ts';
import { tell } from '../relief/print.ts';

/** What stands for the model where castellan.toml names none. */
const noModel = 'MODEL';

export const adviceCommand: Command = {
  name: 'advice',
  summary: 'what to do while memory stays short: a suggestion of the advisor, and the runbook',
  options: {
    bundle: { type: 'boolean', help: 'print what would be sent to the advisor now, and send nothing' },
    json: jsonOption,
    'run-dir': runDirOption,
  },
  notes: [
    'A suggestion is text from another machine, with its source and its age; nothing of it is ever carried out.',
    'Without [advisor] in castellan.toml nobody is asked, and the runbook stands alone. With --bundle --json: the bytes that',
    'are posted.',
    'Exit 1: advice is called for (red has lasted, or what was tried did not help).',
  ],
  run: async (parsed, io) => {
    const isBundle = flag(parsed, 'bundle');
    const answer = await withClient(placeOf(parsed, io), async (client) => {
      const status = await client.request('read.status', {});
      const explanation = status.ok && isBundle ? await client.request('read.explain', {}) : null;
      if (!status.ok) return status;
      if (explanation?.ok === false) return explanation;
      return { ok: true, result: { status: status.result, explanation: explanation?.result ?? null } } as const;
    });
    if (!answer.ok) return failed(answer.failure);
    const { status, explanation } = answer.result;
    const { advice } = status;
    if (!isBundle)
      return tell(parsed, io, advice, adviceLines(advice), advice.cause === null ? exitCodes.ok : exitCodes.findings);
    const question = questionOf(advice.advisor.model ?? noModel, status, explanation, advice.cause?.code ?? null);
    if (flag(parsed, 'json')) {
      io.out.write(`${questionBody(question)}\n`);
      return exit(exitCodes.ok);
    }
    return tell(parsed, io, question, bundleLines(question));
  },
};
