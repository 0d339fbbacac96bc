import type { Config } from './config.ts';
import type { Path } from './lines.ts';
import { advisorRules } from './rules-advisor.ts';
import { listenRules } from './rules-listen.ts';
import { machineRules } from './rules-machine.ts';
import { pushRules } from './rules-push.ts';
import { reliefRules } from './rules-relief.ts';
import { seatRules } from './rules-seat.ts';
import { printQuantity } from './units.ts';

/** What no single key can be wrong about on its own. Each rule is a row; all rows are tried and all findings reported. */

export interface Finding {
  /** Keys concerned, the one to change first; the first that is written gives the line. */
  readonly paths: readonly [Path, ...Path[]];
  readonly message: string;
  readonly fix: string;
}

export interface RuleContext {
  /** RAM of the machine the file is for; null when it is not known (a check on another machine). */
  readonly totalBytes: number | null;
  /** The file is root's, as that of an installed keeper is: what names no account runs as root. */
  readonly isRoots: boolean;
  /** Line of a path of the file, for messages that point at another place. */
  readonly lineOf: (path: Path) => number | null;
}

export interface Rule {
  readonly name: string;
  /** A warning is shown and the file is used all the same. */
  readonly severity: 'error' | 'warning';
  readonly find: (config: Config, context: RuleContext) => readonly Finding[];
}

const gb = (bytes: number): string => printQuantity('size', bytes);
const percent = (share: number): string => printQuantity('percent', share);

const steps = [
  ['yellow', 'orange'],
  ['orange', 'red'],
] as const;

export const rules: readonly Rule[] = [
  {
    name: 'available memory falls from level to level',
    severity: 'error',
    find: ({ pressure }) =>
      steps
        .filter(([mild, grave]) => pressure[mild].availableBytes <= pressure[grave].availableBytes)
        .map(([mild, grave]) => ({
          paths: [
            ['pressure', grave, 'available'],
            ['pressure', mild, 'available'],
          ],
          message:
            `${grave} (${gb(pressure[grave].availableBytes)} available) would not come after ` +
            `${mild} (${gb(pressure[mild].availableBytes)}).`,
          fix: `Make ${mild}.available larger than ${grave}.available.`,
        })),
  },
  {
    name: 'swap use rises from level to level',
    severity: 'error',
    find: ({ pressure }) =>
      steps
        .filter(([mild, grave]) => pressure[mild].swapPercent >= pressure[grave].swapPercent)
        .map(([mild, grave]) => ({
          paths: [
            ['pressure', grave, 'swap'],
            ['pressure', mild, 'swap'],
          ],
          message:
            `${grave} (${percent(pressure[grave].swapPercent)} of swap) would not come after ` +
            `${mild} (${percent(pressure[mild].swapPercent)}).`,
          fix: `Make ${mild}.swap smaller than ${grave}.swap.`,
        })),
  },
  ...seatRules,
  ...listenRules,
  ...machineRules,
  ...pushRules,
  ...reliefRules,
  ...advisorRules,
];
