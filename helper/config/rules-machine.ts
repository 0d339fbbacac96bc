import { size } from '../protocol/figures.ts';
import { deniedByPattern } from '../relief/denied-programs.ts';
import { compilePattern } from '../relief/patterns.ts';
import type { SeatConfig } from './config.ts';
import { eachSeat, otherIn, repeated } from './rule-tools.ts';
import type { Rule } from './rules.ts';
import { plain } from './units.ts';

/** Rules of [[band]] and [gpu], and of what all seats together ask of the machine. */

const sumOf = (seats: readonly SeatConfig[], bytes: (seat: SeatConfig) => number): number =>
  seats.reduce((all, seat) => all + bytes(seat), 0);

const peak = ({ peakBytes }: SeatConfig): number => peakBytes;
const isProtected = (seat: SeatConfig): boolean => seat.class === 'protected';

export const machineRules: readonly Rule[] = [
  {
    name: 'band names are unique',
    severity: 'error',
    find: ({ bands }, context) =>
      repeated(
        bands.map(({ name }) => name),
        (i) => ['band', i, 'name'],
        context,
        (name, other) => ({
          message: `Two rules for bands have the name "${name}"${other}.`,
          fix: 'Give each rule a name of its own.',
        }),
      ),
  },
  {
    name: 'no band rule means what the system sets itself',
    severity: 'error',
    find: ({ bands }) =>
      bands.flatMap(({ pattern }, i) => {
        const compiled = compilePattern(pattern);
        const denied = compiled.ok ? deniedByPattern(compiled.matches) : null;
        return denied === null
          ? []
          : [
              {
                paths: [['band', i, 'pattern']] as const,
                message: `This matches ${denied.program} ("${plain(denied.command)}"), whose band is left alone: ${denied.why}.`,
                fix: 'Make the pattern narrower; `castellan match` shows what it matches.',
              },
            ];
      }),
  },
  {
    name: 'a band rule is written once',
    severity: 'warning',
    find: ({ bands }, { lineOf }) =>
      bands.flatMap(({ pattern }, i) => {
        const before = bands.findIndex((each) => each.pattern === pattern);
        return before === i
          ? []
          : [
              {
                paths: [['band', i, 'pattern']] as const,
                message: `A rule before has the same pattern${otherIn(lineOf(['band', before, 'pattern']))}.`,
                fix: 'The first that matches counts, so this one never does: remove one of them.',
              },
            ];
      }),
  },
  {
    name: 'the wired limit is less than the machine has',
    severity: 'warning',
    find: ({ gpu }, { totalBytes }) =>
      totalBytes === null || gpu.wiredLimitBytes === null || gpu.wiredLimitBytes < totalBytes
        ? []
        : [
            {
              paths: [['gpu', 'wired_limit']],
              message: `A wired limit of ${size(gpu.wiredLimitBytes)} is no limit on a machine of ${size(totalBytes)}, which then hangs before it is reached.`,
              fix: 'Leave the system several GB, or remove the line for its own policy.',
            },
          ],
  },
  {
    name: 'a seat’s wired memory fits the limit',
    severity: 'warning',
    find: (config, context) => {
      const limit = config.gpu.wiredLimitBytes;
      if (limit === null) return [];
      return eachSeat(({ name, wiredBytes }, path) =>
        wiredBytes <= limit
          ? null
          : {
              paths: [[...path, 'wired']],
              message: `${name} wires ${size(wiredBytes)}, and gpu.wired_limit is ${size(limit)}: it can never be admitted.`,
              fix: 'Raise gpu.wired_limit or lower wired.',
            },
      )(config, context);
    },
  },
  {
    name: 'the peaks fit the machine',
    severity: 'warning',
    find: ({ seats }, { totalBytes }) => {
      if (totalBytes === null) return [];
      const always = sumOf(seats.filter(isProtected), peak);
      if (always > totalBytes)
        return [
          {
            paths: [['seat']],
            message: `The peaks of the protected seats alone are ${size(always)}, ${size(always - totalBytes)} more than this machine's ${size(totalBytes)}, so nothing on call can ever be loaded.`,
            fix: 'Lower a peak if it is set too high, or make one of them on_call.',
          },
        ];
      const sum = sumOf(seats, peak);
      if (sum <= totalBytes) return [];
      return [
        {
          paths: [['seat']],
          message: `All peaks together are ${size(sum)}, ${size(sum - totalBytes)} more than this machine's ${size(totalBytes)}.`,
          fix: 'Not all seats can be loaded at once; lower a peak if it is set too high.',
        },
      ];
    },
  },
];
