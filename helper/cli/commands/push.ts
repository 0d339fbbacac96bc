import type { PushStatus } from '../../protocol/push.ts';
import { ask } from '../ask.ts';
import { type Command, exitCodes, failed, jsonOption, runDirOption } from '../command.ts';
import { placeOf } from '../place.ts';
import { pushText, pushTrouble } from '../push/words.ts';
import { tell } from '../relief/print.ts';

const nobody = ['Alerts are sent nowhere: castellan.toml has no [[alerts.push]], or no gateway is there to send them.'];

const lines = (targets: readonly PushStatus[]): readonly string[] =>
  targets.length === 0
    ? nobody
    : targets.flatMap((row) => {
        const trouble = pushTrouble(row);
        return [pushText(row, Date.now()), ...(trouble === null ? [] : [`  ${trouble}`])];
      });

export const pushCommand: Command = {
  name: 'push',
  summary: 'where alerts are sent over the network, and how that goes',
  options: { json: jsonOption, 'run-dir': runDirOption },
  notes: ['`castellan push test` tries it. Exit 1: the last attempt to send to one of them did not succeed.'],
  run: async (parsed, io) => {
    const answer = await ask(placeOf(parsed, io), 'read.status', {});
    if (!answer.ok) return failed(answer.failure);
    const targets = answer.result.gateway.push ?? [];
    const isWell = targets.every((row) => pushTrouble(row) === null);
    return tell(parsed, io, { targets }, lines(targets), isWell ? exitCodes.ok : exitCodes.findings);
  },
};
