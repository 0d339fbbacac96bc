import type { Gate } from '../../protocol/relief.ts';
import type { Answer } from '../../protocol/session.ts';
import type { VerbResult } from '../../protocol/verbs.ts';
import { withClient } from '../ask.ts';
import { type Command, failed, jsonOption, type Outcome, runDirOption } from '../command.ts';
import { placeOf } from '../place.ts';
import { tell } from '../relief/print.ts';
import { gateText } from '../relief/words.ts';

/** Leaving the dry run, and going back to it. */

interface Changed {
  readonly before: Gate;
  readonly answer: Answer<VerbResult<'relief.mode'>>;
}

const change =
  (to: 'live' | 'dry_run'): Command['run'] =>
  async (parsed, io): Promise<Outcome> => {
    const changed = await withClient<Changed>(placeOf(parsed, io), async (client): Promise<Answer<Changed>> => {
      const status = await client.request('read.status', {});
      if (!status.ok) return status;
      const answer = await client.request('relief.mode', { to });
      return { ok: true, result: { before: status.result.relief.gate, answer } };
    });
    if (!changed.ok) return failed(changed.failure);
    const { before, answer } = changed.result;
    if (!answer.ok) {
      if (answer.failure.code === 'gate_closed') io.err.write(`gate: ${gateText(before)}\n`);
      return failed(answer.failure);
    }
    const { mode, gate, said } = answer.result;
    const lines = [said, `gate: ${gateText(gate)}`];
    return tell(parsed, io, { mode, gate, said, plansSeen: before.plans }, lines);
  };

export const reliefLiveCommand: Command = {
  name: 'relief live',
  summary: 'leave the dry run, once the gate is open',
  options: { json: jsonOption, 'run-dir': runDirOption },
  notes: [
    'For root and the user at the console. The gate opens after six hours of dry run with working sensors and no plan',
    'marked as wrong; until then it is refused with exit code 4.',
  ],
  run: change('live'),
};

export const reliefDryRunCommand: Command = {
  name: 'relief dry-run',
  summary: 'go back to the dry run: from now on relief is only shown; seats and bands stay live',
  options: { json: jsonOption, 'run-dir': runDirOption },
  notes: ['For root and the user at the console. What is frozen is still resumed in its time.'],
  run: change('dry_run'),
};
