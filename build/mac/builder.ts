import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Tooling } from './tooling.ts';

export interface BuilderRun {
  readonly root: string;
  readonly tooling: Extract<Tooling, { kind: 'found' }>;
  /** What follows `electron-builder`. */
  readonly args: readonly string[];
  readonly say: (line: string) => void;
  readonly env?: NodeJS.ProcessEnv;
}

export type Built = { readonly ok: true } | { readonly ok: false; readonly problem: string };

const timeoutMs = 900_000;

/** Without the variables from which electron-builder would take an identity: signing is build/mac/release/sign-plan.ts's. */
export const withoutIdentity = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('CSC_'))),
  CSC_IDENTITY_AUTO_DISCOVERY: 'false',
});

/** Runs electron-builder on the pinned Node, its lines passed on. */
export function runBuilder({ root, tooling, args, say, env = process.env }: BuilderRun): Promise<Built> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [tooling.command, ...args, '--projectDir', root, '--publish', 'never'], {
      cwd: root,
      env: withoutIdentity(env),
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: timeoutMs,
    });
    const last: string[] = [];
    const pass = (line: string): void => {
      const text = line.trim();
      if (text === '') return;
      say(`  ${text}`);
      last.push(text);
      if (last.length > 20) last.shift();
    };
    // It writes a line in several parts.
    for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', pass);
    child.on('error', (error) => resolve({ ok: false, problem: `electron-builder did not start: ${error.message}` }));
    child.on('close', (code, signal) => {
      if (code === 0) return resolve({ ok: true });
      const said = last.find((line) => line.includes('⨯')) ?? last.at(-1) ?? 'it said nothing';
      resolve({ ok: false, problem: `electron-builder ended with ${signal ?? `code ${code}`}: ${said}` });
    });
  });
}

/** The unsigned bundle, and nothing else. */
export const directoryArguments = (output: string, electronDist: string | null, build: number | null): string[] => [
  ...['--mac', 'dir', '--arm64', '--config', 'electron-builder.yml'],
  ...['-c.mac.identity=null', '-c.mac.notarize=false', `-c.directories.output=${path.resolve(output)}`],
  // CFBundleVersion: the number of the build; of a development build the version of the product.
  ...(build === null ? [] : [`-c.mac.bundleVersion=${build}`]),
  ...(electronDist === null ? [] : [`-c.electronDist=${path.resolve(electronDist)}`]),
];
