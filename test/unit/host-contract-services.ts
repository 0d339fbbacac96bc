import assert from 'node:assert/strict';
import type { ServiceResult } from '../../helper/host/service-manager.ts';
import type { InWorld } from './host-contract.ts';
import { assertFact, isFact, MB, mustIdentify, mustRead, stranger, until } from './host-contract-checks.ts';

/** The part of the host contract that looks closer at processes, and that starts and stops services. */

const outcome = (result: ServiceResult | { readonly ok: true; readonly job: unknown }): string => {
  if (result.ok) return 'ok';
  assert.notEqual(result.detail, '', 'a refusal says why');
  return result.problem;
};

const unheardOf = 'com.example.never-heard-of';

export const servicesContract = (inWorld: InWorld): void => {
  inWorld('an inspection says of an ordinary process what is known, and null for what is not', async (world, host) => {
    const id = mustIdentify(host, await world.spawn(48 * MB));
    const seen = host.inspect(id);
    assert.ok(!('problem' in seen), 'problem' in seen ? seen.detail : '');
    assert.deepEqual(seen.id, id);
    // Unknown is allowed, a false alarm is not.
    if (seen.listening !== null) assert.deepEqual(seen.listening, []);
    for (const isSpecial of [seen.isHypervisor, seen.isTraced, seen.isPlatform]) assert.notEqual(isSpecial, true);
    assert.equal(seen.processGroup, mustRead(host, id).processGroup);
  });

  inWorld('an inspection of the gone and of the reused is a fact', async (world, host) => {
    const id = mustIdentify(host, await world.spawn(48 * MB));
    const reused = host.inspect(stranger(id));
    await world.kill(id.pid);
    for (const fact of [reused, host.inspect(id)]) {
      assert.ok('problem' in fact);
      assert.equal(fact.problem, 'vanished');
      assert.equal(fact.pid, id.pid);
      assertFact(fact);
    }
  });

  inWorld('an inspection lists where a process listens', async (world, host, t) => {
    if (world.listener === undefined) return t.skip(world.lacks?.listener ?? 'this world has no listeners');
    const { pid, address } = await world.listener();
    const seen = host.inspect(mustIdentify(host, pid));
    assert.ok(!('problem' in seen));
    assert.deepEqual(seen.listening, [address]);
  });

  inWorld(
    'who has most of what is compressed comes first, and all together no more than there is',
    async (world, host, t) => {
      if (host.readCompressedShares === undefined) return t.skip('ends are not decided by this here');
      const pid = await world.spawn(48 * MB);
      const read = await host.readCompressedShares();
      assert.ok('largest' in read, 'problem' in read ? read.detail : '');
      const sizes = read.largest.map(({ compressedBytes }) => compressedBytes);
      assert.ok(sizes.length <= 8 && sizes.every((bytes) => bytes > 0));
      assert.deepEqual(
        sizes,
        sizes.toSorted((a, b) => b - a),
      );
      assert.ok(sizes.reduce((a, b) => a + b, 0) <= read.totalBytes * 1.01 + MB, `${sizes} of ${read.totalBytes}`);
      for (const { id } of read.largest) assert.deepEqual(host.identify(id.pid), id);
      assert.ok(!read.largest.some(({ id }) => id.pid === pid), 'what has just started has nothing compressed');
    },
  );

  inWorld('a host that raises itself says what was refused, each a sentence', async (_world, host, t) => {
    if (host.raiseSelf === undefined) return t.skip('bands are all there is here');
    for (const sentence of host.raiseSelf()) assert.match(sentence, /^\S.*\.$/);
  });

  inWorld('pid 1 is part of the system, and never signalled', async (_world, host, t) => {
    const id = host.identify(1);
    if (isFact(id)) return t.skip('this world shows no pid 1');
    const seen = host.inspect(id);
    assert.ok('problem' in seen || seen.isPlatform === true);
    const sent = host.signal(id, 'SIGCONT');
    assert.ok(!sent.ok && sent.problem === 'refused');
  });

  inWorld('a service nobody knows is answered, whatever is asked', async (_world, host) => {
    for (const label of [unheardOf, '', '../../etc/passwd', '-w', 'a b', 'x'.repeat(5_000)]) {
      for (const answer of [
        await host.services.bootstrap(label),
        await host.services.bootout(label),
        await host.services.print(label),
      ])
        assert.ok(['absent', 'refused', 'unsupported', 'failed'].includes(outcome(answer)), label);
      assert.notEqual(host.services.pids()?.has(label), true);
    }
  });

  inWorld('a service ends on bootout, some time later, and comes back on bootstrap', async (world, host, t) => {
    if (world.service === undefined) return t.skip(world.lacks?.service ?? 'this world has no services');
    const { services } = host;
    const label = await world.service();
    await until(world, 'it runs', () => typeof services.pids()?.get(label) === 'number');
    const pid = services.pids()?.get(label) ?? 0;
    const print = await services.print(label);
    assert.ok(print.ok);
    assert.deepEqual([print.job.label, print.job.pid], [label, pid]);
    assert.ok(print.job.exitTimeoutSeconds === null || print.job.exitTimeoutSeconds > 0);
    assert.equal(outcome(await services.bootstrap(label)), 'already');
    assert.equal(mustRead(host, mustIdentify(host, pid)).id.pid, pid);

    assert.equal(outcome(await services.bootout(label)), 'ok');
    await until(world, 'it has ended', () => services.pids()?.has(label) === false);
    assert.ok(isFact(host.identify(pid)), 'listed until its process is gone');
    // launchd forgets it at once.
    if (host.kind !== 'darwin') assert.ok([0, -15].includes(services.lastExits().get(label) ?? -1), 'how it ended');
    assert.equal(outcome(await services.print(label)), 'absent');
    assert.equal(outcome(await services.bootout(label)), 'absent');

    assert.equal(outcome(await services.bootstrap(label)), 'ok');
    await until(world, 'it runs again', () => typeof services.pids()?.get(label) === 'number');
    assert.notEqual(services.pids()?.get(label), pid);
    assert.equal(services.lastExits().has(label), false, 'the end before is not told of the one that runs');
  });

  inWorld(
    'a service that is loaded and does not run is run by a bootstrap, and so is one that is not loaded',
    async (world, host, t) => {
      if (world.onCall === undefined) return t.skip(world.lacks?.onCall ?? 'this world has no services');
      const { services } = host;
      const label = await world.onCall();
      await until(world, 'it is listed', () => services.pids()?.get(label) === null);
      await world.advance(500);
      assert.equal(services.pids()?.get(label), null, 'nothing starts it by itself');
      for (const was of ['loaded', 'not loaded']) {
        assert.equal(outcome(await services.bootstrap(label)), 'ok', was);
        await until(world, `it runs, ${was} before`, () => typeof services.pids()?.get(label) === 'number');
        const pid = services.pids()?.get(label) ?? 0;
        assert.equal(outcome(await services.bootstrap(label)), 'already');
        assert.equal(mustRead(host, mustIdentify(host, pid)).id.pid, pid);
        assert.equal(outcome(await services.bootout(label)), 'ok');
        await until(world, 'it has ended', () => services.pids()?.has(label) === false);
      }
    },
  );
};
