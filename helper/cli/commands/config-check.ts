import { totalmem } from 'node:os';
import { resolve } from 'node:path';
import { checkConfigFile, problemText } from '../../config/load.ts';
import { trustedOwners } from '../../config/trusted-folders.ts';
import { configPath } from '../../keeper/life/run-directory.ts';
import { type Command, exit, exitCodes, failed, flag, jsonOption, runDirOption } from '../command.ts';
import { lintHere } from '../config/lint.ts';
import type { ConfigOutput } from '../config/output.ts';
import { placeOf } from '../place.ts';
import { printable, printableJson } from '../printable.ts';
import { isSimulated, realMachineNote, withoutFile } from '../simulated.ts';

export const configCheckCommand: Command = {
  name: 'config check',
  summary: 'test a castellan.toml without loading it',
  takes: '[FILE]',
  positionals: { min: 0, max: 1 },
  options: { json: jsonOption, 'run-dir': runDirOption },
  notes: [
    'Without FILE: the file of the keeper in the run directory. Exit code 1 when it has errors.',
    'A valid file is also held against this machine: entries that match nothing now, or what is protected, property',
    'lists whose ExitTimeOut is shorter than the drain, and so on.',
  ],
  run: async (parsed, io) => {
    const given = parsed.positionals[0];
    const place = placeOf(parsed, io);
    const path = given === undefined ? configPath(place.runDirectory) : resolve(given);
    const checked = checkConfigFile(path, { owners: trustedOwners(io.uid), totalBytes: totalmem() });
    const missingIsFine = checked.state === 'missing' && given === undefined;
    const { findings: lint, unchecked } =
      checked.state === 'valid'
        ? await lintHere(checked, { platform: process.platform, runDirectory: place.runDirectory, uid: io.uid })
        : { findings: [], unchecked: null };
    const simulated = (checked.state === 'valid' || missingIsFine) && (await isSimulated(place));
    const valid = checked.state === 'valid' || missingIsFine;
    const ok = valid && lint.every(({ severity }) => severity === 'warning');
    const output: ConfigOutput = {
      path,
      state: checked.state,
      problems: checked.state === 'invalid' ? [...checked.problems] : [],
      warnings: checked.state === 'valid' ? [...checked.warnings] : [],
      lint: [...lint],
    };
    if (simulated && checked.state === 'valid') io.err.write(`${realMachineNote}\n`);
    const done = exit(ok ? exitCodes.ok : exitCodes.findings);
    if (flag(parsed, 'json')) {
      io.out.write(`${printableJson(output, 2)}\n`);
      return done;
    }
    if ('failure' in checked && !missingIsFine) return failed(checked.failure);
    for (const problem of output.problems) io.out.write(`error: ${printable(problemText(path, problem))}\n`);
    for (const warning of output.warnings) io.out.write(`warning: ${printable(problemText(path, warning))}\n`);
    for (const finding of lint) io.out.write(`${finding.severity}: ${printable(problemText(path, finding))}\n`);
    if (unchecked !== null) io.out.write(`${unchecked}\n`);
    if (missingIsFine) io.out.write(`${printable(path)}: there is no such file; ${withoutFile(simulated)}.\n`);
    else if (valid) io.out.write(`${printable(path)}: valid${ok ? '' : ', but not what it counts on'}.\n`);
    else
      io.out.write(`${output.problems.length} error${output.problems.length === 1 ? '' : 's'}; nothing was loaded.\n`);
    return done;
  },
};
