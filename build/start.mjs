// `npm start`: all the set-up, then keeper and app. Starts on any Node >= 20 with built-ins only.
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execPinned, root } from './pinned-node.mjs';
import { setup } from './setup.mjs';
import { parseStart, usage } from './start-arguments.mjs';

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

/** Process groups that were started and have not ended, as the child reports them. */
const groups = new Set();
const signalGroups = (signal) => {
  for (const group of groups) {
    try {
      process.kill(-group, signal);
    } catch {
      // It has ended.
    }
  }
};

const child = execPinned([path.join(root, 'build', 'start', 'main.ts'), ...argv], {
  onMessage: ({ started, ended }) => {
    if (started) groups.add(started);
    if (ended) groups.delete(ended);
  },
  // Only when the child could not end them itself: it was killed.
  onExit: async () => {
    if (groups.size === 0) return;
    signalGroups('SIGTERM');
    signalGroups('SIGCONT');
    await sleep(2000);
    signalGroups('SIGKILL');
  },
});

// npm killed outright passes no signal on; its child then has another parent.
const parent = process.ppid;
if (process.env.npm_lifecycle_event) {
  setInterval(() => {
    if (process.ppid !== parent) child.kill('SIGTERM');
  }, 1000).unref();
}
