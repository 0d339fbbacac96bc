import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { systemReports, userReports } from '../../incidents/reports/folder.ts';
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
  text,
  usage,
} from '../command.ts';
import { aroundThat } from '../incidents/around.ts';
import { lookAtAll, lookAtOne, mostReports } from '../incidents/look.ts';
import type { IncidentOutput } from '../incidents/output.ts';
import { detailLines, listLines } from '../incidents/print.ts';
import { type LeaveRoot, leaveRoot } from '../incidents/rights.ts';
import { type Line, paint } from '../lines.ts';
import { sinceOf } from '../log/wanted.ts';
import { placeOf } from '../place.ts';
import { printable, printableJson } from '../printable.ts';

/** What the command touches of the machine. */
interface Surroundings {
  readonly platform: string;
  readonly home: string;
  readonly leaveRoot: LeaveRoot;
  readonly now: () => number;
}

/** Behind sudo the home folder is root's; there are no reports in it, and the system's folder is what matters. */
const foldersOf = (given: string | null, { platform, home }: Surroundings): readonly string[] => {
  if (given !== null) return [resolve(given)];
  return platform === 'darwin' ? [systemReports, userReports(home)] : [];
};

const write = ({ out }: Io, lines: readonly Line[]): void => {
  for (const line of lines) out.write(`${paint(line, out.colours)}\n`);
};

/** A name alone is looked for here, then in the folders. */
const pathOf = (given: string, folders: readonly string[]): string => {
  const here = resolve(given);
  if (given.includes('/') || existsSync(here)) return here;
  const places = folders.flatMap((folder) => [join(folder, given), join(folder, 'Retired', given)]);
  return places.find((path) => existsSync(path)) ?? here;
};

const showOne = async (parsed: Parsed, io: Io, around: Surroundings, given: string): Promise<Outcome> => {
  const path = pathOf(given, foldersOf(text(parsed, 'dir'), around));
  // Where the keeper is depends on who asks: found out before the rights are gone.
  const place = placeOf(parsed, io);
  const looked = lookAtOne(path, () => around.leaveRoot(io));
  if (!looked.ok) return failed(looked.failure);
  const { verdict, writtenAtMs } = looked;
  const castellan = verdict.at === null ? null : await aroundThat(place, io.uid, verdict.at, around.now());
  const output: IncidentOutput = { path, writtenAtMs, verdict, castellan };
  if (flag(parsed, 'json')) io.out.write(`${printableJson(output, 2)}\n`);
  else write(io, detailLines(output));
  return exit(exitCodes.ok);
};

const listAll = (parsed: Parsed, io: Io, around: Surroundings): Outcome => {
  const since = text(parsed, 'since');
  const sinceMs = since === null ? null : sinceOf(since, around.now());
  if (since !== null && sinceMs === null)
    return usage(`--since takes a span (90s, 30m, 2h, 7d) or a time (2026-11-22T14:00), not "${since}"`);
  const dir = text(parsed, 'dir');
  const folders = foldersOf(dir, around);
  const looked = lookAtAll({ folders, sinceMs, leaveRoot: () => around.leaveRoot(io) });
  if (!looked.ok) return failed(looked.failure);
  const { output, failures } = looked;
  const [first] = failures;
  // One of several folders may be missing: an account that never had a report has none.
  if (first !== undefined && dir !== null) return failed(first);
  const tells = failures.filter(({ detail }) => !detail.endsWith('does not exist'));
  if (tells[0] !== undefined && output.reports.length === 0) return failed(tells[0]);
  if (flag(parsed, 'json')) {
    io.out.write(`${printableJson(output, 2)}\n`);
    return exit(exitCodes.ok);
  }
  for (const { detail } of tells) io.err.write(`${printable(detail)}.\n`);
  if (output.reports.length > 0) write(io, listLines(output));
  else if (folders.length === 0)
    io.out.write('Only macOS writes such reports. Name a folder with some from a Mac with --dir, or one file.\n');
  else
    io.out.write(
      `There are no reports of memory or panics in ${printable(folders.join(' or '))}${since === null ? '' : ' from that time'}.\n`,
    );
  return exit(exitCodes.ok);
};

export const createIncidentsCommand = (around: Surroundings): Command => ({
  name: 'incidents',
  summary: 'what macOS wrote down when memory ran out: whom it ended, why the kernel gave up',
  takes: '[FILE]',
  positionals: { min: 0, max: 1 },
  options: {
    dir: { type: 'string', value: 'DIR', help: 'reports of this folder instead of the Mac’s own' },
    since: { type: 'string', value: 'WHEN', help: 'only those written since then: 7d, 12h, or 2026-11-22' },
    json: jsonOption,
    'run-dir': runDirOption,
  },
  notes: [
    `Without FILE: a list, newest first, ${mostReports} at most, of ${systemReports} and the same folder in your home.`,
    'With FILE: one of them in detail, and what Castellan knows about that time. Read are JetsamEvent-*.ips,',
    'panic-full-* and panic-base+socd-*, up to 16 MB each, never with the rights of root. An administrator needs no sudo.',
  ],
  run: async (parsed, io) => {
    const given = parsed.positionals[0];
    if (given === undefined) return listAll(parsed, io, around);
    if (text(parsed, 'since') !== null) return usage('--since is for the list, not for one FILE');
    return showOne(parsed, io, around, given);
  },
});

export const incidentsCommand = createIncidentsCommand({
  platform: process.platform,
  home: homedir(),
  leaveRoot,
  now: () => Date.now(),
});
