import { totalmem } from 'node:os';
import { resolve } from 'node:path';
import type { Config } from '../../config/config.ts';
import { checkConfigFile } from '../../config/load.ts';
import { trustedOwners } from '../../config/trusted-folders.ts';
import { seatPlist } from '../../install/seat-plist.ts';
import { configPath } from '../../keeper/run-directory.ts';
import { type Failure, failure } from '../../protocol/errors.ts';
import { type Command, exit, exitCodes, failed, type Io, type Parsed, runDirOption, text } from '../command.ts';
import { placeOf } from '../place.ts';
import { printable } from '../printable.ts';
import { findSeat, seatNamed } from '../seats/named.ts';

type Found = { readonly ok: true; readonly config: Config } | { readonly ok: false; readonly failure: Failure };

const configOf = (parsed: Parsed, io: Io, runDirectory: string): Found => {
  const given = text(parsed, 'config');
  const path = given === null ? configPath(runDirectory) : resolve(given);
  const checked = checkConfigFile(path, { owners: trustedOwners(io.uid), totalBytes: totalmem() });
  if (checked.state === 'valid') return { ok: true, config: checked.config };
  return { ok: false, failure: checked.state === 'invalid' ? failure('config_invalid', path) : checked.failure };
};

export const plistCommand: Command = {
  name: 'plist',
  summary: 'print the property list that is made of a seat’s command',
  takes: 'SEAT',
  positionals: { min: 1, max: 1 },
  options: {
    config: { type: 'string', value: 'FILE', help: 'a castellan.toml other than the keeper’s own' },
    'run-dir': runDirOption,
  },
  notes: [
    'Needs no keeper. Exit code 1 when castellan.toml gives the seat no command: then its property list is yours.',
  ],
  run: async (parsed, io) => {
    const named = seatNamed(parsed);
    if (!named.ok) return named.wrong;
    const { runDirectory } = placeOf(parsed, io);
    const found = configOf(parsed, io, runDirectory);
    if (!found.ok) return failed(found.failure);
    const seat = findSeat(found.config.seats, named.seat);
    if (seat === undefined) return failed(failure('unknown_seat', named.seat));
    const plist = seatPlist(seat, runDirectory);
    if (plist === null) {
      io.err.write(`${printable(seat.name)} has no command in castellan.toml, so nothing can be made of it.\n`);
      return exit(exitCodes.findings);
    }
    // launchd reads it as it is: every control character was refused when castellan.toml was read.
    io.out.write(plist);
    return exit(exitCodes.ok);
  },
};
