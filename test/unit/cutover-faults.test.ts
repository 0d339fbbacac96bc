import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { prepare } from '../../helper/install/cutover/cutover.ts';
import { latest } from '../../helper/install/cutover/journal.ts';
import { rollBack } from '../../helper/install/cutover/rollback.ts';
import { runPlan } from '../../helper/install/cutover/run.ts';
import { type Fault, Killed, withFaults } from '../fakes/cutover-faults.ts';
import { furnish, furnishBeside, type Mac, oldPart, openMac, scratchFolder } from '../fakes/cutover-mac.ts';

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

test('whatever goes wrong beside a Castellan that the app has registered, the last rollback brings the old services back', async () => {
  await fc.assert(
    fc.asyncProperty(faults, fc.array(faults, { maxLength: 3 }), releases, async (first, backs, release) => {
      const root = scratchFolder();
      try {
        const mac = openMac(join(root, 'mac'), furnishBeside(join(root, 'mac')));
        mac.launchd.change(release);
        const [was, whole] = [oldPart(mac), mac.snapshot()];
        await cutOver(mac, first);
        for (const back of backs) await goBack(mac, back);
        await goBack(mac, []);
        assert.deepEqual(oldPart(mac), was);
        assert.deepEqual(mac.launchd.together, []);
        assert.equal(latest(mac.ports.files), null);
        const ours = mac.launchd.listing().filter((line) => line.startsWith('system/'));
        // Whole and only observing, or gone and kept out, over a restart, too.
        if (mac.launchd.state().isObserving) assert.deepEqual(mac.snapshot(), whole);
        else assert.deepEqual([ours, mac.launchd.state().disabled.length], [[], 3]);
      } finally {
        rmSync(root, { recursive: true, force: true });
      }
    }),
    { numRuns: 60 },
  );
});

const codes: Readonly<Record<string, readonly (number | null)[]>> = {
  bootout: [null, 3, 5, 36, 37, 113, 125],
  bootstrap: [null, 5, 36, 37, 112, 113, 119, 122, 125],
  enable: [null, 5, 113],
  disable: [null, 5, 113],
};

/** A launchd that gives this code once: at the nth call of this verb, having done what it was asked, or not. */
const answering = (mac: Mac, verb: string, nth: number, code: number | null, isDone: boolean) => {
  let calls = 0;
  const launchctl: Mac['ports']['launchd']['launchctl'] = async (args, limitMs) => {
    if (args[0] !== verb || calls++ !== nth) return mac.ports.launchd.launchctl(args, limitMs);
    if (isDone) await mac.ports.launchd.launchctl(args, limitMs);
    return { code, output: '' };
  };
  return { ports: { ...mac.ports, launchd: { ...mac.ports.launchd, launchctl } }, wasCalled: () => calls > nth };
};

test('whatever code launchctl gives at a bootout beside a Castellan of the app, once, the old side is whole or all of it is gone', async () => {
  for (const code of codes.bootout ?? [])
    for (const isDone of [true, false])
      for (let nth = 0; ; nth += 1) {
        const root = scratchFolder();
        const told = `bootout ${nth}, ${isDone ? 'done' : 'not done'}, ${code}`;
        try {
          const mac = openMac(join(root, 'mac'), furnishBeside(join(root, 'mac')));
          const was = oldPart(mac);
          const choices = { account: mac.account, live: true, leaveUnprotected: false, also: [], chosen: null };
          const { plan } = await prepare(mac.ports, choices);
          const { ports, wasCalled } = answering(mac, 'bootout', nth, code, isDone);
          const end = await runPlan(plan, ports, () => {});
          assert.notEqual(end.kind, 'stuck', `${told}: ${JSON.stringify(end)}`);
          if (end.kind === 'complete') await goBack(mac, []);
          assert.deepEqual(oldPart(mac), was, told);
          assert.deepEqual(mac.launchd.together, [], told);
          if (!wasCalled()) break;
        } finally {
          rmSync(root, { recursive: true, force: true });
        }
      }
});

for (const [verb, answers] of Object.entries(codes))
  test(`whatever code launchctl gives at a ${verb}, once, it is a whole cutover or none`, async () => {
    for (const code of answers)
      for (const isDone of [true, false])
        for (let nth = 0; ; nth += 1) {
          const root = scratchFolder();
          const told = `${verb} ${nth}, ${isDone ? 'done' : 'not done'}, ${code}`;
          try {
            const mac = openMac(join(root, 'mac'), furnish(join(root, 'mac')));
            const was = mac.snapshot();
            const choices = { account: mac.account, live: true, leaveUnprotected: false, also: [], chosen: null };
            const { plan } = await prepare(mac.ports, choices);
            const { ports, wasCalled } = answering(mac, verb, nth, code, isDone);
            const end = await runPlan(plan, ports, () => {});
            assert.notEqual(end.kind, 'stuck', `${told}: ${JSON.stringify(end)}`);
            if (end.kind === 'complete') await goBack(mac, []);
            assert.deepEqual(mac.snapshot(), was, told);
            assert.deepEqual(mac.launchd.together, [], told);
            if (!wasCalled()) break;
          } finally {
            rmSync(root, { recursive: true, force: true });
          }
        }
  });
