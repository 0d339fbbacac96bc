/**
 * The keeper's side of freezing as a process of its own: `deadman-keeper.ts RUN_DIR INSTANCE FACTOR`, the real host, link and
 * freezer, and a beat as a keeper's loop gives it. Takes lines `freeze PLAN LIMIT_MS PID…`, `resume PLAN`, `state`, `mute`,
 * `reread`, `close`; answers each with one line of JSON. Events come as lines `{"event": …}`.
 */
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLinuxHost } from '../../helper/host/linux/host.ts';
import { deadmanLinkTimes, startDeadmanLink } from '../../helper/keeper/acting/deadman-link.ts';
import { createFreezer } from '../../helper/keeper/acting/freezer.ts';
import type { Target } from '../../helper/relief/acts.ts';
import { scaledTimes } from './deadman-times.ts';

const [runDirectory = '', instance = '', scale = '1'] = process.argv.slice(2);
const factor = Number(scale);
const print = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value)}\n`);

const host = createLinuxHost();
const link = startDeadmanLink({
  runDirectory,
  instance,
  bootId: host.facts.bootId,
  clock: host.clock,
  onEvent: (event) => print({ event }),
  times: {
    acknowledgeMs: deadmanLinkTimes.acknowledgeMs,
    beatEveryMs: deadmanLinkTimes.beatEveryMs * factor,
    reconnectMs: deadmanLinkTimes.reconnectMs * factor,
    unheardMs: deadmanLinkTimes.unheardMs * factor,
    lostMs: deadmanLinkTimes.lostMs * factor,
  },
});
const warnings: string[] = [];
const freezer = createFreezer({
  host,
  runDirectory,
  instance,
  link,
  log: { warn: (text) => warnings.push(text), notice: () => {} },
  times: scaledTimes(factor),
});

let muted = false;
let sequence = 0;
setInterval(() => {
  sequence += 1;
  if (!muted) link.beat(sequence);
}, 1000 * factor);

const plans = new Map<number, readonly Target[]>();

const targetOf = (pid: number, index: number): Target => {
  const id = host.identify(pid);
  return {
    id: 'start' in id ? id : { pid, start: 'gone' },
    name: 'victim',
    command: 'a victim',
    uid: 0,
    footprintBytes: (index + 1) * 2 ** 20,
  };
};

const answer = async (line: string): Promise<unknown> => {
  const [verb, ...words] = line.split(' ');
  const [plan = 0, limitMs = 0, ...pids] = words.map(Number);
  switch (verb) {
    case 'freeze': {
      const targets = pids.map((pid, index) => targetOf(pid, plan * 100 + index));
      plans.set(plan, targets);
      const [first, ...others] = targets;
      if (first === undefined) return { outcome: 'failed', detail: 'nobody to freeze' };
      const deadlineMs = host.clock.nowMs() + limitMs;
      return freezer.freeze({ plan, targets: [first, ...others], reason: 'a test', deadlineMs });
    }
    case 'resume':
      return freezer.resume(plans.get(plan) ?? [], 'the test says so');
    case 'state':
      return { state: link.state(), warnings };
    case 'mute':
      muted = !muted;
      return { muted };
    case 'reread':
      freezer.reread();
      return {};
    case 'close':
      await freezer.close();
      link.close();
      return {};
    default:
      return { outcome: 'failed', detail: `unknown: ${line}` };
  }
};

await freezer.startUp();
// As a keeper does: it asks for nothing before the deadman has greeted it, or a while has passed.
for (let looks = 0; looks < 100 && link.state() !== 'present'; looks += 1) await sleep(20);
print({ ready: link.state() });
const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => void answer(line).then(print));
lines.on('close', () => process.exit(0));
