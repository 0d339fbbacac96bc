/**
 * A process that takes memory as it is told: `hog.ts [options] NAME`, then lines on stdin. It touches what it takes, so the
 * kernel counts it. It ends when its parent does.
 *
 *   NAME          any word; by it a policy entry of a test matches this process and no other
 *   --hold MB     takes this much at once
 *   --listen      listens on a port of 127.0.0.1
 *   --drain MS    handles TERM by going on for so long, then exits with 0
 *   --deaf        ignores TERM
 *   --life MS     exits with 0 by itself after so long
 *   --service     has no stdin to listen to
 *
 * Prints `ready` when it holds what it was told to. The line `grow RATE SIZE` lets it grow by RATE MB a second until it
 * has taken SIZE MB in all, then it prints `grown`.
 */
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    hold: { type: 'string', default: '0' },
    listen: { type: 'boolean', default: false },
    drain: { type: 'string' },
    deaf: { type: 'boolean', default: false },
    life: { type: 'string' },
    service: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});

const MB = 2 ** 20;
/** Whatever a test asks for: others use this machine, too. */
const mostMb = 800;
const pieceMb = 1;
const parent = process.ppid;
const held: Buffer[] = [];

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const takenMb = (): number => held.length * pieceMb;

const take = (mb: number): void => {
  while (takenMb() < Math.min(mb, mostMb)) held.push(Buffer.allocUnsafeSlow(pieceMb * MB).fill(1));
};

let growing: NodeJS.Timeout | undefined;

const grow = (mbPerSecond: number, sizeMb: number): void => {
  clearInterval(growing);
  let owed = 0;
  let beforeMs = performance.now();
  growing = setInterval(() => {
    const nowMs = performance.now();
    // A moment without the processor, or in which it was stopped, is not made up for: that would be a jump, not growth.
    owed += (mbPerSecond * Math.min(nowMs - beforeMs, 100)) / 1000;
    beforeMs = nowMs;
    const whole = Math.floor(owed / pieceMb);
    owed -= whole * pieceMb;
    take(Math.min(takenMb() + whole * pieceMb, sizeMb));
    if (takenMb() < Math.min(sizeMb, mostMb)) return;
    clearInterval(growing);
    say('grown');
  }, 2);
};

if (values.deaf) process.on('SIGTERM', () => say('deaf'));
if (values.drain !== undefined)
  process.once('SIGTERM', () => {
    say('term');
    setTimeout(() => process.exit(0), Number(values.drain));
  });
if (values.life !== undefined) setTimeout(() => process.exit(0), Number(values.life));
// Nobody is left to tell it anything, or to end it.
setInterval(() => {
  if (process.ppid !== parent) process.exit(0);
}, 500);

take(Number(values.hold));
if (values.listen) await new Promise<void>((resolve) => createServer().listen(0, '127.0.0.1', () => resolve()));
if (!values.service) {
  const lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => {
    const [, rate, size] = /^grow (\d+) (\d+)$/.exec(line) ?? [];
    if (rate === undefined || size === undefined) say(`unknown: ${line}`);
    else grow(Number(rate), Number(size));
  });
  lines.on('close', () => process.exit(0));
}
say('ready');
