import { wiredArguments } from '../arbiter/wired-argument.ts';
import type { SeatConfig } from '../config/config.ts';
import { bandNumbers } from '../host/darwin/bands.ts';
import { seatLogPath } from '../supervisor/places.ts';
import { plistText } from './plist-text.ts';

/**
 * The launchd property list of a seat that castellan.toml gives a command (launchd.plist(5)). The supervisor on Linux reads
 * the same.
 */

/**
 * Between the end of the drain and launchd's KILL. A model server that is killed with a large wired model has been seen to
 * leave it wired until the machine restarts, so the KILL must not come while it ends in order; launchd's own default is 20 s,
 * and 5 s on recent releases.
 */
const afterDrainSeconds = 30;
/** The supervisor takes no longer than a day. */
const mostSeconds = 86_400;
/** launchd's default, written out: two starts are at least so far apart. */
const throttleSeconds = 10;

const note = [
  'Written by Castellan from castellan.toml; what is changed here is overwritten.',
  'JetsamPriority is undocumented and may do nothing: the keeper sets the band itself, and reads it back.',
].join('\n  ');

/**
 * launchd loads every property list when the machine starts, before anybody has asked whether there is room. So only a
 * protected seat starts when it is loaded, and again when it ends; one on call is started by whoever admitted it, each time.
 *
 * @param runDirectory where its log goes; null: what it writes is kept nowhere
 * @returns null: the operator wrote its property list
 */
export const seatPlist = (seat: SeatConfig, runDirectory: string | null): string | null => {
  if (seat.command === null) return null;
  const log = runDirectory === null ? null : seatLogPath(runDirectory, seat.label);
  return plistText(note, {
    Label: seat.label,
    ProgramArguments: [...seat.command, ...wiredArguments(seat)],
    // In a user's own domain launchd knows one account only, and ignores the key.
    ...(seat.user === null || seat.domain !== 'system' ? {} : { UserName: seat.user }),
    RunAtLoad: seat.class === 'protected',
    KeepAlive: seat.class === 'protected',
    ThrottleInterval: throttleSeconds,
    ExitTimeOut: Math.min(Math.ceil(seat.drainSeconds) + afterDrainSeconds, mostSeconds),
    // Without it launchd holds back CPU and disk of what it takes for a background job.
    ProcessType: 'Interactive',
    ...(log === null ? {} : { StandardOutPath: log, StandardErrorPath: log }),
    JetsamPriority: bandNumbers[seat.band],
  });
};
