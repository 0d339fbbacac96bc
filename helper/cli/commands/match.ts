import { nativeHostKind, openHost } from '../../host/open.ts';
import type { Host } from '../../host/port.ts';
import { deniedByPattern } from '../../relief/denied-programs.ts';
import { compilePattern } from '../../relief/patterns.ts';
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
import { chosenConfig } from '../config/chosen.ts';
import { paint } from '../lines.ts';
import { findMatches, type MatchOutput } from '../match/found.ts';
import { matchLines } from '../match/print.ts';
import { placeOf } from '../place.ts';
import { printableJson } from '../printable.ts';
import { isSimulated, realMachineNote } from '../simulated.ts';

type OpenHost = () => Promise<Host>;

/** The keeper's own may be missing or wrong: the pattern is matched all the same. */
const configOf = (parsed: Parsed, io: Io) => {
  const chosen = chosenConfig(parsed, io);
  if (chosen.ok) return { ok: true, found: chosen } as const;
  return chosen.isGiven ? ({ ok: false, failure: chosen.failure } as const) : ({ ok: true, found: null } as const);
};

const run = async (parsed: Parsed, io: Io, open: OpenHost): Promise<Outcome> => {
  const pattern = parsed.positionals[0] ?? '';
  const compiled = compilePattern(pattern);
  if (!compiled.ok) return failed(compiled.failure);
  const config = configOf(parsed, io);
  if (!config.ok) return failed(config.failure);
  if (await isSimulated(placeOf(parsed, io))) io.err.write(`${realMachineNote}\n`);
  const host = await open();
  try {
    const output: MatchOutput = {
      pattern,
      config: config.found?.path ?? null,
      matches: [...findMatches(host, pattern, compiled.matches, config.found?.config ?? null, process.pid)],
      refused: deniedByPattern(compiled.matches)?.program ?? null,
    };
    const { out } = io;
    if (flag(parsed, 'json')) out.write(`${printableJson(output, 2)}\n`);
    else {
      const width = out.isTty ? out.size().columns : undefined;
      for (const line of matchLines(output, config.found?.config ?? null))
        out.write(`${paint(line, out.colours, width)}\n`);
    }
    return exit(output.matches.length === 0 ? exitCodes.findings : exitCodes.ok);
  } finally {
    await host.close();
  }
};

export const createMatchCommand = (open: OpenHost): Command => ({
  name: 'match',
  summary: 'what a pattern matches on this machine now, and what would become of it',
  takes: 'PATTERN',
  positionals: { min: 1, max: 1 },
  options: {
    config: { type: 'string', value: 'FILE', help: 'tell which entry of this castellan.toml each match belongs to' },
    json: jsonOption,
    'run-dir': runDirOption,
  },
  notes: [
    'PATTERN is a regular expression of the RE2 kind, searched in whole command lines; put it in single quotes.',
    'Needs no keeper. Without --config the entries of the keeper’s own castellan.toml are told, where it can be read.',
    'This program and what it was started from are left out. Exit code 1 when nothing matches.',
  ],
  run: (parsed, io) => run(parsed, io, open),
});

export const matchCommand = createMatchCommand(() => openHost(nativeHostKind(process.platform)));
