import { size } from '../protocol/figures.ts';
import type { Config } from './config.ts';
import type { Path } from './lines.ts';
import { reliefRules } from './rules-relief.ts';
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

/** Names and labels are looked up without regard to case, so two that differ in case only are the same. */
const repeated = (what: 'name' | 'label') => (config: Config, context: RuleContext) => {
  const first = new Map<string, number>();
  const findings: Finding[] = [];
  for (const [i, seat] of config.seats.entries()) {
    const value = seat[what].toLowerCase();
    const before = first.get(value);
    if (before === undefined) {
      first.set(value, i);
      continue;
    }
    const line = context.lineOf(['seat', before, what]);
    findings.push({
      paths: [['seat', i, what]],
      message: `Two seats have the ${what} "${seat[what]}"${line === null ? '' : `; the other is in line ${line}`}.`,
      fix: `Give each seat a ${what} of its own.`,
    });
  }
  return findings;
};

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
  { name: 'seat names are unique', severity: 'error', find: repeated('name') },
  { name: 'seat labels are unique', severity: 'error', find: repeated('label') },
  {
    name: 'wired memory is part of the peak',
    severity: 'error',
    find: ({ seats }) =>
      seats.flatMap((seat, i) =>
        seat.wiredBytes <= seat.peakBytes
          ? []
          : [
              {
                paths: [['seat', i, 'wired']] as const,
                message: `${seat.name} cannot wire ${gb(seat.wiredBytes)} out of a peak of ${gb(seat.peakBytes)}.`,
                fix: 'Raise peak or lower wired: wired counts as part of the peak.',
              },
            ],
      ),
  },
  {
    name: 'the peaks fit the machine',
    severity: 'warning',
    find: ({ seats }, { totalBytes }) => {
      const sum = seats.reduce((all, seat) => all + seat.peakBytes, 0);
      if (totalBytes === null || sum <= totalBytes) return [];
      return [
        {
          paths: [['seat']],
          message: `All peaks together are ${size(sum)}, ${size(sum - totalBytes)} more than this machine's ${size(totalBytes)}.`,
          fix: 'Not all seats can be loaded at once; lower a peak if it is set too high.',
        },
      ];
    },
  },
  ...reliefRules,
];
