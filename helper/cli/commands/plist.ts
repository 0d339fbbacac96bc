import { seatPlist } from '../../install/seat-plist.ts';
import { failure } from '../../protocol/errors.ts';
import { type Command, exit, exitCodes, failed, runDirOption } from '../command.ts';
import { chosenConfig, configOption } from '../config/chosen.ts';
import { placeOf } from '../place.ts';
import { printable } from '../printable.ts';
import { findSeat, seatNamed } from '../seats/named.ts';

export const plistCommand: Command = {
  name: 'plist',
  summary: 'print the property list that is made of a seat’s command',
  takes: 'SEAT',
  positionals: { min: 1, max: 1 },
  options: {
    config: configOption,
    'run-dir': runDirOption,
  },
  notes: [
    'Needs no keeper. Exit code 1 when castellan.toml gives the seat no command: then its property list is yours.',
  ],
  run: async (parsed, io) => {
    const named = seatNamed(parsed);
    if (!named.ok) return named.wrong;
    const { runDirectory } = placeOf(parsed, io);
    const found = chosenConfig(parsed, io);
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
