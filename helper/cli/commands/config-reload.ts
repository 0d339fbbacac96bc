import { type Command, exit, exitCodes, failed, flag, jsonOption, runDirOption } from '../command.ts';
import { reload, sayReloaded } from '../config/reload.ts';
import { placeOf } from '../place.ts';
import { printableJson } from '../printable.ts';

export const configReloadCommand: Command = {
  name: 'config reload',
  summary: 'have the keeper read castellan.toml again, and print what changes',
  options: { json: jsonOption, 'run-dir': runDirOption },
  notes: [
    'For root (in development: whoever runs the keeper). With errors in the file the configuration before stays in',
    'force, and the exit code is 1.',
  ],
  run: async (parsed, io) => {
    const answer = await reload(placeOf(parsed, io));
    if (!answer.ok) return failed(answer.failure);
    const { result } = answer;
    if (!flag(parsed, 'json')) return exit(sayReloaded(io, result));
    io.out.write(`${printableJson(result, 2)}\n`);
    return exit(result.loaded ? exitCodes.ok : exitCodes.findings);
  },
};
