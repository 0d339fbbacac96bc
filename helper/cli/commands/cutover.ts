import { labelPattern } from '../../host/label.ts';
import { type Prepared, prepare } from '../../install/cutover/cutover.ts';
import { type Progress, runPlan } from '../../install/cutover/run.ts';
import { besideText } from '../../install/cutover/words.ts';
import { faultWords } from '../../install/fault-words.ts';
import { type ErrorCode, failure } from '../../protocol/errors.ts';
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
  texts,
  usage,
} from '../command.ts';
import type { CutoverOutput } from '../cutover/output.ts';
import { backupOf, emptyOutput, notesOf, planLines, progressOf, sayLine, stepsOf, undoneOf } from '../cutover/print.ts';
import { alone, type CutoverWorld, type OpenWorld, thisMac } from '../cutover/world.ts';
import { exitCodeOf } from '../exit-code.ts';
import { printableJson } from '../printable.ts';

const interrupted = 'Interrupted: this step is finished first, then what has been done is undone.';

/** An end that went wrong: as JSON where that is asked for, else as an error. */
const wrong = (parsed: Parsed, io: Io, code: ErrorCode, detail: string, output: CutoverOutput): Outcome => {
  if (!flag(parsed, 'json')) return failed(failure(code, detail));
  io.out.write(`${printableJson(output, 2)}\n`);
  return exit(exitCodeOf(code));
};

const well = (parsed: Parsed, io: Io, output: CutoverOutput, lines: readonly string[]): Outcome => {
  if (flag(parsed, 'json')) io.out.write(`${printableJson(output, 2)}\n`);
  else for (const line of lines) sayLine(io, line);
  return exit(exitCodes.ok);
};

const refuse = (parsed: Parsed, io: Io, { preflight, plan }: Prepared): Outcome => {
  if (!flag(parsed, 'json')) for (const problem of preflight.problems) io.err.write(`- ${problem}\n`);
  const count = preflight.problems.length;
  return wrong(parsed, io, 'cutover_refused', `${count} ${count === 1 ? 'reason' : 'reasons'}`, {
    ...emptyOutput,
    outcome: 'refused',
    problems: [...preflight.problems],
    warnings: [...preflight.warnings],
    steps: stepsOf(plan),
  });
};

const carryOut = async (
  parsed: Parsed,
  io: Io,
  { plan, preflight }: Prepared,
  { ports }: OpenWorld,
): Promise<Outcome> => {
  const say = flag(parsed, 'json') ? (): void => {} : progressOf(io);
  const ends: Extract<Progress, { kind: 'end' }>[] = [];
  const end = await runPlan(plan, ports, (progress) => {
    if (progress.kind === 'end') ends.push(progress);
    say(progress);
  });
  const output: CutoverOutput = {
    ...emptyOutput,
    outcome: end.kind,
    warnings: [...preflight.warnings],
    steps: stepsOf(plan, ends),
    backup: backupOf(plan),
  };
  if (end.kind === 'complete') {
    const beside = besideText(plan);
    const said = beside === null ? [] : [beside];
    return well(parsed, io, { ...output, notes: [...end.notes, ...said] }, [
      `Done. The backups are in ${backupOf(plan)}; \`sudo castellan rollback\` brings back what was before.`,
      ...said,
    ]);
  }
  const { rolledBack, why } = end;
  const left = rolledBack.steps.flatMap(({ text, result }) => (result.ok ? [] : [`${text} ${result.why}`]));
  return wrong(parsed, io, end.kind === 'undone' ? 'cutover_undone' : 'cutover_stuck', [why, ...left].join(' | '), {
    ...output,
    problems: [why, ...left],
    undone: undoneOf(rolledBack),
    notes: [...notesOf(rolledBack)],
  });
};

const decide = async (parsed: Parsed, io: Io, prepared: Prepared, world: OpenWorld): Promise<Outcome> => {
  const { preflight, plan, facts } = prepared;
  const isJson = flag(parsed, 'json');
  const warnings = [...preflight.warnings];
  if (!isJson) for (const warning of warnings) io.err.write(`warning: ${warning}\n`);
  if (preflight.isNothing) {
    const now = facts.oursLoaded.length > 0 ? 'Castellan runs.' : 'Castellan does not run: `sudo castellan install`.';
    return well(parsed, io, { ...emptyOutput, warnings }, [`There is nothing to cut over. ${now}`]);
  }
  if (preflight.problems.length > 0) return refuse(parsed, io, prepared);
  if (flag(parsed, 'dry-run')) {
    const beside = besideText(plan);
    const notes = beside === null ? [] : [beside];
    return well(
      parsed,
      io,
      { ...emptyOutput, outcome: 'planned', warnings, steps: stepsOf(plan), notes, backup: backupOf(plan) },
      [...planLines(plan), ...notes, 'Nothing was changed.'],
    );
  }
  return carryOut(parsed, io, prepared, world);
};

export const makeCutoverCommand = (world: CutoverWorld): Command => ({
  name: 'cutover',
  summary: 'retire the services that watched memory before, and have Castellan in their place',
  options: {
    'dry-run': { type: 'boolean', help: 'print every step and how it would be undone; change nothing' },
    live: { type: 'boolean', help: 'leave the dry run in the same step, by castellan.toml' },
    'leave-unprotected': { type: 'boolean', help: 'retire them although nobody acts in their place yet' },
    also: { type: 'string', value: 'LABEL', multiple: true, help: 'retire this agent of the user, too' },
    json: jsonOption,
  },
  notes: [
    'For root, while the user whose agents they are is logged in at the screen. Backups come first; then the old agents are',
    'booted out and their property lists renamed, the port is seen to be free, and Castellan is started; one that the app has',
    'registered runs already, only observes until they are gone, and then starts anew. Whatever fails, all is undone; what is',
    'interrupted is undone by `castellan rollback`. Exit code 4: it did not begin, 1: it was undone.',
  ],
  run: async (parsed, io) => {
    if (world.platform !== 'darwin') return failed(failure('only_on_mac', 'castellan cutover'));
    const [live, leaveUnprotected] = [flag(parsed, 'live'), flag(parsed, 'leave-unprotected')];
    if (live && leaveUnprotected) return usage('--live and --leave-unprotected exclude each other');
    const also = texts(parsed, 'also');
    const odd = also.find((label) => !labelPattern.test(label));
    if (odd !== undefined) return usage(`"${odd}" is not the label of a service`);
    if (io.uid !== 0 && !flag(parsed, 'dry-run')) return failed(failure('needs_root', 'castellan cutover'));
    const account = world.account();
    if (account === null) return failed(failure('cutover_refused', 'nobody is logged in at the screen'));
    const isDryRun = flag(parsed, 'dry-run');
    try {
      const outcome = await alone(world.files(io), isDryRun, async () => {
        const opened = world.open(io, account, interrupted);
        try {
          const choices = { account, live, leaveUnprotected, also, chosen: world.chosen() };
          return await decide(parsed, io, await prepare(opened.ports, choices), opened);
        } finally {
          await opened.close();
        }
      });
      return outcome ?? failed(failure('cutover_refused', 'another cutover or rollback is under way'));
    } catch (fault) {
      return failed(failure('cutover_refused', faultWords(fault)));
    }
  },
});

export const cutoverCommand = makeCutoverCommand(thisMac);
