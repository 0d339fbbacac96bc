import { lstatSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Config, SeatConfig } from '../../config/config.ts';
import type { Path } from '../../config/lines.ts';
import { bandOf } from '../../host/darwin/bands.ts';
import { seatPlist } from '../../install/seat-plist.ts';
import { servicesPath } from '../../supervisor/places.ts';
import { type JobSpec, parseSpec } from '../../supervisor/spec.ts';

/** Whether the property lists of seats on this machine go with what castellan.toml says of them. */

export interface PlistFinding {
  readonly severity: 'warning';
  readonly code: 'exit_timeout_short' | 'birth_band_differs' | 'plist_outdated' | 'plist_invalid';
  /** The key to look at first, and what holds it. */
  readonly paths: readonly [Path, ...Path[]];
  readonly message: string;
  readonly fix: string;
}

export interface PlistPlaces {
  readonly platform: string;
  readonly runDirectory: string;
  readonly uid: number;
}

/** Where launchd loads a domain's jobs from (launchd(8)), and the supervisor its own. */
export const plistPaths = (
  { label, domain }: Pick<SeatConfig, 'label' | 'domain'>,
  { platform, runDirectory, uid }: PlistPlaces,
): readonly string[] => {
  const file = `${label}.plist`;
  if (platform !== 'darwin') return [join(servicesPath(runDirectory), file)];
  if (domain === 'system') return [join('/Library/LaunchDaemons', file)];
  const own = domain === `gui/${uid}` ? [join(homedir(), 'Library/LaunchAgents', file)] : [];
  return [...own, join('/Library/LaunchAgents', file)];
};

interface File {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** A property list is a few kilobytes. */
const mostBytes = 65_536;

/** Null: there is none, or it cannot be read by this account, or it is none of a sensible size. */
const readPlist = (path: string): File | null => {
  try {
    const seen = lstatSync(path);
    return seen.isFile() && seen.size <= mostBytes ? { path, bytes: readFileSync(path) } : null;
  } catch {
    return null;
  }
};

/** As `helper/install/seat-plist.ts` has it, and for its reason. */
const afterDrainSeconds = 30;

/** A key that the supervisor has no use for, so it is not in the job it reads. */
const birthBand = (bytes: Uint8Array): number | null => {
  const [, digits] =
    /<key>\s*JetsamPriority\s*<\/key>\s*<integer>\s*(\d{1,4})\s*<\/integer>/.exec(new TextDecoder().decode(bytes)) ??
    [];
  return digits === undefined ? null : Number(digits);
};

const timeFinding = (
  { name, drainSeconds }: SeatConfig,
  { exitTimeoutSeconds }: JobSpec,
  path: string,
  at: Path,
): readonly PlistFinding[] => {
  const needed = Math.ceil(drainSeconds) + afterDrainSeconds;
  // 0: it is waited for without end (launchd.plist(5)).
  if (exitTimeoutSeconds === 0 || exitTimeoutSeconds >= needed) return [];
  return [
    {
      severity: 'warning',
      code: 'exit_timeout_short',
      paths: [[...at, 'drain'], at],
      message: `${name} is killed ${exitTimeoutSeconds} s after it is told to end, and its drain may take ${drainSeconds} s.`,
      fix: `Write ExitTimeOut ${needed} in ${path}, or lower drain.`,
    },
  ];
};

const bandFinding = ({ name, band }: SeatConfig, { path, bytes }: File, at: Path): readonly PlistFinding[] => {
  const born = birthBand(bytes);
  if (born === null || bandOf(born) === band) return [];
  return [
    {
      severity: 'warning',
      code: 'birth_band_differs',
      paths: [[...at, 'band'], at],
      message: `${name} is to have the band ${band}, and its property list says JetsamPriority ${born}${bandOf(born) === null ? '' : ` (${bandOf(born)})`}.`,
      fix: `The keeper sets ${band} all the same; correct or remove it in ${path}.`,
    },
  ];
};

const seatFindings = (
  seat: SeatConfig,
  file: File,
  at: Path,
  { platform, runDirectory }: PlistPlaces,
): readonly PlistFinding[] => {
  // The supervisor's are written by the keeper at each start and reload.
  const isKeptByKeeper = platform !== 'darwin';
  const ours = seatPlist(seat, runDirectory);
  if (ours !== null) {
    if (isKeptByKeeper || ours === new TextDecoder().decode(file.bytes)) return [];
    return [
      {
        severity: 'warning',
        code: 'plist_outdated',
        paths: [[...at, 'command'], at],
        message: `${file.path} is not what castellan.toml says of ${seat.name} now.`,
        fix: `Write it anew: \`castellan plist\` prints it.`,
      },
    ];
  }
  const parsed = parseSpec(file.bytes);
  if (parsed.ok) return [...timeFinding(seat, parsed.spec, file.path, at), ...bandFinding(seat, file, at)];
  return [
    {
      severity: 'warning',
      code: 'plist_invalid',
      paths: [[...at, 'label'], at],
      message: `The property list of ${seat.name} cannot be held against this: ${parsed.detail}.`,
      fix: `Look at ${file.path}; \`plutil -convert xml1\` makes XML of it.`,
    },
  ];
};

/** In the order of the seats. One without a property list here is not installed yet, or elsewhere: nothing is said of it. */
export const lintPlists = ({ seats }: Pick<Config, 'seats'>, places: PlistPlaces): readonly PlistFinding[] =>
  seats.flatMap((seat, i) => {
    const file = plistPaths(seat, places)
      .map(readPlist)
      .find((found) => found !== null);
    return file === undefined ? [] : seatFindings(seat, file, ['seat', i], places);
  });
