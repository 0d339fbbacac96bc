import { parseArgs } from 'node:util';
import { didYouMean } from '../config/suggest.ts';
import { type Failure, failureText } from '../protocol/errors.ts';
import { type Command, type ExitCode, exitCodes, type Io, type Outcome, type Parsed } from './command.ts';
import { exitCodeOf } from './exit-code.ts';
import { commandHelp, generalHelp } from './help.ts';
import { processIo } from './io.ts';
import { printable } from './printable.ts';
import { commands } from './table.ts';

/** The command line: finds the command, parses its arguments, prints what went wrong. */

type Found =
  | { readonly command: Command; readonly rest: readonly string[] }
  | { readonly command: null; readonly word: string };

const findCommand = (argv: readonly string[]): Found => {
  // The longer name first: `config check` before a `config` there may be one day.
  for (const words of [2, 1]) {
    const name = argv.slice(0, words).join(' ');
    const command = commands.find((each) => each.name === name);
    const next = argv[words];
    const isGroup = commands.some((each) => each.name.startsWith(`${name} `));
    // `relief wrnog`: `relief` takes no word of its own, so another command was meant.
    const isOther = isGroup && command?.takes === undefined && next !== undefined && !next.startsWith('-');
    if (command !== undefined && !isOther) return { command, rest: argv.slice(words) };
  }
  const [first = '', second] = argv;
  const isGroup = commands.some(({ name }) => name.startsWith(`${first} `));
  return { command: null, word: isGroup && second !== undefined ? `${first} ${second}` : first };
};

const isHelp = (word: string | undefined): boolean => word === '--help' || word === '-h' || word === 'help';

/** Node's own sentences name its source code, not what was typed. */
const wrongOption = ({ options }: Command, rest: readonly string[], error: unknown): string => {
  const said = error instanceof Error ? error.message : String(error);
  const [, name = ''] = /'(?:-\w, )?--([\w-]+)/.exec(said) ?? [];
  const option = Object.hasOwn(options, name) ? options[name] : undefined;
  if (option === undefined) return said.split('. ')[0] ?? said;
  if (option.type === 'boolean') return `--${name} takes no value`;
  const value = option.value ?? 'VALUE';
  const next = rest[rest.indexOf(`--${name}`) + 1];
  return next === undefined
    ? `--${name} takes a value: --${name} ${value}`
    : `--${name} takes a value, and "${next}" begins like an option: --${name}=${value} if it is one`;
};

/**
 * `keep demo -1`: a number below zero is an argument that is wrong, and no option. Behind `--` it is read as one, unless it
 * is the value of the option before it.
 */
const withNumbers = ({ options }: Command, rest: readonly string[]): readonly string[] => {
  const isNumber = (word: string, at: number): boolean =>
    /^-\d/.test(word) && options[(rest[at - 1] ?? '').replace(/^--/, '')]?.type !== 'string';
  if (rest.includes('--') || !rest.some(isNumber)) return rest;
  return [...rest.filter((word, at) => !isNumber(word, at)), '--', ...rest.filter(isNumber)];
};

/** "SEAT and MINUTES are missing": those that are not there, by their names. */
const missing = ({ takes = '' }: Command, given: number): string => {
  const names = takes.split(' ').slice(given);
  return `${names.join(' and ')} ${names.length === 1 ? 'is' : 'are'} missing`;
};

const parse = (command: Command, rest: readonly string[]): Parsed | string => {
  try {
    const options = Object.fromEntries(
      Object.entries(command.options).map(([name, { type, multiple = false }]) => [name, { type, multiple }]),
    );
    const { values, positionals } = parseArgs({
      args: [...withNumbers(command, rest)],
      options,
      allowPositionals: true,
      strict: true,
    });
    const { min, max } = command.positionals ?? { min: 0, max: 0 };
    if (positionals.length >= min && positionals.length <= max)
      return { values: values as Parsed['values'], positionals };
    return positionals.length > max
      ? `"${positionals[max]}" is one argument too many`
      : missing(command, positionals.length);
  } catch (error) {
    // Of an option there is none of, Node's own sentence ("Unknown option '--jsn'. To specify …"), its first part.
    return wrongOption(command, rest, error);
  }
};

const wrongUsage = (io: Io, message: string, help: string): ExitCode => {
  io.err.write(`${printable(message)}\nSee \`${help}\`.\n`);
  return exitCodes.usage;
};

const unknown = (io: Io, word: string): ExitCode => {
  const near = didYouMean(
    word,
    commands.map(({ name }) => name),
  );
  const group = commands.filter(({ name }) => name.startsWith(`${word} `)).map(({ name }) => name);
  const hint =
    group.length > 0
      ? `\`castellan ${word}\` takes one more word: ${group.join(', ')}.`
      : `There is no command "${word}".${near === null ? '' : ` Did you mean "${near}"?`}`;
  return wrongUsage(io, hint, 'castellan --help');
};

/** The keeper knows its own verbs; who was refused typed a command. */
const asTyped = (command: Command, why: Failure): Failure =>
  why.code === 'not_allowed'
    ? {
        ...why,
        detail: why.detail
          .replace(/^[a-z_.]+ is for console$/, `\`castellan ${command.name}\` is for root and the user at the console`)
          .replace(/^[a-z_.]+ is for root$/, `\`castellan ${command.name}\` is for root`),
      }
    : why;

const end = (io: Io, command: Command, outcome: Outcome): ExitCode => {
  if (outcome.kind === 'exit') return outcome.code;
  if (outcome.kind === 'usage') return wrongUsage(io, outcome.message, `castellan ${command.name} --help`);
  io.err.write(`${printable(failureText(asTyped(command, outcome.failure)))}\n`);
  return exitCodeOf(outcome.failure.code);
};

/** Runs one command line and gives its exit code. */
export const run = async (argv: readonly string[], io: Io = processIo()): Promise<number> => {
  const [first] = argv;
  if (first === undefined) {
    io.err.write(generalHelp(commands));
    return exitCodes.usage;
  }
  if (first === '--version') return run(['version'], io);
  const asksHelp = isHelp(first);
  const found = findCommand(asksHelp ? argv.slice(1) : argv);
  if (asksHelp && argv.length === 1) {
    io.out.write(generalHelp(commands));
    return exitCodes.ok;
  }
  if (found.command === null) return unknown(io, found.word);
  const { command, rest } = found;
  if (asksHelp || rest.includes('--help') || rest.includes('-h')) {
    io.out.write(commandHelp(command));
    return exitCodes.ok;
  }
  const parsed = parse(command, rest);
  if (typeof parsed === 'string') return wrongUsage(io, parsed, `castellan ${command.name} --help`);
  return end(io, command, await command.run(parsed, io));
};
