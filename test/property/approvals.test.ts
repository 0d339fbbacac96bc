import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { AuditFacts } from '../../helper/journal/audit.ts';
import type { Act } from '../../helper/relief/acts.ts';
import {
  type ApprovalsState,
  answer,
  approvalMs,
  endEpisode,
  noApprovals,
  observeApprovals,
  propose,
} from '../../helper/relief/approvals.ts';
import { bootoutAct, freezeAct, killAct, planOf, shedAct, terminateAct } from '../fakes/plans.ts';

const acts: readonly Act[] = [
  killAct(7),
  terminateAct(7),
  freezeAct(7),
  freezeAct(7, 8),
  shedAct('com.example.vault'),
  bootoutAct('chat', 'protected'),
];

const mostly = (usual: boolean): fc.Arbitrary<boolean> => fc.constantFrom(usual, usual, usual, usual, !usual);

const step = fc.oneof(
  fc.record({ kind: fc.constant('propose' as const), act: fc.constantFrom(...acts), atLeast: fc.constantFrom(2, 3) }),
  fc.record({
    kind: fc.constant('observe' as const),
    lasts: fc.boolean(),
    refresh: fc.constantFrom('same', 'other', 'null'),
  }),
  fc.record({
    kind: fc.constant('answer' as const),
    /** One that waits, or any number. */
    which: fc.oneof(fc.record({ open: fc.nat(5) }), fc.record({ id: fc.integer({ min: 1, max: 12 }) })),
    rightHash: mostly(true),
    confirmed: mostly(true),
    approve: mostly(true),
    mode: fc.constantFrom('live', 'live', 'live', 'dry_run', 'observe_only'),
    still: fc.constantFrom('same', 'same', 'same', 'changed', 'gone'),
  }),
  fc.record({ kind: fc.constant('endEpisode' as const) }),
);

const steps = fc.array(fc.tuple(fc.integer({ min: 0, max: 50_000 }), step), { maxLength: 60, size: 'max' });

test('whatever comes: one proposal for a target, each ends once, and a yes is carried out once, in time, for what was shown', () => {
  let approvals = 0;
  fc.assert(
    fc.property(steps, (all) => {
      let state: ApprovalsState = noApprovals;
      let nowMs = 0;
      let planId = 1;
      const ends = new Map<number, string>();
      const begun = new Set<number>();
      /** Hash of every proposal ever shown. */
      const hashes = new Map<number, string>();
      const take = (turn: { readonly state: ApprovalsState; readonly rows: readonly AuditFacts[] }): void => {
        for (const row of turn.rows) {
          assert.equal(row.kind, 'approval');
          if (row.kind !== 'approval') continue;
          if (row.how === 'proposed' || row.how === 'reissued') {
            assert.ok(!begun.has(row.proposal), 'a number is given out once');
            begun.add(row.proposal);
            hashes.set(row.proposal, row.hash);
          } else {
            assert.ok(begun.has(row.proposal) && !ends.has(row.proposal), 'what began ends once');
            assert.equal(row.hash, hashes.get(row.proposal));
            ends.set(row.proposal, row.how);
          }
        }
        state = turn.state;
      };

      for (const [afterMs, each] of all) {
        nowMs += afterMs;
        const before = state;
        if (each.kind === 'propose') {
          const cause = { kind: 'level', atLeast: each.atLeast === 2 ? 2 : 3 } as const;
          const turn = propose(state, planOf(planId++, each.act, { cause }), [], nowMs);
          take(turn);
          assert.equal(turn.proposal === null || state.open.includes(turn.proposal), true);
        } else if (each.kind === 'observe') {
          take(
            observeApprovals(state, nowMs, {
              causeLasts: () => each.lasts,
              refresh: (plan) =>
                each.refresh === 'null' ? null : planOf(planId++, each.refresh === 'same' ? plan.act : killAct(99)),
            }),
          );
          for (const open of state.open) {
            assert.ok(nowMs - open.issuedMs < approvalMs, 'nothing that waits has expired');
            assert.ok(open.goneSinceMs === null || nowMs - open.goneSinceMs < 30_000);
          }
        } else if (each.kind === 'answer') {
          const { which, confirmed, approve } = each;
          const id = 'id' in which ? which.id : (before.open[which.open % Math.max(1, before.open.length)]?.id ?? 1);
          const hash = each.rightHash ? (hashes.get(id) ?? '') : 'f'.repeat(64);
          const open = before.open.find((waiting) => waiting.id === id);
          const turn = answer(state, { id, hash, confirmed, approve, by: { uid: 501 } }, nowMs, each);
          take(turn);
          if (turn.result.ok) {
            assert.ok(open !== undefined && open.plan.hash === hash && nowMs - open.issuedMs < approvalMs);
            assert.equal(turn.result.plan, open.plan);
            assert.equal(ends.get(id), approve ? 'approved' : 'denied');
            if (approve) {
              approvals++;
              assert.ok(each.mode === 'live' && each.still === 'same');
              assert.ok(confirmed || !open.needsConfirmation);
            }
          } else assert.ok(turn.rows.every((row) => row.kind === 'approval' && row.how !== 'approved'));
        } else state = endEpisode(state);

        const episodes = state.open.map(({ episode }) => episode);
        assert.equal(new Set(episodes).size, episodes.length, 'one for each verb and target');
        assert.ok(!episodes.some((episode) => state.denied.includes(episode)), 'what was denied does not wait');
        assert.deepEqual(
          [...begun].filter((id) => !ends.has(id)).sort(),
          state.open.map(({ id }) => id).sort(),
          'the rows tell what waits',
        );
        assert.ok(state.closed.length <= 64);
        assert.ok(state.nextId > Math.max(0, ...begun));
      }
    }),
    { numRuns: 2000 },
  );
  assert.ok(approvals > 100, 'some were approved');
});
