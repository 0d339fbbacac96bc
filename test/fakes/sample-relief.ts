import { GB } from '../../helper/config/config.ts';
import type { Activity, Frozen, Proposal, ReliefStatus } from '../../helper/protocol/relief.ts';
import type { Status } from '../../helper/protocol/status.ts';
import { calmRelief, sampleStatus } from './sample-status.ts';

/** What waits, what is frozen and what was done, on the sample machine. */

const lmStudio: Proposal['target'] = {
  kind: 'process',
  name: 'node',
  pid: 45_013,
  start: '45013.1',
  footprintBytes: 8.6 * GB,
  count: 1,
};

/** A freeze of a runaway process, which a notification may approve; override what a test is about. */
export const proposal = (change: Partial<Proposal> = {}): Proposal => ({
  id: 1,
  hash: '5f0c2e91a7d34b66',
  plan: 21,
  verb: 'freeze',
  target: lmStudio,
  title: 'Freeze node (pid 45013)?',
  reason: 'It grows by 850 MB/s and explains 96 % of the fill.',
  expected: 'Stops growth of 850 MB/s; frees no memory by itself.',
  impact: ['listens on 127.0.0.1:1234', '3 child processes'],
  needsConfirmation: false,
  expiresInSeconds: 98,
  dryRun: false,
  episode: 'freeze:45013.1',
  reissued: 0,
  ...change,
});

/** Ending a virtual machine: cannot be undone. */
export const killProposal = (change: Partial<Proposal> = {}): Proposal =>
  proposal({
    id: 7,
    hash: 'c41d88f0b2e95a10',
    plan: 24,
    verb: 'kill',
    target: { ...lmStudio, name: 'qemu-system-aarch64', pid: 1204, start: '1204.1', footprintBytes: 12.4 * GB },
    title: 'End qemu-system-aarch64 (pid 1204)?',
    reason: 'It holds 12.4 GB, did not end on TERM within 30 s, and memory is critical.',
    expected: 'Gives back about 12.4 GB.',
    impact: ['is a virtual machine', 'hosts the council gateway', 'listens on 127.0.0.1:8443'],
    needsConfirmation: true,
    expiresInSeconds: 61,
    episode: 'kill:1204.1',
    ...change,
  });

export const frozen = (change: Partial<Frozen> = {}): Frozen => ({
  freeze: 3,
  pid: 45_013,
  start: '45013.1',
  name: 'node',
  footprintBytes: 8.6 * GB,
  count: 1,
  sinceSeconds: 23,
  resumesInSeconds: 577,
  by: 'brake',
  ...change,
});

export const activity = (change: Partial<Activity> = {}): Activity => ({
  plan: 12,
  atMs: 1_700_000_000_000,
  verb: 'freeze',
  target: lmStudio,
  reason: 'It grows by 850 MB/s.',
  expected: 'Stops growth of 850 MB/s.',
  got: 'Growth fell to 0 MB/s within 2 s.',
  outcome: 'effective',
  markedWrong: false,
  ...change,
});

/** The sample machine, live unless said otherwise, with this of relief. */
export const withRelief = (change: Partial<ReliefStatus>, mode: Status['mode']['name'] = 'live'): Status =>
  sampleStatus({ mode: { name: mode, reasons: [] }, relief: { ...calmRelief, ...change } });
