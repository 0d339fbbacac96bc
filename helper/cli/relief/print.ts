import { type ExitCode, exit, exitCodes, flag, type Io, type Outcome, type Parsed } from '../command.ts';
import { printable, printableJson } from '../printable.ts';

/** Says what a command found: JSON for programs, or lines. */
export const tell = (
  parsed: Parsed,
  { out }: Io,
  output: unknown,
  lines: readonly string[],
  code: ExitCode = exitCodes.ok,
): Outcome => {
  if (flag(parsed, 'json')) out.write(`${printableJson(output, 2)}\n`);
  else for (const line of lines) out.write(`${line.split('\n').map(printable).join('\n')}\n`);
  return exit(code);
};

/** A number of a proposal, a plan or a freeze as it is typed; null: it is none. */
export const numberOf = (typed: string | undefined): number | null =>
  typed !== undefined && /^\d{1,15}$/.test(typed) ? Number(typed) : null;
