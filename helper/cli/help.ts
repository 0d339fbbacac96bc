import type { Command } from './command.ts';

/** Help texts, made from the table so that they cannot say what is not so. */

export const twoColumns = (rows: readonly (readonly [left: string, right: string])[]): readonly string[] => {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
};

/** Started by launchd or by `npm start`, seldom by hand. */
const roles = [
  ['keeper', 'senses, judges, acts and records; answers all commands'],
  ['deadman', 'resumes what is frozen when the keeper is gone or hangs'],
  ['gateway', 'answers HTTP on 127.0.0.1:2189 and starts seats for whoever connects; has no rights'],
  ['supervisor', 'runs services on Linux, as launchd does on macOS'],
  ['self-check', 'tries what this program needs here, and ends; changes nothing'],
] as const;

export const generalHelp = (commands: readonly Command[]): string =>
  [
    'Usage: castellan COMMAND [OPTIONS]',
    '',
    'Commands:',
    ...twoColumns(
      commands.map(({ name, takes, summary }) => [takes === undefined ? name : `${name} ${takes}`, summary] as const),
    ),
    '',
    'Roles, which run until they are told to end:',
    ...twoColumns(roles),
    '',
    '`castellan COMMAND --help` says more, of a role, too.',
    'Exit codes: 0 all well, 1 a check failed, 2 wrong usage, 3 no answer from the keeper, 4 refused.',
    '',
  ].join('\n');

export const commandHelp = ({ name, takes, summary, options, notes = [] }: Command): string => {
  const rows = Object.entries(options).map(
    ([option, { value, help }]) => [value === undefined ? `--${option}` : `--${option} ${value}`, help] as const,
  );
  return [
    `Usage: castellan ${name}${takes === undefined ? '' : ` ${takes}`}${rows.length === 0 ? '' : ' [OPTIONS]'}`,
    '',
    `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`,
    ...(rows.length === 0 ? [] : ['', ...twoColumns(rows)]),
    ...(notes.length === 0 ? [] : ['', ...notes]),
    '',
  ].join('\n');
};
