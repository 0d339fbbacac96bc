/** `npm start`: deadman, supervisor, keeper, gateway and app (or live status in the terminal) in development mode; ends all it started and only that. */
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { developmentRunDirectory, socketPath } from '../../helper/keeper/life/run-directory.ts';
import { type ElectronRuntime, findElectron } from '../fetch/electron-runtime.ts';
import { presenceOn } from './answers.ts';
import { parseStart, usage } from './arguments.mjs';
import { type ChildOptions, type Ending, startChild } from './child.ts';
import {
  appCommand,
  deadmanCommand,
  gatewayCommand,
  keeperCommand,
  type Place,
  statusCommand,
  supervisorCommand,
} from './commands.ts';
import { demoPorts, demoSeat, writeDemoConfig } from './demo.ts';
import { type Supervised, supervise } from './supervise.ts';

const root = path.resolve(import.meta.dirname, '../..');
const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const options = parseStart(process.argv.slice(2));
if (options.kind !== 'run') {
  process.stdout.write(`${usage}\n`);
  process.exit(options.kind === 'help' ? 0 : 2);
}

const uid = process.getuid?.() ?? 0;
const runDirectory = options.runDirectory
  ? path.resolve(options.runDirectory)
  : developmentRunDirectory({ platform: process.platform, uid, env: process.env });
const place: Place = { root, runDirectory, env: process.env };
const socket = socketPath(runDirectory);

/** What was started and ends together. */
const running: Supervised[] = [];
/**
 * End after all of these, one after the other: what was left frozen is resumed first, and only what runs can be told to end.
 */
const beside: Supervised[] = [];
/** Aborted when the end has begun. */
const ending = new AbortController();
let exitCode = 0;
let finish: () => void = () => {};
const finished = new Promise<void>((resolve) => {
  finish = resolve;
});

function end(code: number, why?: string): void {
  if (ending.signal.aborted) return;
  ending.abort();
  exitCode = code;
  if (why) say(why);
  void Promise.all(running.map((supervised) => supervised.stop()))
    .then(async () => {
      for (const supervised of beside) await supervised.stop();
    })
    .then(finish);
}

/** A Ctrl-C reaches this process from the terminal and from each that stands between: so soon after the first it is the same. */
const sameMs = 500;
/** Then it is said what is waited for. */
const sayWaitMs = 2_000;

let askedAtMs: number | null = null;
function asked(): void {
  const now = performance.now();
  if (askedAtMs === null) {
    askedAtMs = now;
    end(0);
    setTimeout(
      () => say('Waiting for what still runs to end in order; Ctrl-C again ends it at once.'),
      sayWaitMs,
    ).unref();
  } else if (now - askedAtMs >= sameMs) for (const supervised of [...running, ...beside]) supervised.hurry();
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, asked);
process.on('disconnect', () => end(1));

/** Exit codes of all roles after sysexits.h: wrong arguments; not on this system; another one has the directory; it is unfit. */
const roleExit = { usage: 64, unavailable: 69, already_running: 75, refused: 78 } as const;
const isHopeless = ({ code }: Ending): boolean =>
  code === roleExit.usage || code === roleExit.unavailable || code === roleExit.refused;

/** Another keeper took the directory: that one is joined. It may still be starting. */
async function anotherAnswers({ code }: Ending): Promise<boolean> {
  for (const until = performance.now() + (code === roleExit.already_running ? 5000 : 0); ; await sleep(100)) {
    if ((await presenceOn(socket)) === 'answers') return true;
    if (performance.now() >= until) return false;
  }
}

/** Started before the keeper, which freezes nothing without the deadman and sheds nothing without the supervisor. */
function runBeside(command: ChildOptions, without: string): void {
  const supervised = supervise({
    name: command.name,
    start: () => startChild(command),
    isMeant: () => false,
    isNeedless: async ({ code }) => code === roleExit.already_running,
    isHopeless,
    say,
  });
  beside.push(supervised);
  void supervised.done.then((how) => {
    if (how === 'gave up') say(`${command.name}: not running, so ${without}`);
    if (how === 'ended') say(`${command.name}: another one serves ${runDirectory}`);
  });
}

function runKeeper(host: string, config: string | null): void {
  const keeper = supervise({
    name: 'keeper',
    start: () => startChild(keeperCommand(place, host, config)),
    isMeant: () => false,
    isNeedless: anotherAnswers,
    isHopeless,
    say,
  });
  running.push(keeper);
  void keeper.done.then((how) => {
    if (how === 'gave up') end(1);
    if (how === 'ended') say(`Another keeper answers in ${runDirectory}; joined it.`);
  });
}

/** Seats serve and can be asked for by the command line without it. */
function runGateway(): void {
  const gateway = supervise({
    name: 'gateway',
    start: () => startChild(gatewayCommand(place)),
    isMeant: () => false,
    isHopeless,
    say,
  });
  running.push(gateway);
  void gateway.done.then((how) => {
    if (how === 'gave up') say('gateway: not running, so there is no HTTP API and no proxy');
  });
}

/** A checkout that was never configured gets something to try. */
function offerDemo(host: string, config: string | null): void {
  // What a supervisor runs; the simulated Mac has its own seats, and on a Mac the installer's are meant.
  if (host !== 'linux' || config !== null) return;
  const written = writeDemoConfig(root, runDirectory);
  if (written === null) return;
  say(`demo: ${written} has a seat to try: curl -X POST http://127.0.0.1:${demoPorts.api}/ensure-loaded/${demoSeat}`);
}

/** Longer than all the waits between starts together: a keeper that lives and is still silent will not speak. */
const answerMs = 60_000;

async function untilAnswered(): Promise<void> {
  const until = performance.now() + answerMs;
  while (!ending.signal.aborted && (await presenceOn(socket)) !== 'answers') {
    if (performance.now() > until) end(1, `The keeper has not answered for ${answerMs / 1000} s; giving up.`);
    await sleep(50, undefined, { signal: ending.signal }).catch(() => {});
  }
}

function showInTerminal(seconds: number | null): void {
  const status = supervise({
    name: 'status',
    start: () => startChild(statusCommand(place, seconds)),
    isMeant: ({ code, signal }) => code === 0 || signal === 'SIGINT' || signal === 'SIGTERM',
    say,
  });
  running.push(status);
  void status.done.then((how) => {
    if (how !== 'stopped') end(how === 'ended' ? 0 : 1);
  });
}

async function runApp(electron: Extract<ElectronRuntime, { kind: 'found' }>, joined: boolean): Promise<void> {
  try {
    // Imported here: in a terminal neither the bundler nor the wire's types are needed, and they are large.
    const { bundle } = await import('../outputs/bundle.ts');
    await bundle();
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    end(1, 'The app does not build.');
    return;
  }
  if (ending.signal.aborted) return;
  const app = supervise({
    name: 'app',
    start: () => startChild(appCommand(place, electron, uid === 0)),
    isMeant: ({ code }) => code === 0,
    say,
  });
  running.push(app);
  say('app: in the menu bar');
  void app.done.then((how) => {
    if (how !== 'ended') return;
    // The second app hands over to the first and leaves.
    if (joined) end(0, 'app: the one that runs was asked to show itself');
    else say('app: quit; the keeper goes on until Ctrl-C');
  });
}

async function main(seconds: number | null, host: string, config: string | null, wantsApp: boolean): Promise<void> {
  const presence = await presenceOn(socket);
  if (presence === 'silent') {
    end(1, `Something holds ${socket} and does not answer. End it, or choose another place with --run-dir.`);
    return;
  }
  const joined = presence === 'answers';
  if (joined) say(`A keeper already answers in ${runDirectory}; joining it. Ctrl-C here leaves it running.`);
  else {
    say('deadman: starting; it resumes what is frozen if the keeper dies or hangs');
    runBeside(deadmanCommand(place), 'nothing will be frozen');
    // Before the supervisor, which writes the property lists of its seats.
    offerDemo(host, config);
    if (host === 'linux') {
      say(`supervisor: starting; it runs the services of ${path.join(runDirectory, 'services')}`);
      runBeside(supervisorCommand(place, config), 'no service will be started or shed');
    }
    say(`keeper: starting in ${runDirectory} (host ${host}); Ctrl-C ends it`);
    runKeeper(host, config);
    say('gateway: starting; the HTTP API is at api.listen of castellan.toml, by default http://127.0.0.1:2189');
    runGateway();
  }
  await untilAnswered();
  if (ending.signal.aborted) return;
  const electron = wantsApp ? findElectron(root) : null;
  if (electron?.kind === 'missing') say(`app: not started, ${electron.reason}`);
  if (electron?.kind !== 'found') {
    showInTerminal(seconds);
    return;
  }
  await runApp(electron, joined);
  const { describeReading, firstReading } = await import('./reading.ts');
  const status = await firstReading(place, ending.signal);
  if (status === null) return;
  say(`first reading: ${describeReading(status)}`);
  if (seconds !== null) setTimeout(() => end(0), seconds * 1000);
}

await main(options.seconds, options.host, options.config, options.app);
await finished;
process.exit(exitCode);
