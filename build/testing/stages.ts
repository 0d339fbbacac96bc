import { existsSync, globSync } from 'node:fs';
import path from 'node:path';

/** A stage either runs commands that count as one test together, or test files. */
export type Stage =
  | {
      readonly kind: 'commands';
      readonly name: string;
      /** Each is the arguments of the pinned Node, from the project's folder. */
      readonly commands: readonly (readonly string[])[];
    }
  | {
      readonly kind: 'files';
      readonly name: string;
      readonly folder: string;
      /** A file that takes longer is ended with all it started. */
      readonly fileTimeoutMs: number;
      /** Files that run at the same time; default: one, as they start real processes and measure. */
      readonly lanes?: number;
      /** Names of files that are in each other's way: these run one at a time, before the others. */
      readonly alone?: RegExp;
      /** Names of files that do little but wait, for minutes: these run one at a time beside the lanes. */
      readonly aside?: RegExp;
      /** Run in Electron's company: a display, a session bus, the bundled app. */
      readonly graphical?: true;
      readonly platform?: NodeJS.Platform;
    };

/** A file waits more than it computes. More than two would make those that count seconds wait for a processor. */
const lanes = 2;

/** In the order they run: what fails fast comes first. */
export const stages: readonly Stage[] = [
  {
    kind: 'commands',
    name: 'types',
    commands: [
      ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json'],
      ['node_modules/typescript/bin/tsc', '-p', 'renderer/tsconfig.json'],
    ],
  },
  {
    kind: 'commands',
    name: 'lint',
    commands: [['node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '--max-diagnostics=100', '.']],
  },
  { kind: 'commands', name: 'bundle', commands: [['build/outputs/bundle.ts']] },
  { kind: 'files', name: 'unit', folder: 'test/unit', fileTimeoutMs: 120_000, lanes },
  { kind: 'files', name: 'property', folder: 'test/property', fileTimeoutMs: 180_000, lanes },
  {
    kind: 'files',
    name: 'linux',
    folder: 'test/linux',
    fileTimeoutMs: 180_000,
    lanes,
    // They take gigabytes, count on the deadman's seconds, or start everything there is.
    alone: /^(deadman(?!-wedge)|freeze|kill-points|memfd|npm-start|relief(?!-lasting)|start)\b/,
    // A minute until a wedged keeper is given up, two until a receipt is due.
    aside: /^(deadman-wedge|relief-lasting)\b/,
    platform: 'linux',
  },
  { kind: 'files', name: 'darwin', folder: 'test/darwin', fileTimeoutMs: 120_000 },
  { kind: 'files', name: 'scenarios', folder: 'test/scenarios', fileTimeoutMs: 180_000 },
  {
    kind: 'files',
    name: 'e2e',
    folder: 'test/e2e',
    // More than any suite in it allows itself: a suite that is late says what it was waiting for.
    fileTimeoutMs: 420_000,
    graphical: true,
    lanes,
    // They count what is drawn and how long it takes.
    alone: /^(hidden|popover-states-behaviour)\b/,
    // Memory fills and empties at the pace of a machine.
    aside: /^(relief|story)\b/,
  },
];

export interface Selected {
  readonly stage: Stage;
  /** Relative to the project; null for stages of commands. */
  readonly files: readonly string[] | null;
}

export type Selection =
  | { readonly ok: true; readonly selected: readonly Selected[] }
  | { readonly ok: false; readonly problem: string };

/**
 * Stages to run for the arguments of `npm test --`: none = all; names of stages; test files. The bundle is made first
 * when a graphical stage needs it.
 */
export function selectStages(args: readonly string[], root: string, all: readonly Stage[] = stages): Selection {
  const chosen = new Map<string, Set<string> | 'all'>();
  for (const arg of args) {
    const named = all.find((stage) => stage.name === arg);
    if (named) {
      chosen.set(named.name, 'all');
      continue;
    }
    const file = path.relative(root, path.resolve(root, arg)).split(path.sep).join('/');
    const owner = all.find((stage) => stage.kind === 'files' && file.startsWith(`${stage.folder}/`));
    if (!owner || !existsSync(path.join(root, file))) {
      const names = all.map((stage) => stage.name).join(', ');
      return { ok: false, problem: `"${arg}" is neither a stage (${names}) nor a test file` };
    }
    const before = chosen.get(owner.name);
    if (before !== 'all') chosen.set(owner.name, new Set([...(before ?? []), file]));
  }
  const needsBundle = all.some((stage) => stage.kind === 'files' && stage.graphical && chosen.has(stage.name));
  if (needsBundle && !chosen.has('bundle')) chosen.set('bundle', 'all');
  const selected = all.flatMap((stage): readonly Selected[] => {
    const wanted = args.length === 0 ? 'all' : chosen.get(stage.name);
    if (wanted === undefined) return [];
    if (stage.kind === 'commands') return [{ stage, files: null }];
    return [{ stage, files: wanted === 'all' ? testFiles(stage.folder, root) : [...wanted].sort() }];
  });
  return { ok: true, selected };
}

const testFiles = (folder: string, root: string): readonly string[] =>
  globSync(`${folder}/**/*.test.ts`, { cwd: root })
    .map((file) => file.split(path.sep).join('/'))
    .sort();
