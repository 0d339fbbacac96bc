import type { Attention } from '../../app/ipc/contract.ts';
import { failure } from '../../helper/protocol/errors.ts';
import type { ReliefStatus } from '../../helper/protocol/relief.ts';
import type { Status } from '../../helper/protocol/status.ts';
import { activity, frozen, killProposal, proposal } from '../fakes/sample-relief.ts';
import { calmRelief } from '../fakes/sample-status.ts';
import { GB, MB, type PopoverState, snapshot, status } from './popover-fixtures.ts';
import { calmHistory, connected, orange, red } from './popover-states-pressure.ts';

/** The popover while something waits, is frozen or was done. */

const relieved = (
  { snapshot: shown, history }: PopoverState,
  relief: Partial<ReliefStatus>,
  change: Partial<Status> = {},
  attention: Attention | null = null,
): PopoverState => {
  const seen = shown.status ?? status(0);
  return {
    snapshot: {
      ...shown,
      attention,
      status: {
        ...seen,
        mode: { name: 'live', reasons: [] },
        ...change,
        relief: { ...calmRelief, gate: { ...calmRelief.gate, state: 'live' }, why: '', ...relief },
      },
    },
    history,
  };
};
const calm = (nowMs: number): PopoverState => ({
  snapshot: snapshot(nowMs, connected, status(nowMs)),
  history: calmHistory(nowMs),
});

const gate = { state: 'counting', observedSeconds: 6_480, neededSeconds: 21_600, plans: 2, wrong: 0 } as const;
const shedVault = activity({
  plan: 9,
  verb: 'shed',
  target: {
    kind: 'service',
    name: 'com.sanctum.memory-vault',
    pid: null,
    start: null,
    footprintBytes: 50 * MB,
    count: 1,
  },
  expected: 'Would free about 600 MB.',
  got: '50 MB came back within 120 s.',
  outcome: 'useless',
});
const asksOf = (nowMs: number) => ({ atMs: nowMs - 190_000 });

const long = 'A very long service name that nobody would choose but somebody will have';

export const reliefStates = {
  approval: (nowMs) =>
    relieved(red(nowMs), {
      why: 'Asks before it freezes node (pid 45013): it owns a listening socket.',
      pending: [proposal()],
    }),
  'approval-kill': (nowMs) =>
    relieved(
      red(nowMs),
      { why: 'Asks before it ends qemu-system-aarch64 (pid 1204).', pending: [killProposal()] },
      {},
      { nth: 1, episode: killProposal().episode, confirm: killProposal().hash, said: null, health: null },
    ),
  paused: (nowMs) =>
    relieved(orange(nowMs), {
      why: 'Automatic actions are paused for another 12:41.',
      paused: { endsInSeconds: 761 },
      frozen: [frozen()],
    }),
  approvals: (nowMs) =>
    relieved(orange(nowMs), {
      why: 'Waits for your answer.',
      pending: [
        proposal(),
        killProposal(),
        proposal({ id: 9, hash: 'h9', episode: 'e9', verb: 'purge', title: 'Flush disk caches?' }),
      ],
      frozen: [frozen()],
    }),
  'approval-late': (nowMs) => ({
    ...relieved(
      orange(nowMs),
      { why: 'Nothing is left to do at this level: all candidates are passed over.' },
      {},
      {
        nth: 1,
        episode: null,
        confirm: null,
        said: {
          kind: 'refused',
          title: 'Freeze node (pid 45013)?',
          text: `${failure('approval_expired').message} ${failure('approval_expired').todo}`,
        },
        health: null,
      },
    ),
  }),
  frozen: (nowMs) =>
    relieved(orange(nowMs), {
      why: 'Nothing now: the last act was 23 s ago, the next may follow in 97 s.',
      frozen: [
        frozen(),
        frozen({ freeze: 4, pid: 1310, name: 'OrbStack Helper (Renderer)', count: 5, by: 'approved' }),
      ],
      activity: [activity({ ...asksOf(nowMs), got: '', outcome: 'pending' }), shedVault],
    }),
  activity: (nowMs) =>
    relieved(calm(nowMs), {
      why: 'Nothing needs doing: memory is green.',
      shed: [
        { label: 'com.sanctum.memory-vault', sinceSeconds: 700, restoresInSeconds: 300, staysDown: false },
        { label: 'com.sanctum.indexer', sinceSeconds: 4_000, restoresInSeconds: null, staysDown: true },
      ],
      suppressed: [
        {
          target: 'com.sanctum.memory-vault',
          why: 'Acting on it twice did not help; it is left alone for now.',
          wouldHelp: 'The largest footprint is Cilghal with 21.0 GB: less of that would help.',
        },
      ],
      activity: [
        activity(asksOf(nowMs)),
        shedVault,
        activity({ plan: 8, outcome: 'failed', got: 'The process had ended.' }),
        activity({ plan: 7, outcome: 'withdrawn', got: '' }),
      ],
    }),
  'dry-run': (nowMs) =>
    relieved(
      orange(nowMs),
      {
        gate,
        why: 'Dry run: would freeze node (pid 45013).',
        pending: [killProposal({ dryRun: true })],
        activity: [
          activity({ ...asksOf(nowMs), got: '', outcome: 'dry_run' }),
          activity({ plan: 11, got: '', outcome: 'dry_run', markedWrong: true }),
        ],
      },
      { mode: { name: 'dry_run', reasons: [] } },
    ),
  'dry-run-forced': (nowMs) =>
    relieved(
      calm(nowMs),
      { gate, why: 'Nothing needs doing: memory is green.' },
      { mode: { name: 'dry_run', reasons: ['CASTELLAN_DRY_RUN is set: nothing can leave the dry run.'] } },
    ),
  'gate-open': (nowMs) =>
    relieved(
      calm(nowMs),
      { gate: { ...gate, state: 'open', observedSeconds: 21_600 }, why: 'Nothing needs doing: memory is green.' },
      { mode: { name: 'dry_run', reasons: [] } },
    ),
  'deadman-missing': (nowMs) =>
    relieved(calm(nowMs), {
      why: 'Freezes nothing: the deadman does not answer.',
      deadman: 'missing',
      envelope: { peaksBytes: 69.1 * GB, overBytes: 5.1 * GB },
      conflict: { target: 'node', sinceSeconds: 130 },
      wiredLeak: { seat: 'Codestral', bytes: 11.2 * GB },
      missingEnforcers: ['com.sanctum.valve'],
    }),
  'approval-longest': (nowMs) =>
    relieved(red(nowMs), {
      why: `${long}. ${long}. ${long}.`,
      pending: [
        proposal({
          title: `Freeze ${long} (pid 4194303) and 63 more?`,
          reason: `${long}. ${long}.`,
          expected: `${long}. ${long}.`,
          impact: [long, `com.example.${'x'.repeat(80)}`, long, 'and 12 more'],
          target: { ...proposal().target, name: long, count: 64, footprintBytes: 128.8 * GB },
          expiresInSeconds: 119.9,
          reissued: 12,
        }),
      ],
      frozen: Array.from({ length: 8 }, (_, at) => frozen({ freeze: at, name: `${long} ${at}`, count: 64 })),
      activity: Array.from({ length: 20 }, (_, at) =>
        activity({ plan: 100 - at, target: { ...proposal().target, name: long }, expected: long, got: long }),
      ),
      shed: [{ label: `com.example.${'x'.repeat(60)}`, sinceSeconds: 1, restoresInSeconds: null, staysDown: true }],
    }),
} as const satisfies Readonly<Record<string, (nowMs: number) => PopoverState>>;
