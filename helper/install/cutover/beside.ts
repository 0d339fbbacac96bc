import { type Done, done, look, notDone, pidsOf } from '../launchd.ts';
import type { Step } from './plan.ts';
import type { CutoverPorts } from './ports.ts';
import { isRetiredReason } from './retired.ts';

/**
 * Steps of a cutover beside a Castellan that runs already, because the app registered it. Both sides are loaded then, and still
 * never act together: the keeper only observes until the last of the old services is gone.
 */

type Of<K extends Step['kind']> = Extract<Step, { readonly kind: K }>;

const lookEveryMs = 500;
/** launchd starts the same job twice at least ten seconds apart, and a start reads the machine. */
const waitMs = 60_000;
/** The gateway tries every five seconds; a socket outlives its process by a moment. */
const portWaitMs = 15_000;

/** Tries until it is done, somebody asks for an end, or the time is over: then the last reason. */
const untilDone = async (
  ports: CutoverPorts,
  attempt: () => Promise<string | null>,
  mostMs = waitMs,
): Promise<Done> => {
  for (let waited = 0; ; waited += lookEveryMs) {
    const wrong = await attempt();
    if (wrong === null) return done;
    if (waited >= mostMs || ports.isInterrupted()) return notDone(wrong);
    await ports.launchd.sleep(lookEveryMs);
  }
};

const silent = (why: string): string => `the keeper does not answer: ${why}`;

/** The keeper looks for old services at its start and every few minutes; one that has not seen them starts anew. */
export const observe = async ({ labels, old }: Of<'observe'>, ports: CutoverPorts): Promise<Done> => {
  for (const label of labels) {
    const known = await look(ports.launchd, 'system', label);
    if (known.kind !== 'loaded') return notDone(`system/${label} is not loaded any more`);
  }
  let isTold = false;
  return untilDone(ports, async () => {
    const said = await ports.askKeeper();
    if (!said.ok) return silent(said.why);
    if (old.length === 0 || said.observes.some(isRetiredReason)) return null;
    if (!isTold) isTold = (await ports.refreshKeeper()) === null;
    return `the keeper does not see that ${old.join(', ')} ${old.length === 1 ? 'is' : 'are'} loaded, and may act beside them`;
  });
};

export const ownPort = ({ address, labels }: Of<'own_port'>, ports: CutoverPorts): Promise<Done> => {
  const whoElse = async (): Promise<string | null> => {
    const owner = await ports.portOwner(address);
    const isOurs = owner !== null && (await pidsOf(ports.launchd, 'system', labels)).includes(owner.pid);
    if (isOurs || (owner === null && (await ports.canListen(address)))) return null;
    const who = owner === null ? 'a process that cannot be told' : `${owner.command}, pid ${owner.pid}`;
    return `${address} is held by ${who}`;
  };
  return untilDone(ports, whoElse, portWaitMs);
};

/** Another instance answers: the answer to the wish itself may be lost with the one that ends. */
export const startAnew = async (ports: CutoverPorts): Promise<Done> => {
  let before: string | null = null;
  let isTold = false;
  return untilDone(ports, async () => {
    const said = await ports.askKeeper();
    if (!said.ok) return silent(said.why);
    before ??= said.instance;
    if (said.instance !== before) return null;
    const refused = isTold ? null : await ports.refreshKeeper();
    isTold ||= refused === null;
    return refused === null ? 'the keeper was not started anew' : `the keeper was not started anew: ${refused}`;
  });
};

/** Null: nothing of what was retired keeps the keeper from acting. */
export const whyObserving = async (ports: CutoverPorts): Promise<string | null> => {
  const said = await ports.askKeeper();
  if (!said.ok) return silent(said.why);
  const reason = said.observes.find(isRetiredReason);
  return reason === undefined ? null : `the keeper only observes still: ${reason}`;
};
