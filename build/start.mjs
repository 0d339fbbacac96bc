// `npm start`: all the set-up, then keeper and app. Starts on any Node >= 20 with built-ins only.
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive, npmPid } from './setup/npm-process.mjs';
import { execPinned, root } from './setup/pinned-node.mjs';
import { setup } from './setup.mjs';
import { parseStart, usage } from './start/arguments.mjs';

const argv = process.argv.slice(2);
const options = parseStart(argv);
if (options.kind === 'help') {
  process.stdout.write(`${usage}\n`);
  process.exit(0);
}
if (options.kind === 'wrong') {
  process.stderr.write(`${options.problem}\n\n${usage}\n`);
  process.exit(2);
}
await setup(options.app ? 'app' : 'terminal');

/** What was started and has not ended, as the child reports it: kill(2) targets, negative for a process group. */
const targets = new Set();
const signalAll = (signal) => {
  for (const target of targets) {
    try {
      process.kill(target, signal);
    } catch {
      // It has ended.
    }
  }
};

const child = execPinned([path.join(root, 'build', 'start', 'main.ts'), ...argv], {
  onMessage: ({ started, ended }) => {
    if (started) targets.add(started);
    if (ended) targets.delete(ended);
  },
  // Only when the child could not end them itself: it was killed.
  onExit: async () => {
    if (targets.size === 0) return;
    signalAll('SIGTERM');
    signalAll('SIGCONT');
    await sleep(2000);
    signalAll('SIGKILL');
  },
});

// npm killed outright passes no signal on.
const npm = process.env.npm_lifecycle_event ? npmPid() : null;
if (npm !== null) {
  setInterval(() => {
    if (!isAlive(npm)) child.kill('SIGTERM');
  }, 1000).unref();
}
