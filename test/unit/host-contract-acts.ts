import assert from 'node:assert/strict';
import { permitKill, permitStop } from '../../helper/host/permits.ts';
import type { InWorld } from './host-contract.ts';
import { isFact, MB, mustIdentify, mustRead, problemOf, stranger, until } from './host-contract-checks.ts';

/** The part of the host contract that acts on processes: signals and bands. */
export const actsContract = (inWorld: InWorld): void => {
  inWorld('stop and continue really stop and continue', async (world, host) => {
    const id = mustIdentify(host, await world.spawn(48 * MB));
    assert.deepEqual(host.stop(permitStop(id, 'test')), { ok: true });
    await until(world, 'stopped', () => mustRead(host, id).state === 'stopped');
    assert.equal(host.readProcesses().processes.find((p) => p.id.pid === id.pid)?.state, 'stopped');
    assert.deepEqual(host.signal(id, 'SIGCONT'), { ok: true });
    await until(world, 'continued', () => mustRead(host, id).state !== 'stopped');
  });

  inWorld('a stop or a kill of the gone and of the reused is neither', async (world, host) => {
    const id = mustIdentify(host, await world.spawn(48 * MB));
    assert.equal(problemOf(host.kill(permitKill(stranger(id), 0))), 'reused');
    await world.advance(50);
    assert.ok(!isFact(host.identify(id.pid)), 'the one that has the pid now lives');
    await world.kill(id.pid);
    assert.equal(problemOf(host.stop(permitStop(id, 'test'))), 'vanished');
    assert.equal(problemOf(host.kill(permitKill(id, 0))), 'vanished');
  });

  inWorld(
    'a stop needs its proof: signal knows CONT and TERM only, and no proof can be written down',
    async (world, host) => {
      const id = mustIdentify(host, await world.spawn(48 * MB));
      const never = (): void => {
        // @ts-expect-error: SIGSTOP goes by `stop`, with the tombstone that was acknowledged
        host.signal(id, 'SIGSTOP');
        // @ts-expect-error: SIGKILL goes by `kill`, with the proposal that was approved
        host.signal(id, 'SIGKILL');
        // @ts-expect-error: a permit is made by permitStop only
        host.stop({ id, tombstone: 'test' });
        // @ts-expect-error: the proof of an approval is no proof of a tombstone
        host.stop(permitKill(id, 0));
        // @ts-expect-error: and the other way round
        host.kill(permitStop(id, 'test'));
      };
      assert.equal(typeof never, 'function');
      assert.deepEqual(host.signal(id, 'SIGCONT'), { ok: true }, 'a CONT to what runs changes nothing');
      assert.notEqual(mustRead(host, id).state, 'stopped');
    },
  );

  inWorld('TERM ends an ordinary process, and one that is stopped only once it is continued', async (world, host) => {
    const id = mustIdentify(host, await world.spawn(48 * MB));
    assert.deepEqual(host.stop(permitStop(id, 'test')), { ok: true });
    await until(world, 'stopped', () => mustRead(host, id).state === 'stopped');
    assert.deepEqual(host.signal(id, 'SIGTERM'), { ok: true });
    await world.advance(500);
    assert.equal(mustRead(host, id).state, 'stopped');
    assert.deepEqual(host.signal(id, 'SIGCONT'), { ok: true });
    await until(world, 'gone', () => isFact(host.identify(id.pid)));
  });

  inWorld('a kill makes the process go', async (world, host) => {
    const id = mustIdentify(host, await world.spawn(48 * MB));
    assert.deepEqual(host.kill(permitKill(id, 0)), { ok: true });
    await until(world, 'gone', () => isFact(host.identify(id.pid)));
  });

  inWorld('a stranger under a known pid is neither signalled nor banded', async (world, host) => {
    const id = mustIdentify(host, await world.spawn(48 * MB));
    assert.equal(problemOf(host.stop(permitStop(stranger(id), 'test'))), 'reused');
    await world.advance(50);
    assert.notEqual(mustRead(host, id).state, 'stopped');
    const set = host.setBand(stranger(id), 'IDLE');
    assert.ok(!set.ok && ['reused', 'unsupported'].includes(set.problem));
  });

  inWorld('a band is set and read back, or refused with the reason', async (world, host) => {
    const id = mustIdentify(host, await world.spawn(48 * MB));
    for (const band of ['CRITICAL', 'HOME', 'IDLE'] as const) {
      const set = host.setBand(id, band);
      if (!set.ok) {
        assert.notEqual(set.detail, '');
        assert.ok(['refused', 'unsupported'].includes(set.problem), set.problem);
        continue;
      }
      assert.equal(set.band, band);
      assert.deepEqual(host.readBand(id), set);
    }
  });
};
