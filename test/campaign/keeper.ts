/**
 * The keeper's hand as a process of its own: `keeper.ts RUN_DIR INSTANCE FACTOR`. Host, link, freezer, actuator and audit are
 * the keeper's; only who decides is replaced, by lines of JSON on stdin. Audit rows that were taken, the deadman's state and
 * how each order ended are told beside the hooks' lines.
 */
import { tell } from './hooks.ts';
import './hooks-keeper.ts';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { placesIn } from '../../helper/deadman/places.ts';
import { createLinuxHost } from '../../helper/host/linux/host.ts';
import { type AuditEntry, type AuditFacts, createAudit } from '../../helper/journal/audit.ts';
import { createActuator } from '../../helper/keeper/acting/actuator.ts';
import { deadmanLinkTimes, startDeadmanLink } from '../../helper/keeper/acting/deadman-link.ts';
import { createFreezer } from '../../helper/keeper/acting/freezer.ts';
import type { Act, Target } from '../../helper/relief/acts.ts';
import { scaledTimes } from '../fakes/deadman-times.ts';
import { freezeEntry } from '../fakes/plans.ts';
import type { KeeperOrder } from './orders.ts';

const [runDirectory = '', instance = '', scale = '1'] = process.argv.slice(2);
const factor = Number(scale);
const state = join(runDirectory, 'state');
const { heartbeat } = placesIn(runDirectory);
mkdirSync(state, { recursive: true, mode: 0o700 });

const host = createLinuxHost();
const journal = createAudit({ directory: state });
const audit = (facts: AuditFacts): boolean => {
  const row: AuditEntry = { ...facts, wallMs: Date.now(), instance };
  const { ok } = journal.append(row);
  if (ok) tell(`row ${JSON.stringify(row)}`);
  return ok;
};
const link = startDeadmanLink({
  runDirectory,
  instance,
  bootId: host.facts.bootId,
  clock: host.clock,
  onEvent: (event) => {
    if (event.type === 'deadman') tell(`link ${event.state}`);
  },
  times: {
    acknowledgeMs: deadmanLinkTimes.acknowledgeMs,
    beatEveryMs: deadmanLinkTimes.beatEveryMs * factor,
    reconnectMs: deadmanLinkTimes.reconnectMs * factor,
    unheardMs: deadmanLinkTimes.unheardMs * factor,
    lostMs: deadmanLinkTimes.lostMs * factor,
  },
});
const warn = (text: string): void => void process.stderr.write(`${text}\n`);
const freezer = createFreezer({
  host,
  runDirectory,
  instance,
  link,
  log: { warn, notice: warn },
  times: scaledTimes(factor),
});

let limitMs = 0;
const actuator = createActuator({
  host,
  freezer: {
    // The keeper's own limit is ten minutes; here it is the run's.
    freeze: (order) => freezer.freeze({ ...order, deadlineMs: host.clock.nowMs() + limitMs }),
    resume: freezer.resume,
    resumeWithin: freezer.resumeWithin,
  },
  audit,
});

// A sample of the keeper: it beats, and from time to time it replaces its file.
let samples = 0;
setInterval(() => {
  samples += 1;
  link.beat(samples);
  if (samples % 2 === 0) return;
  writeFileSync(`${heartbeat}.new`, String(samples));
  renameSync(`${heartbeat}.new`, heartbeat);
}, 1000 * factor);

const frozen = new Map<number, readonly Target[]>();

const targetOf = (pid: number): Target => {
  const id = host.identify(pid);
  return {
    id: 'start' in id ? id : { pid, start: 'gone' },
    name: 'sleep',
    command: 'sleep',
    uid: 0,
    footprintBytes: 2 ** 20,
  };
};

const actOf = (order: Extract<KeeperOrder, { plan: number }>): Act => {
  if (order.do === 'resume')
    return { verb: 'resume', freeze: order.plan, targets: frozen.get(order.plan) ?? [], why: 'the campaign says so' };
  const [first = 0, ...others] = order.pids;
  const targets = [targetOf(first), ...others.map(targetOf)] as const;
  frozen.set(order.plan, targets);
  limitMs = order.limitMs;
  return { verb: 'freeze', entry: freezeEntry, targets, path: 'level' };
};

let effects = 0;
const carryOut = async (order: KeeperOrder): Promise<void> => {
  if (order.do === 'close') {
    await freezer.close();
    link.close();
    // The keeper closes its socket here; rows of what has just ended are written meanwhile.
    await new Promise(setImmediate);
    audit({ kind: 'keeper_stopped', reason: 'the campaign says so' });
    tell('done close ok');
    process.exit(0);
  }
  effects += 1;
  const act = actOf(order);
  const plan = {
    // Each act has a number of its own, also the resume of a freeze.
    id: order.do === 'freeze' ? order.plan : 1000 + order.plan,
    hash: `${order.do}-${order.plan}`,
    act,
    reason: 'a campaign',
    cause: { kind: 'operator' },
    expected: { counter: 'growth', bytes: 0, bytesPerSecond: 1 },
    plannedMs: 0,
  } as const;
  const { outcome, detail } = await actuator.carryOut({ id: effects, kind: 'act', plan, by: 'automatic' });
  tell(`done ${order.do} ${outcome} ${order.plan} ${detail}`);
};

await freezer.startUp();
audit({ kind: 'keeper_started', pid: process.pid, version: '0', host: 'linux' });
tell('ready');
const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => void carryOut(JSON.parse(line) as KeeperOrder));
// Who started it is gone.
lines.on('close', () => process.exit(0));
