/** `npm run campaign http`: a real gateway with its real keeper, and everything that is no request as it should be. */
import { type HttpOptions, parseHttpOptions, usage } from './http/options.ts';
import { newTally, runAttacks, runFuzz, type Tally } from './http/run.ts';
import { hangOn } from './http/slow.ts';
import { openWorld } from './http/world.ts';

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const progressMs = 15_000;

const seconds = (fromMs: number): string => ((performance.now() - fromMs) / 1000).toFixed(0);

const shown = (sent: Buffer): string => {
  const text = JSON.stringify(sent.toString('latin1', 0, 600));
  return sent.length > 600 ? `${text} … ${sent.length} bytes` : text;
};

const report = ({ statuses, findings }: Tally): void => {
  for (const [status, count] of [...statuses].sort(([a], [b]) => a.localeCompare(b)))
    say(`  ${String(count).padStart(7)} × ${status}`);
  for (const { what, problems, sent } of findings) {
    say(`  FAILED: ${what}: ${problems.join('; ')}`);
    say(`    ${shown(sent)}`);
  }
};

const untilBoth = async <T>(first: Promise<T>, other: Promise<void>): Promise<T> => {
  await other;
  return first;
};

const runCampaign = async (options: HttpOptions): Promise<boolean> => {
  const fromMs = performance.now();
  say(`http: ${options.runs} fuzzed requests, seed ${options.seed}, ${options.lanes} connections at a time`);
  const world = await openWorld();
  say(`a keeper and its gateway with two seats, up after ${seconds(fromMs)} s`);
  const tally = newTally();
  const wrong: string[] = [];
  const progress = setInterval(() => say(`  ${tally.requests} after ${seconds(fromMs)} s`), progressMs);
  try {
    // They take their time, so the rest goes on beside them.
    const slow = hangOn(world.target);
    await runAttacks(world.target, options.lanes, tally);
    const named = tally.requests;
    wrong.push(...world.harm().map((line) => `after the attacks with a name: ${line}`));
    const { problems, connections, worstMs } = await untilBoth(slow, runFuzz(world.target, options, tally));
    wrong.push(...problems, ...(await world.wrong()));
    say(
      `${named} attacks with a name, ${tally.requests - named} fuzzed requests, after ${seconds(fromMs)} s; answers:`,
    );
    report(tally);
    say(`${connections} slow clients were shown out; beside all that, /healthz took ${worstMs.toFixed(0)} ms at worst`);
    // Whoever sees nothing must be able to see: what is asked for as it should be starts the seat.
    wrong.push(...(await world.control()));
  } finally {
    clearInterval(progress);
    await world.close();
  }
  for (const line of wrong) say(`  FAILED: ${line}`);
  const failed = tally.findings.length + wrong.length;
  const verdict = failed === 0 ? 'passed: no crash, no effect' : `FAILED in ${failed} ways`;
  say(`${tally.requests} requests ${verdict}, seed ${options.seed}, ${seconds(fromMs)} s`);
  return failed === 0;
};

if (process.argv.includes('--help')) {
  say(usage);
  process.exit(0);
}
const parsed = (): HttpOptions => {
  try {
    return parseHttpOptions(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${usage}\n`);
    process.exit(2);
  }
};
const options = parsed();
if (process.platform !== 'linux') {
  say('http: its seat runs under the supervisor that stands in for launchd, so it runs on Linux only');
  process.exit(0);
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130));
process.exitCode = (await runCampaign(options)) ? 0 : 1;
