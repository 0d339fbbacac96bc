import { parseArgs } from 'node:util';
import { didYouMean } from '../config/suggest.ts';
import { failureText } from '../protocol/errors.ts';
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
    if (command !== undefined) return { command, rest: argv.slice(words) };
  }
  const [first = '', second] = argv;
  const isGroup = commands.some(({ name }) => name.startsWith(`${first} `));
  return { command: null, word: isGroup && second !== undefined ? `${first} ${second}` : first };
};

const isHelp = (word: string | undefined): boolean => word === '--help' || word === '-h' || word === 'help';

const parse = (command: Command, rest: readonly string[]): Parsed | string => {
  try {
    const options = Object.fromEntries(
      Object.entries(command.options).map(([name, { type, multiple = false }]) => [name, { type, multiple }]),
    );
    const { values, positionals } = parseArgs({ args: [...rest], options, allowPositionals: true, strict: true });
    const { min, max } = command.positionals ?? { min: 0, max: 0 };
    if (positionals.length >= min && positionals.length <= max)
      return { values: values as Parsed['values'], positionals };
    return positionals.length > max ? `"${positionals[max]}" is one argument too many` : `${command.takes} is missing`;
  } catch (error) {
    // Node's own sentence ("Unknown option '--jsn'. To specify a positional …"), its first part.
    const said = error instanceof Error ? error.message : String(error);
    return said.split('. ')[0] ?? said;
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

const end = (io: Io, command: Command, outcome: Outcome): ExitCode => {
  if (outcome.kind === 'exit') return outcome.code;
  if (outcome.kind === 'usage') return wrongUsage(io, outcome.message, `castellan ${command.name} --help`);
  io.err.write(`${printable(failureText(outcome.failure))}\n`);
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
