import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { isJournal, replayJournal } from '../../incidents/journal-replay.ts';
import { type Moment, timelineLines } from '../../incidents/moments.ts';
import { type Replayed, replay } from '../../incidents/replay.ts';
import { maxScenarioBytes, readScenario, type Scenario } from '../../incidents/scenario.ts';
import { clockText } from '../../incidents/words.ts';
import { failure } from '../../protocol/errors.ts';
import { type Command, exit, exitCodes, failed, flag, type Io, jsonOption, type Outcome } from '../command.ts';
import { printable, printableJson } from '../printable.ts';

const writeLines = ({ out }: Io, lines: readonly string[]): void => {
  for (const line of lines) out.write(`${printable(line)}\n`);
};

const summary = (moments: readonly Moment[]): string => {
  const decisions = moments.filter(({ kind }) => kind === 'decision').length;
  const alerts = moments.filter(({ kind }) => kind === 'alert').length;
  return `${decisions} decision${decisions === 1 ? '' : 's'}, ${alerts} alert${alerts === 1 ? '' : 's'}`;
};

const sayScenario = (scenario: Scenario, { moments, deviations }: Replayed, io: Io): void => {
  const [first, ...others] = deviations;
  writeLines(io, [scenario.name, scenario.story, '']);
  writeLines(io, timelineLines(first === undefined ? moments : moments.filter(({ atMs }) => atMs <= first.atMs)));
  if (first === undefined) {
    writeLines(io, ['', `As expected until ${clockText(scenario.duration)}: ${summary(moments)}.`]);
    return;
  }
  const more =
    others.length === 0 ? '' : ` ${others.length} more deviation${others.length === 1 ? ' follows' : 's follow'}.`;
  writeLines(io, ['', `Not as expected at ${clockText(first.atMs)}: ${first.text}${more}`]);
};

const replayScenario = (text: string, json: boolean, io: Io): Outcome => {
  const read = readScenario(text);
  if (!read.ok) return failed(read.failure);
  const { scenario } = read;
  const replayed = replay(scenario);
  const { moments, deviations } = replayed;
  const asExpected = deviations.length === 0;
  if (json)
    io.out.write(
      `${printableJson({ kind: 'scenario', name: scenario.name, asExpected, deviations, timeline: moments }, 2)}\n`,
    );
  else sayScenario(scenario, replayed, io);
  return exit(asExpected ? exitCodes.ok : exitCodes.findings);
};

const replayOfJournal = async (path: string, json: boolean, io: Io): Promise<Outcome> => {
  const replayed = await replayJournal(path);
  if (!replayed.ok) return failed(replayed.failure);
  const { moments, steps, span } = replayed;
  if (json) {
    io.out.write(`${printableJson({ kind: 'journal', steps, span, timeline: moments }, 2)}\n`);
    return exit(exitCodes.ok);
  }
  const fromMs = span?.fromMs ?? 0;
  writeLines(io, timelineLines(moments.map((moment) => ({ ...moment, atMs: moment.atMs - fromMs }))));
  const length = clockText((span?.untilMs ?? fromMs) - fromMs);
  writeLines(io, ['', `${steps} inputs over ${length} judged again: ${summary(moments)}.`]);
  return exit(exitCodes.ok);
};

const tooLarge = failure('scenario_invalid', `larger than ${maxScenarioBytes / 2 ** 20} MB`);

export const replayCommand: Command = {
  name: 'replay',
  summary: 'replay a scenario or a journal through the judgement',
  takes: 'FILE',
  positionals: { min: 1, max: 1 },
  options: { json: jsonOption },
  notes: [
    'FILE is a scenario (`castellan schema scenario` prints its form), or the journal of inputs of a keeper: its folder,',
    'the run directory it lies in, or one file of it. A scenario ends with exit code 1 at the first thing that does not',
    'come as it expects. Nothing is sent, stopped or written; no keeper is needed.',
  ],
  run: async (parsed, io) => {
    const path = resolve(parsed.positionals[0] ?? '');
    const json = flag(parsed, 'json');
    try {
      if (await isJournal(path)) return await replayOfJournal(path, json, io);
      if ((await stat(path)).size > maxScenarioBytes) return failed(tooLarge);
      return replayScenario(await readFile(path, 'utf8'), json, io);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error)) throw error;
      const why = error.code === 'ENOENT' ? 'does not exist' : `could not be read (${String(error.code)})`;
      return failed(failure('scenario_invalid', `${path} ${why}`));
    }
  },
};
