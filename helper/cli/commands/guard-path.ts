import { nativeHostKind, openHost } from '../../host/open.ts';
import { type Command, exitCodes, failed, jsonOption, runDirOption } from '../command.ts';
import { chosenConfig, configOption } from '../config/chosen.ts';
import { plistPaths } from '../config/lint-plists.ts';
import { type HeldFile, heldFiles } from '../guard/held-files.ts';
import { placeOf } from '../place.ts';
import { tell } from '../relief/print.ts';

const words: Readonly<Record<HeldFile['by'], (held: HeldFile) => string>> = {
  seat: ({ path, name }) => `${path} is what ${name} is started from (castellan.toml).`,
  property_list: ({ path, name }) => `${path} is what ${name} is started from (its property list).`,
  process: ({ path, name, pid }) => `${path} runs now: ${name}, pid ${pid}.`,
};

const lines = (folder: string, held: readonly HeldFile[]): readonly string[] =>
  held.length === 0
    ? [`Nothing is started from ${folder}, and nothing runs from it.`]
    : [...held.map((each) => words[each.by](each)), 'Emptying it would let what runs go on, and its next start fail.'];

export const guardPathCommand: Command = {
  name: 'guard-path',
  summary: 'whether a folder may be emptied: no seat is started from it, and nothing runs from it',
  takes: 'DIR',
  positionals: { min: 1, max: 1 },
  options: { config: configOption, json: jsonOption, 'run-dir': runDirOption },
  notes: [
    'For build tools and git hooks, before a clean: `castellan guard-path target && cargo clean`. Needs no keeper.',
    'Exit code 1 when something is started or runs from it; 0 when nothing is, also when there is no castellan.toml.',
  ],
  run: async (parsed, io) => {
    const [folder = ''] = parsed.positionals;
    const chosen = chosenConfig(parsed, io);
    if (!chosen.ok && chosen.isGiven) return failed(chosen.failure);
    const { runDirectory } = placeOf(parsed, io);
    const places = { platform: process.platform, runDirectory, uid: io.uid };
    const host = await openHost(nativeHostKind(process.platform));
    try {
      const held = heldFiles(folder, chosen.ok ? chosen.config.seats : [], host, (seat) => plistPaths(seat, places));
      const code = held.length === 0 ? exitCodes.ok : exitCodes.findings;
      return tell(parsed, io, { folder, held }, lines(folder, held), code);
    } finally {
      await host.close();
    }
  },
};
