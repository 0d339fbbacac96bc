import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { prepare } from '../../helper/install/cutover.ts';
import { latest } from '../../helper/install/cutover-journal.ts';
import { runPlan } from '../../helper/install/cutover-run.ts';
import { rollBack } from '../../helper/install/rollback.ts';
import { type Fault, Killed, withFaults } from '../fakes/cutover-faults.ts';
import { furnish, type Mac, openMac, scratchFolder } from '../fakes/cutover-mac.ts';

/** Any number of things that go wrong, in the cutover and in the ways back, on launchds of any release. */

const faults = fc.array(
  fc.record({ at: fc.nat({ max: 120 }), how: fc.constantFrom<Fault>('before', 'after', 'killed') }),
  { maxLength: 5 },
);

const releases = fc.record({ drain: fc.nat({ max: 6 }), isSlow: fc.boolean(), isTerse: fc.boolean() });

type Faults = readonly { readonly at: number; readonly how: Fault }[];

const chosen =
  (given: Faults) =>
  (call: number): Fault | null =>
    given.find(({ at }) => at === call)?.how ?? null;

const killedOr = async <T>(act: Promise<T>): Promise<T | null> => {
  try {
    return await act;
  } catch (fault) {
    if (fault instanceof Killed) return null;
    throw fault;
  }
};

const cutOver = async (mac: Mac, given: Faults): Promise<void> => {
  const choices = { account: mac.account, live: true, leaveUnprotected: false, also: [], chosen: null };
  const { plan, preflight } = await prepare(mac.ports, choices);
  assert.deepEqual(preflight.problems, []);
  await killedOr(runPlan(plan, withFaults(mac.ports, chosen(given)).ports, () => {}));
};

const goBack = async (mac: Mac, given: Faults): Promise<void> => {
  const found = latest(mac.ports.files);
  if (found !== null) await killedOr(rollBack(found, withFaults(mac.ports, chosen(given)).ports, () => {}));
};

test('whatever goes wrong, and however often, the last rollback leaves everything as it was', async () => {
  await fc.assert(
    fc.asyncProperty(faults, fc.array(faults, { maxLength: 3 }), releases, async (first, backs, release) => {
      const root = scratchFolder();
      try {
        const mac = openMac(join(root, 'mac'), furnish(join(root, 'mac')));
        mac.launchd.change(release);
        const was = mac.snapshot();
        await cutOver(mac, first);
        for (const back of backs) await goBack(mac, back);
        await goBack(mac, []);
        assert.deepEqual(mac.snapshot(), was);
        assert.deepEqual(mac.launchd.together, []);
        assert.equal(latest(mac.ports.files), null);
        // And the way is free for the next one.
        await cutOver(mac, []);
        assert.equal(latest(mac.ports.files)?.state, 'complete');
      } finally {
        rmSync(root, { recursive: true, force: true });
      }
    }),
    { numRuns: 60 },
  );
});
