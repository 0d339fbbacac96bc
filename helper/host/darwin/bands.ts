import type { BandName } from '../port.ts';

/**
 * Jetsam band numbers of macOS 13 and later (xnu `bsd/sys/kern_memorystatus.h`, JETSAM_PRIORITY_*): the scale was made
 * ten times wider between xnu-8020 (macOS 12, highest 21) and xnu-8792 (macOS 13.0, highest 210).
 */
export const bandNumbers: Readonly<Record<BandName, number>> = {
  IDLE: 0,
  BACKGROUND: 30,
  FOREGROUND: 100,
  HOME: 160,
  DEFAULT: 180,
  CRITICAL: 190,
};

/** The name of a raw band, or null for one Castellan never sets. */
export const bandOf = (raw: number): BandName | null => {
  for (const [name, number] of Object.entries(bandNumbers)) if (number === raw) return name as BandName;
  return null;
};
