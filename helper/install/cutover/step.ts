import { bootOut, bootstrap, type Done, done, look, notDone, setEnabled } from '../launchd.ts';
import { observe, ownPort, startAnew, whyObserving } from './beside.ts';
import { historyText } from './import-valve.ts';
import type { CutoverPlan, Step } from './plan.ts';
import type { CutoverPorts } from './ports.ts';
import { userDomain } from './retired.ts';

/** One step of a cutover, carried out. Done twice it is as if done once. */

const asDone = (problem: string | null): Done => (problem === null ? done : notDone(problem));

type Of<K extends Step['kind']> = Extract<Step, { readonly kind: K }>;

/** The old valve's past is kept beside the lists; that it cannot be read is no reason to stop. */
const backUp = async ({ files }: Of<'back_up'>, plan: CutoverPlan, ports: CutoverPorts): Promise<Done> => {
  const { home } = plan.account;
  const found = await ports.home({ op: 'history', home });
  const history = found.problem === null ? (found.history ?? null) : null;
  const texts = [
    { name: 'plan.json', text: `${JSON.stringify({ ...plan, steps: plan.steps.map(({ kind }) => kind) }, null, 2)}\n` },
    ...(history === null ? [] : [{ name: 'valve-history.json', text: `${JSON.stringify(history, null, 2)}\n` }]),
  ];
  const kept = files.map(({ name, sha256 }) => ({ name, sha256 }));
  const { problem } = await ports.home({ op: 'back_up', home, backup: plan.backup, files: kept, texts });
  if (problem !== null) return notDone(problem);
  const note = found.problem ?? (history === null ? null : historyText(history));
  return note === null ? done : { ok: true, note };
};

/** Not one of them: the words for those that are there. */
export const noneLoaded = async (
  ports: CutoverPorts,
  domain: string,
  labels: readonly string[],
): Promise<string | null> => {
  for (const label of labels) {
    const known = await look(ports.launchd, domain, label);
    if (known.kind === 'absent' || (known.kind === 'unknown' && known.noDomain)) continue;
    return known.kind === 'unknown' ? known.detail : `${domain}/${label} is loaded, and both sides never run together`;
  }
  return null;
};

const portWaitMs = 5_000;
const lookEveryMs = 500;

const freePort = async ({ address }: Of<'free_port'>, ports: CutoverPorts): Promise<Done> => {
  for (let waited = 0; ; waited += lookEveryMs) {
    const owner = await ports.portOwner(address);
    if (owner === null && (await ports.canListen(address))) return done;
    // A socket outlives its process by a moment, not by more.
    const who = owner === null ? 'a process that cannot be told' : `${owner.command}, pid ${owner.pid}`;
    if (waited >= portWaitMs || ports.isInterrupted()) return notDone(`${address} is held by ${who}`);
    await ports.launchd.sleep(lookEveryMs);
  }
};

const goLive = ({ before, after, path }: Of<'go_live'>, { files }: CutoverPorts): Done => {
  const now = files.readConfig();
  if (now === after) return done;
  if (now !== before) return notDone(`${path} was changed by somebody else meanwhile`);
  files.writeConfig(after);
  return done;
};

const start = async ({ label, plist }: Of<'start'>, plan: CutoverPlan, ports: CutoverPorts): Promise<Done> => {
  const other = await noneLoaded(ports, userDomain(plan.account.uid), plan.retired);
  if (other !== null) return notDone(other);
  const enabled = await setEnabled(ports.launchd, 'system', label, true);
  return enabled.ok ? bootstrap(ports.launchd, 'system', label, plist) : enabled;
};

/** A first start reads the machine, makes its files and waits for the deadman. */
const confirmWaitMs = 30_000;

const unconfirmed = async ({ labels, address }: Of<'confirm'>, ports: CutoverPorts): Promise<string | null> => {
  const pids: number[] = [];
  for (const label of labels) {
    const known = await look(ports.launchd, 'system', label);
    if (known.kind !== 'loaded' || known.pid === null) return `system/${label} does not run`;
    pids.push(known.pid);
  }
  const observing = await whyObserving(ports);
  if (observing !== null) return observing;
  const owner = await ports.portOwner(address);
  if (owner === null) return `nobody listens at ${address}`;
  return pids.includes(owner.pid) ? null : `${address} is held by ${owner.command}, pid ${owner.pid}`;
};

const confirm = async (step: Of<'confirm'>, ports: CutoverPorts): Promise<Done> => {
  for (let waited = 0; ; waited += lookEveryMs) {
    const wrong = await unconfirmed(step, ports);
    if (wrong === null) return done;
    if (waited >= confirmWaitMs || ports.isInterrupted()) return notDone(wrong);
    await ports.launchd.sleep(lookEveryMs);
  }
};

const hold = async ({ labels }: Of<'hold'>, plan: CutoverPlan, ports: CutoverPorts): Promise<Done> => {
  if (labels.length === 0) return asDone(await noneLoaded(ports, 'system', plan.ours));
  for (const label of labels) {
    const held = await setEnabled(ports.launchd, 'system', label, false);
    if (!held.ok) return held;
  }
  return done;
};

/** May throw what a disk or a child throws. */
export const carryOut = async (step: Step, plan: CutoverPlan, ports: CutoverPorts): Promise<Done> => {
  const { home } = plan.account;
  switch (step.kind) {
    case 'back_up':
      return backUp(step, plan, ports);
    case 'hold':
      return hold(step, plan, ports);
    case 'observe':
      return observe(step, ports);
    case 'boot_out':
      return bootOut(ports.launchd, userDomain(plan.account.uid), step.label);
    case 'retire': {
      const { name: from, sha256 } = step.file;
      return asDone((await ports.home({ op: 'rename', home, from, to: step.retired, sha256 })).problem);
    }
    case 'free_port':
      return freePort(step, ports);
    case 'own_port':
      return ownPort(step, ports);
    case 'go_live':
      return goLive(step, ports);
    case 'look_again':
      return startAnew(ports);
    case 'start':
      return start(step, plan, ports);
    case 'confirm':
      return confirm(step, ports);
  }
};
