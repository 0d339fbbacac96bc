/** `npm test`: runs the stages, says a line for each, and ends with one line of counts that stands alone. */
import { randomInt } from 'node:crypto';
import path from 'node:path';
import { exitCodeOf, lastLine, type Outcome, totalsOf } from './outcome.ts';
import { killRunning } from './run-file.ts';
import { runStage } from './run-stage.ts';
import { selectStages } from './stages.ts';

const root = path.resolve(import.meta.dirname, '../..');
const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const selection = selectStages(process.argv.slice(2), root);
if (!selection.ok) {
  process.stderr.write(`${selection.problem}\n`);
  process.exit(2);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    killRunning();
    process.exit(130);
  });
}
process.on('exit', killRunning);
// The channel to the process that npm started: gone when that was killed.
process.on('disconnect', () => process.exit(130));

const seed = process.env.CASTELLAN_SEED ?? String(randomInt(2 ** 31));
say(`seed ${seed} (CASTELLAN_SEED=${seed} repeats it)`);

/** A stage that takes longer than this says where its time went. */
const longStageSeconds = 60;
const namedFiles = 5;

const slowest = (seconds: ReadonlyMap<string, number>): string =>
  [...seconds]
    .sort(([, a], [, b]) => b - a)
    .slice(0, namedFiles)
    .map(([file, took]) => `${path.basename(file, '.test.ts')} ${took.toFixed(0)} s`)
    .join(', ');

/** The machine's settings must not change what is tested. */
const cleanEnvironment = (): NodeJS.ProcessEnv => {
  const { NODE_OPTIONS: _options, NODE_TEST_CONTEXT: _context, FORCE_COLOR: _color, ...rest } = process.env;
  return { ...rest, NO_COLOR: '1', CASTELLAN_SEED: seed };
};

const all: Outcome[] = [];
const outputs = new Map<string, string>();
for (const selected of selection.selected) {
  const start = performance.now();
  const run = await runStage(selected, root, cleanEnvironment());
  all.push(...run.outcomes);
  for (const [name, output] of run.outputs) outputs.set(name, output);
  const seconds = (performance.now() - start) / 1000;
  const note = run.note === '' ? '' : `  (${run.note})`;
  say(
    `${selected.stage.name.padEnd(10)} ${lastLine(totalsOf(run.outcomes)).padEnd(36)} ${seconds.toFixed(1).padStart(6)} s${note}`,
  );
  if (seconds > longStageSeconds && run.seconds.size > 1) say(`  slowest: ${slowest(run.seconds)}`);
  for (const outcome of run.outcomes) if (outcome.status === 'failed') say(`  FAILED ${outcome.name}`);
}

const failed = all.filter((outcome) => outcome.status === 'failed');
for (const outcome of failed) say(`\nFAILED ${outcome.name}\n${outcome.detail.replace(/^/gm, '  ')}`);
for (const [name, output] of outputs) say(`\noutput of ${name}\n${output.trim().replace(/^/gm, '  ')}`);
const skipped = all.filter((outcome) => outcome.status === 'skipped');
if (skipped.length > 0) say('');
for (const outcome of skipped) say(`skipped ${outcome.name}: ${outcome.reason}`);

const totals = totalsOf(all);
if (totals.passed + totals.failed === 0) say('\nNo test ran.');
say('');
// Not process.exit() at once: on macOS a pipe may still hold what was said.
process.stdout.write(`${lastLine(totals)}\n`, () => process.exit(exitCodeOf(totals)));
