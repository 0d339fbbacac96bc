import { type FreezeOnlyEntry, GB, type KillAllowedEntry, MB } from '../../helper/config/config.ts';
import type { Act, Cause, Expectation, Plan, Target } from '../../helper/relief/acts.ts';
import { planHash } from '../../helper/relief/plan-identity.ts';

/** Acts and plans for tests of what judges them. */

const entryBase = {
  pattern: 'node',
  freezeFloorBytes: 2 * GB,
  group: 'none',
  oracle: null,
  withoutAsking: false,
  ownerUid: null,
} as const;

export const freezeEntry: FreezeOnlyEntry = { ...entryBase, name: 'renderers', class: 'freeze_only' };
export const killEntry: KillAllowedEntry = {
  ...entryBase,
  name: 'agents',
  class: 'kill_allowed',
  killFloorBytes: 4 * GB,
  preAuthorised: false,
};

export const targetOf = (pid: number, start = `s${pid}`): Target => ({
  id: { pid, start },
  name: 'node',
  command: '/usr/local/bin/node agent.js',
  uid: 501,
  footprintBytes: 3 * GB,
});

export const freezeAct = (pid: number, ...more: readonly number[]): Extract<Act, { verb: 'freeze' }> => ({
  verb: 'freeze',
  entry: freezeEntry,
  targets: [targetOf(pid), ...more.map((each) => targetOf(each))],
  path: 'level',
});
export const killAct = (pid: number, start?: string): Act => ({
  verb: 'kill',
  entry: killEntry,
  target: targetOf(pid, start),
  label: null,
});
export const terminateAct = (pid: number, start?: string): Act => ({
  verb: 'terminate',
  entry: killEntry,
  target: targetOf(pid, start),
  label: null,
});
export const shedAct = (label: string): Act => ({ verb: 'shed', label, at: 'yellow', targets: [] });
export const bootoutAct = (seat: string, seatClass: 'protected' | 'on_call'): Act => ({
  verb: 'bootout',
  seat,
  label: `com.example.${seat}`,
  class: seatClass,
  targets: [],
});
export const unloadAct: Act = {
  verb: 'unload',
  runtime: 'LM Studio',
  model: 'llama-70b',
  instance: 'llama-70b',
  server: { pid: 4100, start: '1' },
  footprintBytes: 40 * GB,
};
export const purgeAct: Act = { verb: 'purge' };

const expectationOf = (act: Act): Expectation =>
  act.verb === 'freeze'
    ? { counter: 'growth', bytes: 0, bytesPerSecond: 800 * MB }
    : { counter: 'footprint', bytes: 3 * GB, bytesPerSecond: 0 };

export const planOf = (id: number, act: Act, change: Partial<Omit<Plan, 'id' | 'act' | 'hash'>> = {}): Plan => {
  const cause: Cause = change.cause ?? { kind: 'level', atLeast: 2 };
  return {
    id,
    hash: planHash(act, cause),
    act,
    reason: 'Memory is short.',
    expected: expectationOf(act),
    plannedMs: 0,
    ...change,
    cause,
  };
};
