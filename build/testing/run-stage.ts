import { spawn } from 'node:child_process';
import path from 'node:path';
import { openSurroundings } from './display.ts';
import type { Outcome } from './outcome.ts';
import { type FileRun, runFile } from './run-file.ts';
import type { Selected, Stage } from './stages.ts';

export interface StageRun {
  readonly outcomes: readonly Outcome[];
  /** Output of the files and commands that failed, by name. */
  readonly outputs: ReadonlyMap<string, string>;
  readonly note: string;
  /** How long each file took, in seconds. */
  readonly seconds: ReadonlyMap<string, number>;
}

/** What a lane's files run in. */
interface Inside {
  readonly env: NodeJS.ProcessEnv;
  readonly prefix: readonly string[];
}

type FileStage = Extract<Stage, { kind: 'files' }>;

const lanesOf = ({ lanes = 1, aside }: FileStage): number => lanes + (aside === undefined ? 0 : 1);

export async function runStage({ stage, files }: Selected, root: string, env: NodeJS.ProcessEnv): Promise<StageRun> {
  if (stage.kind === 'commands') return runCommands(stage, root, env);
  if (files === null || files.length === 0)
    return { outcomes: [], outputs: new Map(), note: 'no test files', seconds: new Map() };
  const note = `${files.length} ${files.length === 1 ? 'file' : 'files'}`;
  if (stage.platform && stage.platform !== process.platform) {
    return skipAll(files, `it needs ${stage.platform}, this is ${process.platform}`, note);
  }
  if (!stage.graphical) return runFiles(stage, files, root, () => ({ env, prefix: [] }), note);
  // A display for each lane: windows on one display take the focus from each other.
  const opened = await Promise.allSettled(Array.from({ length: lanesOf(stage) }, () => openSurroundings(root)));
  const surroundings = opened.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  const ready = surroundings.filter((each) => each.kind === 'ready');
  try {
    // The others are closed all the same.
    const broken = opened.find((each) => each.status === 'rejected');
    if (broken !== undefined) throw broken.reason;
    const missing = surroundings.find((each) => each.kind === 'skip');
    if (missing !== undefined) return skipAll(files, missing.reason, note);
    const inside = (lane: number): Inside => {
      const room = ready[lane];
      if (room === undefined) throw new Error(`there is no display for lane ${lane}`);
      return { env: { ...env, ...room.env }, prefix: room.prefix };
    };
    return await runFiles(stage, files, root, inside, `${note}, ${ready[0]?.describe}`);
  } finally {
    for (const room of ready) await room.close();
  }
}

const skipAll = (files: readonly string[], reason: string, note: string): StageRun => ({
  outcomes: files.map((name) => ({ status: 'skipped', name, reason })),
  outputs: new Map(),
  note,
  seconds: new Map(),
});

async function runFiles(
  stage: FileStage,
  files: readonly string[],
  root: string,
  insideOf: (lane: number) => Inside,
  note: string,
): Promise<StageRun> {
  const runs = new Map<string, FileRun>();
  const seconds = new Map<string, number>();
  const { fileTimeoutMs, lanes = 1, alone, aside } = stage;
  const runLane = async (waiting: string[], lane: number): Promise<void> => {
    const inside = insideOf(lane);
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      const start = performance.now();
      runs.set(file, await runFile(file, { root, timeoutMs: fileTimeoutMs, ...inside }));
      seconds.set(file, (performance.now() - start) / 1000);
    }
  };
  const named = (names: RegExp | undefined): string[] => files.filter((file) => names?.test(path.basename(file)));
  const [first, waiting] = [named(alone), named(aside)];
  const together = files.filter((file) => !first.includes(file) && !waiting.includes(file));
  await runLane(first, 0);
  const side = aside === undefined ? [] : [runLane(waiting, lanes)];
  await Promise.all([...side, ...Array.from({ length: lanes }, (_, lane) => runLane(together, lane))]);
  const outcomes: Outcome[] = [];
  const outputs = new Map<string, string>();
  for (const file of files) {
    const run = runs.get(file);
    if (run === undefined) throw new Error(`${file} was not run`);
    outcomes.push(...run.outcomes);
    if (run.outcomes.some(({ status }) => status === 'failed') && run.output.trim()) outputs.set(file, run.output);
  }
  return { outcomes, outputs, note, seconds };
}

const commandTimeoutMs = 300_000;

async function runCommands(
  stage: Extract<Stage, { kind: 'commands' }>,
  root: string,
  env: NodeJS.ProcessEnv,
): Promise<StageRun> {
  const problems: string[] = [];
  for (const command of stage.commands) {
    const problem = await runCommand(command, root, env);
    if (problem !== null) problems.push(problem);
  }
  const outcome: Outcome =
    problems.length === 0
      ? { status: 'passed', name: stage.name }
      : { status: 'failed', name: stage.name, detail: problems.join('\n') };
  return { outcomes: [outcome], outputs: new Map(), note: '', seconds: new Map() };
}

/** Null when it ended with 0, else what it said. */
function runCommand(args: readonly string[], root: string, env: NodeJS.ProcessEnv): Promise<string | null> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [...args], {
      cwd: root,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: commandTimeoutMs,
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code, signal) => {
      resolve(code === 0 ? null : `${args.join(' ')}: ${signal ?? `code ${code}`}\n${output.trim()}`);
    });
  });
}
