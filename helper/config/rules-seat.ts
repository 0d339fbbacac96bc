import type { SeatConfig } from './config.ts';
import type { Path } from './lines.ts';
import { eachSeat, repeated } from './rule-tools.ts';
import type { Finding, Rule } from './rules.ts';
import { plain, printQuantity } from './units.ts';

/** Rules of the table [[seat]]. Where seats listen is in rules-listen.ts. */

const unique = (what: 'name' | 'label'): Rule => ({
  name: `seat ${what}s are unique`,
  severity: 'error',
  find: ({ seats }, context) =>
    repeated(
      seats.map((seat) => seat[what]),
      (i) => ['seat', i, what],
      context,
      (value, other) => ({
        message: `Two seats have the ${what} "${value}"${other}.`,
        fix: `Give each seat a ${what} of its own.`,
      }),
    ),
});

/** Of a list of words that a program is started from. */
const programProblem = (
  key: string,
  words: readonly string[] | null,
  path: Path,
  isWritten: boolean,
): Finding | null => {
  const [program] = words ?? [];
  if (program === undefined)
    return isWritten
      ? {
          paths: [[...path, key]],
          message: 'This list names no program.',
          fix: `Write the program and its arguments, like ${key} = ["/usr/local/bin/program", "--flag"].`,
        }
      : null;
  return program.startsWith('/')
    ? null
    : {
        paths: [
          [...path, key, 0],
          [...path, key],
        ],
        message: `"${plain(program)}" is looked for nowhere: no shell reads this, and no PATH is searched.`,
        fix: 'Write the whole path of the program, from / on.',
      };
};

/** Keys that say nothing of a protected seat: what they say must not be lost in silence. */
const onCallOnly = {
  idle: 'never unloaded by itself, so it has no idle time',
  proxy: 'never started by a connection: its clients talk to it directly',
} as const;

const argvOf = ({ ready }: SeatConfig): readonly string[] | null => (ready?.kind === 'command' ? ready.argv : null);

export const seatRules: readonly Rule[] = [
  unique('name'),
  unique('label'),
  {
    name: 'a seat shows in one way that it serves',
    severity: 'error',
    find: eachSeat((seat, path, { lineOf }) => {
      const [url, command] = [[...path, 'ready'] as const, [...path, 'probe_cmd'] as const];
      const hasUrl = lineOf(url) !== null;
      const hasCommand = lineOf(command) !== null;
      if (hasUrl && hasCommand)
        return {
          paths: [command],
          message: `${seat.name} has both ready and probe_cmd, and only one can say when it serves.`,
          fix: 'Keep one of the two.',
        };
      if (hasUrl || hasCommand) return null;
      return {
        paths: [path],
        message: `Nothing says when ${seat.name} serves.`,
        fix: 'Add ready = { url = "http://127.0.0.1:PORT/v1/models" }, or probe_cmd = ["/path/of/a/program"].',
      };
    }),
  },
  {
    name: 'programs are named by their path',
    severity: 'error',
    find: eachSeat((seat, path, { lineOf }) =>
      [
        programProblem('probe_cmd', argvOf(seat), path, seat.ready === null && lineOf([...path, 'probe_cmd']) !== null),
        programProblem('command', seat.command, path, lineOf([...path, 'command']) !== null),
      ].filter((finding) => finding !== null),
    ),
  },
  {
    name: 'a wired argument has a place for its figure',
    severity: 'error',
    find: eachSeat(({ wiredArgument }, path) =>
      wiredArgument.length === 0 || wiredArgument.some((word) => word.includes('{mb}'))
        ? null
        : {
            paths: [[...path, 'wired_argument']],
            message: 'None of these arguments has {mb} in it, so the program would not learn its wired limit.',
            fix: 'Write {mb} where the megabytes belong, or [] if the program takes no limit.',
          },
    ),
  },
  {
    name: 'a protected seat has nothing that only an on-call seat can have',
    severity: 'error',
    find: eachSeat((seat, path, { lineOf }) =>
      seat.class === 'on_call'
        ? null
        : (['idle', 'proxy'] as const)
            .map((key) => ({ key, path: [...path, key] as const }))
            .filter((each) => lineOf(each.path) !== null)
            .map((each) => ({
              paths: [each.path] as const,
              message: `${seat.name} is protected and ${onCallOnly[each.key]}.`,
              fix: 'Remove this, or write class = "on_call".',
            })),
    ),
  },
  {
    name: 'no seat runs as root',
    severity: 'error',
    find: eachSeat(({ name, user }, path) =>
      user !== 'root'
        ? null
        : {
            paths: [[...path, 'user']],
            message: `${name} would run as root, and so would its probe_cmd: a flaw in a model server would then be a flaw of the whole machine.`,
            fix: 'Name an account of its own, like "_mlx".',
          },
    ),
  },
  {
    name: 'a property list of ours names its account',
    severity: 'warning',
    find: eachSeat(({ name, user, command, domain }, path, { isRoots }) =>
      !isRoots || command === null || user !== null || domain !== 'system'
        ? null
        : {
            paths: [[...path, 'command']],
            message: `${name} names no account, so launchd runs its command as root.`,
            fix: 'Add user = "_mlx", with the account it should have.',
          },
    ),
  },
  {
    name: 'nothing stands in for itself',
    severity: 'error',
    find: eachSeat(({ name, label, fallback }, path) =>
      fallback?.toLowerCase() !== label.toLowerCase()
        ? null
        : {
            paths: [[...path, 'fallback']],
            message: `${name} would stand in for itself.`,
            fix: 'Name the label of another service, or remove the line.',
          },
    ),
  },
  {
    name: 'files are checked of a program that is named',
    severity: 'error',
    find: eachSeat(({ name, health }, path, { lineOf }) =>
      health === null || health.files !== null
        ? null
        : (['beside', 'sha256'] as const)
            .map((key) => [...path, 'health', key] as const)
            .filter((each) => lineOf(each) !== null)
            .map((each) => ({
              paths: [each] as const,
              message: `Nothing says which program ${name} is started from.`,
              fix: 'Add program = "/path/of/it" to this table.',
            })),
    ),
  },
  {
    name: 'who is to answer is named where work is asked for',
    severity: 'error',
    find: eachSeat(({ name, health }, path) =>
      health === null || health.chatUrl === null || health.model !== null || health.listUrls.length > 0
        ? null
        : {
            paths: [[...path, 'health', 'chat']],
            message: `Nothing says which model ${name} is to be asked for.`,
            fix: 'Add model, or a list whose first model is taken.',
          },
    ),
  },
  {
    name: 'wired memory is part of the peak',
    severity: 'error',
    find: eachSeat(({ name, wiredBytes, peakBytes }, path) =>
      wiredBytes <= peakBytes
        ? null
        : {
            paths: [[...path, 'wired']],
            message: `${name} cannot wire ${printQuantity('size', wiredBytes)} out of a peak of ${printQuantity('size', peakBytes)}.`,
            fix: 'Raise peak or lower wired: wired counts as part of the peak.',
          },
    ),
  },
];
