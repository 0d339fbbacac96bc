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
