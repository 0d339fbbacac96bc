import { whyNotBack } from '../../install/cutover/cutover.ts';
import { type Journalled, latest } from '../../install/cutover/journal.ts';
import { besideOf } from '../../install/cutover/plan.ts';
import { rollBack, undoLines } from '../../install/cutover/rollback.ts';
import { backOnText } from '../../install/cutover/words.ts';
import { faultWords } from '../../install/fault-words.ts';
import { failure } from '../../protocol/errors.ts';
import {
  type Command,
  exit,
  exitCodes,
  failed,
  flag,
  type Io,
  jsonOption,
  type Outcome,
  type Parsed,
} from '../command.ts';
import type { CutoverOutput } from '../cutover/output.ts';
import { backupOf, emptyOutput, notesOf, sayLine, sayUndone, undoneOf } from '../cutover/print.ts';
import { alone, type CutoverWorld, type OpenWorld, thisMac } from '../cutover/world.ts';
import { printableJson } from '../printable.ts';

const say = (parsed: Parsed, io: Io, output: CutoverOutput, lines: readonly string[]): void => {
  if (flag(parsed, 'json')) io.out.write(`${printableJson(output, 2)}\n`);
  else for (const line of lines) sayLine(io, line);
};

/** Of one that ran before the cutover the step that ends it has said how it is now. */
const doneLine = ({ plan }: Journalled): string =>
  besideOf(plan) === null
    ? `Done: everything is as it was before. Castellan's daemons stay out until \`castellan install\` or \`cutover\`.`
    : 'Done: the services of before are as they were.';

const undoAll = async (parsed: Parsed, io: Io, found: Journalled, { ports }: OpenWorld): Promise<Outcome> => {
  const isJson = flag(parsed, 'json');
  if (!isJson) sayLine(io, `The cutover of ${found.plan.stamp} is undone:`);
  const rolledBack = await rollBack(found, ports, (undone) => (isJson ? undefined : sayUndone(io, undone)));
  const output: CutoverOutput = {
    ...emptyOutput,
    outcome: rolledBack.ok ? 'complete' : 'stuck',
    problems: rolledBack.steps.flatMap(({ text, result }) => (result.ok ? [] : [`${text} ${result.why}`])),
    undone: undoneOf(rolledBack),
    notes: [...notesOf(rolledBack)],
    backup: backupOf(found.plan),
  };
  const unwritten = 'That it is done could not be written down; the next rollback looks again and finds nothing to do.';
  say(parsed, io, output, [
    ...(rolledBack.isUnwritten ? [unwritten] : []),
    ...(rolledBack.ok ? [doneLine(found)] : []),
  ]);
  if (rolledBack.ok) return exit(exitCodes.ok);
  return isJson ? exit(exitCodes.findings) : failed(failure('rollback_incomplete', output.problems.join(' | ')));
};

const planned = (parsed: Parsed, io: Io, found: Journalled): Outcome => {
  const lines = undoLines(found);
  const undone = lines.map((text) => ({ text, state: 'planned' as const, why: null }));
  const beside = besideOf(found.plan);
  const ends = beside !== null && [...found.begun].some((at) => found.plan.steps[at]?.kind === 'boot_out');
  const notes = ends ? [backOnText(beside)] : [];
  say(parsed, io, { ...emptyOutput, outcome: 'planned', undone, notes, backup: backupOf(found.plan) }, [
    `The cutover of ${found.plan.stamp} would be undone:`,
    ...lines.map((line) => `   - ${line}`),
    ...notes,
    'Nothing was changed.',
  ]);
  return exit(exitCodes.ok);
};

/** Whose agents they are is told by the journal; who sits at the screen does not matter to it. */
const rollback = async (parsed: Parsed, io: Io, world: CutoverWorld): Promise<Outcome> => {
  const found = latest(world.files(io));
  if (found === null) {
    say(parsed, io, emptyOutput, ['There is no cutover that could be undone.']);
    return exit(exitCodes.ok);
  }
  if (flag(parsed, 'dry-run')) return planned(parsed, io, found);
  const opened = world.open(io, found.plan.account, 'It goes on: half of it would be worse than either.');
  try {
    const why = await whyNotBack(opened.ports, found.plan);
    return why === null ? await undoAll(parsed, io, found, opened) : failed(failure('cutover_refused', why));
  } finally {
    await opened.close();
  }
};

export const makeRollbackCommand = (world: CutoverWorld): Command => ({
  name: 'rollback',
  summary: 'undo the last cutover, also one that was interrupted: the old services run again',
  options: {
    'dry-run': { type: 'boolean', help: 'print what would be undone; change nothing' },
    json: jsonOption,
  },
  notes: [
    "For root, while the user whose agents they are is logged in at the screen. Castellan's daemons are booted out, the old",
    'property lists get their names back and are loaded again. It can be run again when it could not finish (exit code 1).',
  ],
  run: async (parsed, io) => {
    if (world.platform !== 'darwin') return failed(failure('only_on_mac', 'castellan rollback'));
    if (io.uid !== 0 && !flag(parsed, 'dry-run')) return failed(failure('needs_root', 'castellan rollback'));
    try {
      const outcome = await alone(world.files(io), flag(parsed, 'dry-run'), () => rollback(parsed, io, world));
      return outcome ?? failed(failure('cutover_refused', 'another cutover or rollback is under way'));
    } catch (fault) {
      return failed(failure('rollback_incomplete', faultWords(fault)));
    }
  },
});

export const rollbackCommand = makeRollbackCommand(thisMac);
