/**
 * A service for the supervisor's tests. Writes a line for what happens to it: "start PID", "term", "drained".
 *   --drain MS   handles TERM by going on that long and exiting with 0; without it TERM ends it
 *   --exit CODE  exits by itself at once
 *   --listen     listens on a port of 127.0.0.1 and writes "listen PORT"
 *   --note TEXT  is ignored: by it the process is found again
 *   --spawn MS   starts a child in its group that handles TERM by ending MS later, and writes "child PID"
 */
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    drain: { type: 'string' },
    exit: { type: 'string' },
    listen: { type: 'boolean' },
    note: { type: 'string' },
    spawn: { type: 'string' },
  },
});
const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const { drain } = values;
if (drain !== undefined)
  process.on('SIGTERM', () => {
    say('term');
    setTimeout(() => {
      say('drained');
      process.exit(0);
    }, Number(drain));
  });
if (values.listen === true) {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const at = server.address();
    say(`listen ${typeof at === 'object' ? at?.port : at}`);
  });
}
if (values.spawn !== undefined) {
  const child = spawn(process.execPath, ['--no-warnings', import.meta.filename, '--drain', values.spawn], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  say(`child ${child.pid}`);
}
say(`start ${process.pid} ${performance.timeOrigin + performance.now()}`);
if (values.exit !== undefined) process.exit(Number(values.exit));
// An hour: a test that fails to end it does not leave it for ever.
setTimeout(() => process.exit(9), 3_600_000);
