import type { Mac } from './mac.ts';

/**
 * What `castellan doctor --mac` looks at: claims about macOS that were made from headers, sources and reports, each with a
 * way to see on this Mac whether it holds. A check reads, or acts on a child of its own; it changes nothing of others.
 */

export const macGroups = {
  sign: 'Signature',
  install: 'Installation',
  host: 'Readings',
  bands: 'Bands and limits',
  pressure: 'Pressure',
  socket: 'Socket',
  launchd: 'Services',
  freeze: 'Freezing',
} as const;
export type MacGroup = keyof typeof macGroups;

/** What a check cannot do without. */
export type MacNeed = 'root' | 'bundle' | 'macOS 14' | 'macOS 15';

export type MacVerdict =
  | { readonly state: 'pass'; readonly seen: string }
  | { readonly state: 'fail'; readonly seen: string; readonly todo: string }
  | { readonly state: 'skip'; readonly why: string };

export interface MacCheck {
  /** Its row in docs/mac-checklist.md has it, too. */
  readonly id: string;
  readonly group: MacGroup;
  readonly title: string;
  /** What is done, as a command where there is one. */
  readonly how: string;
  readonly expected: string;
  readonly needs?: readonly MacNeed[];
  /** May throw: a check that breaks has failed. */
  readonly run: (mac: Mac) => Promise<MacVerdict>;
}

export const pass = (seen: string): MacVerdict => ({ state: 'pass', seen });
export const skip = (why: string): MacVerdict => ({ state: 'skip', why });
export const fail = (seen: string, todo: string): MacVerdict => ({ state: 'fail', seen, todo });

/** What to do where the machine and Castellan read the same thing differently. */
export const isWrong =
  'Do not go live on this Mac. Report it with `castellan doctor --mac --json` and the version of macOS: what is read is not what was taken for granted.';
