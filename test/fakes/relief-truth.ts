import type { Config, PolicyEntry } from '../../helper/config/config.ts';
import type { Inspection } from '../../helper/host/port.ts';
import { type ProcessReading, processKey } from '../../helper/host/reading.ts';
import type { KeeperState } from '../../helper/keeper/judgement/state.ts';
import type { Act, Target } from '../../helper/relief/acts.ts';
import type { Machine } from './relief-machine.ts';

/**
 * What may never be a target, told from what the keeper has read and without the code that decides: the sentences are what
 * a failing test prints.
 */

export interface Known {
  readonly nowMs: number;
  readonly config: Config;
  readonly own: readonly number[];
  readonly state: KeeperState;
  /** What has been read of each process last. */
  readonly seen: ReadonlyMap<string, ProcessReading>;
  /** The last list of services that was one. */
  readonly services: readonly (readonly [string, number | null])[];
  readonly inspected: ReadonlyMap<string, { readonly inspection: Inspection; readonly atMs: number }>;
  readonly machine: Machine;
}

/** A minute at the last pass over the table, and on green the passes are half a minute apart. */
const inspectedForMs = 90_000;
/**
 * Who runs on so long after TERM does not mind it, and is like anybody again: it could never be stopped or told once more
 * otherwise.
 */
const mindedForMs = 600_000;

const pathUp = (pid: number, seen: Known['seen']): readonly number[] => {
  const parents = new Map([...seen.values()].map(({ id, ppid }) => [id.pid, ppid]));
  const path: number[] = [];
  for (let at: number | undefined = pid; at !== undefined && at > 0 && !path.includes(at); at = parents.get(at))
    path.push(at);
  return path;
};

/** Why nobody may act on it in any way; empty: nothing is against it. */
const against = ({ id, uid, command }: ProcessReading, entry: PolicyEntry, known: Known): readonly string[] => {
  const { seen, services, config, own, inspected, state } = known;
  const up = pathUp(id.pid, seen);
  const seats = config.seats.filter(({ label }) =>
    services.some(([each, pid]) => each === label && pid !== null && up.includes(pid)),
  );
  const inspection = inspected.get(processKey(id))?.inspection;
  const said: string[] = [];
  if (id.pid <= 1) said.push('it is the first process');
  if (own.some((pid) => pathUp(pid, seen).includes(id.pid))) said.push('it is ours, or above us');
  if (/launchd|sshd/.test(command)) said.push('it is denied by its program');
  if (uid !== 501 && uid !== entry.ownerUid) said.push(`it is of uid ${uid}`);
  if (inspection?.isTraced === true) said.push('it is traced');
  if (inspection?.isPlatform === true) said.push('it is part of the system');
  for (const seat of seats) {
    const is = state.seating.seats.find(({ name }) => name === seat.name)?.state;
    if (seat.class === 'protected') said.push('it is of a protected seat');
    if (is === 'starting' || is === 'loading' || is === 'draining') said.push(`its seat is ${is}`);
  }
  return said;
};

const targetsOf = (act: Act): { readonly targets: readonly Target[]; readonly entry: PolicyEntry } | null => {
  switch (act.verb) {
    case 'freeze':
      return { targets: act.targets, entry: act.entry };
    case 'terminate':
    case 'kill':
      return { targets: [act.target], entry: act.entry };
    default:
      return null;
  }
};

/** What speaks against an act on processes, whoever orders it. */
export const wrongWith = (act: Act, known: Known): readonly string[] => {
  const aimed = targetsOf(act);
  if (aimed === null) return [];
  const { targets, entry } = aimed;
  const classed = act.verb === 'freeze' || entry.class === 'kill_allowed' ? [] : ['its class does not allow it'];
  return [
    ...classed,
    ...targets.flatMap(({ id }) => {
      const row = known.seen.get(processKey(id));
      if (row === undefined) return [`${act.verb} ${id.pid}: it was not there in the last pass`];
      const said = [...against(row, entry, known)];
      const toldMs = known.machine.toldMs(processKey(id));
      if (act.verb !== 'kill' && toldMs !== null && known.nowMs - toldMs < mindedForMs)
        said.push('it has been told to end');
      const isOurs = known.state.relief.freezes.some(
        (freeze) => freeze.isStopped && freeze.targets.some((each) => processKey(each.id) === processKey(id)),
      );
      if (act.verb === 'freeze' && isOurs) said.push('it is frozen already');
      if (act.verb !== 'kill' && row.state === 'stopped' && !isOurs) said.push('it is stopped already, and not by us');
      return said.map((why) => `${act.verb} ${id.pid}: ${why}`);
    }),
  ];
};

/** What speaks against doing it without asking. */
export const asksFirst = (act: Act, known: Known): readonly string[] => {
  const aimed = targetsOf(act);
  if (aimed === null) return [];
  const { targets, entry } = aimed;
  return targets.flatMap(({ id }) => {
    const look = known.inspected.get(processKey(id));
    const said: string[] = [];
    if (look === undefined || known.nowMs - look.atMs > inspectedForMs)
      return [`${id.pid} has not been looked at closer`];
    const { isTraced, isPlatform, listening, isHypervisor } = look.inspection;
    if (isTraced === null) said.push('nobody knows whether it is traced');
    if (isPlatform === null) said.push('nobody knows whether it is part of the system');
    if (!entry.withoutAsking) {
      if (listening === null || listening.length > 0) said.push('it listens');
      if (isHypervisor !== false) said.push('it runs virtual machines');
      if (entry.oracle !== null) said.push('it is an oracle');
      if (known.services.some(([, pid]) => pid === id.pid)) said.push('its job may offer Mach services');
    }
    return said.map((why) => `${act.verb} ${id.pid} by itself: ${why}`);
  });
};
