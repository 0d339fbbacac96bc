import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Act, Cause } from '../../helper/relief/acts.ts';
import { episodeOf, needsConfirmation, planHash, targetNameOf } from '../../helper/relief/plan-identity.ts';
import {
  bootoutAct,
  freezeAct,
  freezeEntry,
  killAct,
  killEntry,
  purgeAct,
  shedAct,
  targetOf,
  terminateAct,
  unloadAct,
} from '../fakes/plans.ts';

const onOrange: Cause = { kind: 'level', atLeast: 2 };

test('an episode is the verb and its target, whatever the plan', () => {
  assert.equal(episodeOf(freezeAct(7, 8)), 'freeze 7:s7');
  assert.equal(episodeOf(freezeAct(7)), 'freeze 7:s7');
  assert.equal(episodeOf(killAct(7)), 'kill 7:s7');
  assert.equal(episodeOf(shedAct('com.example.vault')), 'shed com.example.vault');
  assert.equal(episodeOf(bootoutAct('coder', 'on_call')), 'bootout com.example.coder');
  assert.notEqual(episodeOf(killAct(7)), episodeOf(killAct(7, 'later')));
});

test('a target is named as people know it', () => {
  assert.equal(targetNameOf(freezeAct(7)), 'node (pid 7)');
  assert.equal(targetNameOf(freezeAct(7, 8, 9)), 'node (pid 7) and 2 more');
  assert.equal(targetNameOf(bootoutAct('coder', 'on_call')), 'coder');
  assert.equal(targetNameOf(unloadAct), 'llama-70b of LM Studio');
});

test('what cannot be undone is confirmed: kill, terminate, bootout of a protected or busy seat', () => {
  const confirmed: readonly Act[] = [killAct(7), terminateAct(7), bootoutAct('chat', 'protected')];
  const direct: readonly Act[] = [
    freezeAct(7),
    shedAct('com.example.vault'),
    bootoutAct('coder', 'on_call'),
    unloadAct,
    purgeAct,
  ];
  assert.ok(confirmed.every((act) => needsConfirmation(act)));
  assert.ok(!direct.some((act) => needsConfirmation(act)));
  assert.equal(needsConfirmation(bootoutAct('coder', 'on_call'), true), true);
});

describe('the hash of a plan', () => {
  test('is 64 hexadecimal digits and the same every time', () => {
    assert.match(planHash(killAct(7), onOrange), /^[0-9a-f]{64}$/);
    assert.equal(planHash(killAct(7), onOrange), planHash(killAct(7), onOrange));
  });

  test('differs with verb, target, identity, cause, entry and class', () => {
    const hashes = [
      planHash(killAct(7), onOrange),
      planHash(terminateAct(7), onOrange),
      planHash(killAct(8), onOrange),
      planHash(killAct(7, 'later'), onOrange),
      planHash(killAct(7), { kind: 'level', atLeast: 3 }),
      planHash(killAct(7), { kind: 'ladder', step: 2 }),
      planHash(killAct(7), { kind: 'operator' }),
      planHash({ verb: 'kill', entry: { ...killEntry, name: 'other' }, target: targetOf(7), label: null }, onOrange),
      planHash(freezeAct(7), onOrange),
      planHash({ ...freezeAct(7), entry: { ...killEntry, name: freezeEntry.name } }, onOrange),
      planHash(freezeAct(7, 8), onOrange),
    ];
    assert.equal(new Set(hashes).size, hashes.length);
  });

  test('does not differ with figures, with who chose, or with the order of a group', () => {
    const act = freezeAct(7, 8, 9);
    const [first, second, third] = act.targets;
    assert.ok(second !== undefined && third !== undefined);
    assert.equal(
      planHash({ ...act, targets: [first, third, second], path: 'approved' }, onOrange),
      planHash(act, onOrange),
    );
    assert.equal(
      planHash({ ...act, targets: [{ ...first, footprintBytes: 1 }, second, third] }, onOrange),
      planHash(act, onOrange),
    );
  });

  test('keeps parts apart that would read the same when joined', () => {
    const same = { verb: 'unload', instance: 'i', server: { pid: 9, start: '1' }, footprintBytes: 0 } as const;
    const one: Act = { ...same, runtime: 'a b', model: 'c' };
    const other: Act = { ...same, runtime: 'a', model: 'b c' };
    assert.notEqual(planHash(one, onOrange), planHash(other, onOrange));
  });
});
