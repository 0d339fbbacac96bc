/** `npm run campaign kill-points`: keeper and deadman are struck at random points over real frozen processes. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isPrivate, runLanes } from './lanes.ts';
import { type CampaignOptions, parseOptions, replayCommand, usage } from './options.ts';
import { planOf, seedOfRun } from './plan.ts';
import { carryOut, type RunResult } from './run.ts';
import { tablesOf } from './tables.ts';

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** One result a line, for who started the lane. */
const runLane = async ({ runs, seed, lanes, scale }: CampaignOptions, lane: number): Promise<void> => {
  // Who started this lane is gone.
  process.stdin.on('end', () => process.exit(1)).resume();
  const folder = mkdtempSync(join(tmpdir(), 'lane-'));
  for (let run = lane; run < runs; run += lanes) {
    const plan = planOf(seedOfRun(seed, run), { scale, mayReuse: isPrivate });
    say(JSON.stringify(await carryOut(plan, folder)));
  }
  process.exit(0);
};

const progressMs = 15_000;

const runCampaign = async (options: CampaignOptions): Promise<boolean> => {
  const { runs, seed, scale } = options;
  const where = isPrivate ? 'each lane in a pid namespace of its own' : 'no pid is given away: that needs root';
  say(`kill-points: ${runs} runs, seed ${seed}, times × ${scale}, ${options.lanes} at a time, ${where}`);
  const results: RunResult[] = [];
  const fromMs = performance.now();
  const seconds = (): string => ((performance.now() - fromMs) / 1000).toFixed(0);
  const progress = setInterval(() => say(`  ${results.length} of ${runs} after ${seconds()} s`), progressMs);
  const { problems } = await runLanes(options, (result) => {
    results.push(result);
    if (result.problems.length === 0) return;
    say(`  FAILED, seed ${result.plan.seed}: ${replayCommand(result.plan.seed, scale)}`);
    say(`    ${JSON.stringify(result.plan)}`);
    for (const problem of result.problems) say(`    ${problem}`);
  });
  clearInterval(progress);
  say('');
  for (const line of tablesOf(results)) say(line);
  for (const problem of problems) say(`  ${problem}`);
  const failed = results.filter((result) => result.problems.length > 0).length + runs - results.length;
  const processes = results.reduce((total, { figures }) => total + figures.frozen, 0);
  say('');
  say(
    `${runs - failed} of ${runs} runs passed, ${processes} processes were frozen when struck, seed ${seed}, ${seconds()} s`,
  );
  return failed === 0 && problems.length === 0;
};

if (process.argv.includes('--help')) {
  say(usage);
  process.exit(0);
}
const options = parseOptions(process.argv.slice(2));
if (typeof options === 'string') {
  process.stderr.write(`${options}\n${usage}\n`);
  process.exit(2);
}
if (process.platform !== 'linux') {
  say('kill-points: looks into /proc, so it runs on Linux only');
  process.exit(0);
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130));
if (options.lane !== null) await runLane(options, options.lane);
else process.exitCode = (await runCampaign(options)) ? 0 : 1;
