import type { OwnProcess } from '../../arbiter/targets.ts';
import type { Host } from '../../host/port.ts';
import { loginUidsFrom } from '../../relief/denials.ts';
import type { KeeperEvent } from '../judgement/events.ts';
import type { KeeperState } from '../judgement/state.ts';

/** What `decide` must know of Castellan itself and of launchd's jobs, told when it changes. */

export interface OwnFactsOptions {
  readonly host: Pick<Host, 'kind' | 'services' | 'clock'>;
  readonly post: (event: KeeperEvent) => void;
  /** Castellan's own processes that have a band. */
  readonly roles: () => readonly OwnProcess[];
  /** All clients that are connected. */
  readonly clients: () => readonly number[];
  readonly auditWritable: () => boolean;
  /** Rows of telemetry lost so far. */
  readonly lostRows: () => number;
}

export interface OwnFacts {
  /** At the start, before anything is judged: who Castellan is. */
  readonly tell: (state: KeeperState) => void;
  /** To be called after each sample but the fast ones. */
  readonly afterSample: (state: KeeperState) => void;
}

/** A job that could not be read is asked for again after this long. */
const askAgainMs = 30_000;

const sameList = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((value, at) => value === b[at]);

const sameRoles = (a: readonly OwnProcess[], b: readonly OwnProcess[]): boolean =>
  a.length === b.length && a.every(({ role, pid }, at) => role === b[at]?.role && pid === b[at]?.pid);

/** Labels of what the policy matches and launchd runs, of which it is not known what they offer. */
const unknownJobs = ({ relief, services }: KeeperState): readonly string[] => {
  const matched = new Set(relief.candidates.flatMap(({ targets }) => targets.map(({ id }) => id.pid)));
  return (services ?? []).flatMap(([label, pid]) =>
    pid !== null && matched.has(pid) && !relief.jobs.some((job) => job.label === label) ? [label] : [],
  );
};

export const createOwnFacts = ({ host, post, roles, clients, auditWritable, lostRows }: OwnFactsOptions): OwnFacts => {
  const firstLoginUid = loginUidsFrom(host.kind);
  const askedMs = new Map<string, number>();
  const askFor = async (label: string): Promise<void> => {
    askedMs.set(label, host.clock.nowMs());
    const answer = await host.services.print(label);
    if (answer.ok) post({ type: 'job', job: answer.job });
  };
  const tell: OwnFacts['tell'] = ({ relief, ownRoles }) => {
    const now = roles();
    const own = [...new Set([...now.map(({ pid }) => pid), ...clients()])].sort((a, b) => a - b);
    const isSame = sameList(own, relief.own) && sameRoles(now, ownRoles) && firstLoginUid === relief.firstLoginUid;
    if (!isSame) post({ type: 'own', pids: own, firstLoginUid, roles: now });
  };
  return {
    tell,
    afterSample: (state) => {
      tell(state);
      if (auditWritable() !== state.relief.auditWritable) post({ type: 'audit', writable: auditWritable() });
      if (lostRows() !== state.droppedRows) post({ type: 'telemetry', droppedRows: lostRows() });
      for (const label of unknownJobs(state))
        if (host.clock.nowMs() - (askedMs.get(label) ?? Number.NEGATIVE_INFINITY) >= askAgainMs) void askFor(label);
    },
  };
};
