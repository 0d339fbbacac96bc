import { addressText } from '../../config/addresses.ts';
import { type Config, defaultConfig } from '../../config/config.ts';
import { checkConfigBytes, problemText } from '../../config/load.ts';
import { faultWords } from '../fault-words.ts';
import { look } from '../launchd.ts';
import { type ConfigFound, goLiveBy } from './config.ts';
import { type CutoverFacts, findFacts } from './facts.ts';
import { latest } from './journal.ts';
import { type CutoverPlan, planCutover, stampOf } from './plan.ts';
import type { CutoverPorts } from './ports.ts';
import { type Asked, judgeFacts, type Preflight } from './preflight.ts';
import type { RetiredService } from './retired.ts';
import { retiredServices, userDomain } from './retired.ts';

/** `castellan cutover`: looks, judges, plans. Nothing here changes anything. */

export interface Prepared {
  readonly facts: CutoverFacts;
  readonly preflight: Preflight;
  readonly plan: CutoverPlan;
}

/** As the keeper would read it. */
const findConfig = (ports: CutoverPorts, ownerUid: number): ConfigFound => {
  const { configPath } = ports.files;
  let text: string | null;
  try {
    text = ports.files.readConfig();
  } catch (fault) {
    return { state: 'unusable', why: faultWords(fault) };
  }
  if (text === null) return { state: 'missing' };
  const checked = checkConfigBytes(Buffer.from(text), null, ownerUid);
  if (checked.ok) return { state: 'valid', config: checked.config, text };
  const [first] = checked.problems;
  return { state: 'unusable', why: first === undefined ? `${configPath} has errors` : problemText(configPath, first) };
};

const configOf = (found: ConfigFound): Config => (found.state === 'valid' ? found.config : defaultConfig);

/** A name that no cutover has yet, also where the clock was put back. */
const freshStamp = (ports: CutoverPorts): string => {
  let names: readonly string[] = [];
  try {
    names = ports.files.journals();
  } catch {
    // That they cannot be read is said where the last one is looked for.
  }
  for (let at = ports.now(); ; at = new Date(at.getTime() + 1_000)) {
    const stamp = stampOf(at);
    if (!names.includes(stamp)) return stamp;
  }
};

const findUnfinished = (ports: CutoverPorts): { readonly stamp: string | null; readonly problem: string | null } => {
  try {
    const found = latest(ports.files);
    return { stamp: found?.state === 'open' ? found.plan.stamp : null, problem: null };
  } catch (fault) {
    return { stamp: null, problem: `earlier cutovers cannot be read: ${faultWords(fault)}` };
  }
};

type ReliefMode = Config['relief']['mode'];

export interface Choices extends Asked {
  readonly account: CutoverFacts['account'];
  /** What was chosen by command, and over which word of castellan.toml: it holds until that word changes. Null: nothing was. */
  readonly chosen: { readonly mode: ReliefMode; readonly over: ReliefMode } | null;
  /** Labels of further services to retire. */
  readonly also: readonly string[];
}

export const prepare = async (ports: CutoverPorts, choices: Choices): Promise<Prepared> => {
  const config = findConfig(ports, 0);
  const goLive = choices.live ? goLiveBy(ports.files.configPath, config) : null;
  const unfinished = findUnfinished(ports);
  const services: readonly RetiredService[] = [
    ...retiredServices,
    ...choices.also.map((label) => ({ name: label, labels: [label] })),
  ];
  const looked = await findFacts(
    ports,
    {
      stamp: freshStamp(ports),
      account: choices.account,
      address: addressText(configOf(config).api.listen),
      config,
      goLive: typeof goLive === 'string' ? null : goLive,
      unfinished: unfinished.stamp,
    },
    services,
  );
  const facts: CutoverFacts = {
    ...looked,
    unknown: [
      ...looked.unknown,
      ...(unfinished.problem === null ? [] : [unfinished.problem]),
      ...(typeof goLive === 'string' && config.state !== 'unusable' ? [goLive] : []),
    ],
  };
  const { mode } = configOf(config).relief;
  const inForce = choices.chosen?.over === mode ? choices.chosen.mode : mode;
  // With errors in its file the keeper only observes.
  const isLive = inForce === 'live' && config.state !== 'unusable';
  return { facts, preflight: judgeFacts(facts, isLive, choices), plan: planCutover(facts) };
};

/** Null: what was retired can be brought back into this domain now; else why not. */
export const whyNotBack = async (ports: CutoverPorts, { account, steps }: CutoverPlan): Promise<string | null> => {
  const [first] = steps.flatMap((step) => (step.kind === 'boot_out' ? [step.label] : []));
  if (first === undefined) return null;
  const known = await look(ports.launchd, userDomain(account.uid), first);
  if (known.kind !== 'unknown') return null;
  return known.noDomain
    ? `The old services live in ${userDomain(account.uid)}, which is there only while uid ${account.uid} is logged in at the screen`
    : known.detail;
};
