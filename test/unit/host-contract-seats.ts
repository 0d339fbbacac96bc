import assert from 'node:assert/strict';
import type { ProbeResult } from '../../helper/host/port.ts';
import type { HostWorld, InWorld } from './host-contract.ts';
import { MB, mustIdentify, stranger, until } from './host-contract-checks.ts';

/** The part of the host contract that is asked for seats: traffic, readiness, executables, the GPU's limit, how services ended. */

/** What a promise gives, while the world's time goes on. */
const settled = async <T>(world: HostWorld, promise: Promise<T>): Promise<T> => {
  let found: { readonly value: T } | null = null;
  void promise.then((value) => {
    found = { value };
  });
  await until(world, 'settled', () => found !== null);
  return promise;
};

const nobodysPort = 1;

export const seatsContract = (inWorld: InWorld): void => {
  inWorld('ports are answered in the order asked, and one that nobody uses is idle', async (_world, host) => {
    const ports = [nobodysPort, 65_535, nobodysPort];
    const found = host.portTraffic(ports);
    if (found === null) return assert.match(host.facts.missing.join(' '), /traffic/);
    assert.deepEqual(
      found.map(({ port }) => port),
      ports,
    );
    assert.deepEqual(found[0], found[2]);
    assert.equal(found[0]?.connections, 0);
    assert.deepEqual(host.portTraffic([]), []);
  });

  inWorld('the mark of a port changes when bytes move, and only then', async (world, host, t) => {
    if (world.traffic === undefined) return t.skip(world.lacks?.traffic ?? 'this world has no connections');
    const { port, connections, move, end } = await world.traffic();
    const look = () => {
      const [found] = host.portTraffic([port]) ?? [];
      assert.ok(found !== undefined);
      return found;
    };
    const before = look();
    assert.equal(before.connections, connections);
    assert.ok(before.mark !== null);
    await world.advance(500);
    assert.deepEqual(look(), before, 'open and idle');
    await move();
    const after = look();
    assert.equal(after.connections, connections);
    assert.notEqual(after.mark, before.mark);
    await world.advance(500);
    assert.deepEqual(look(), after, 'idle again');
    await end();
    await until(world, 'nobody is connected', () => look().connections === 0);
  });

  inWorld('who listens at an address is found, and of a free one nobody', async (world, host, t) => {
    if (host.portOwner === undefined) return t.skip('this host has no way to ask');
    assert.equal(await host.portOwner(`127.0.0.1:${nobodysPort}`), null);
    for (const odd of ['', ':', 'x', '[::1]', '127.0.0.1:', '[::1]:99999999'])
      assert.equal(await host.portOwner(odd), null, odd);
    if (world.listener === undefined) return t.skip(world.lacks?.listener ?? 'this world has no listeners');
    const { pid, address } = await world.listener();
    const owner = await host.portOwner(address);
    assert.equal(owner?.pid, pid);
    assert.notEqual(owner?.command, '');
    await world.kill(pid);
    assert.equal(await host.portOwner(address), null);
  });

  inWorld('a readiness command says yes by nothing but its exit', async (world, host, t) => {
    if (world.probes === undefined) return t.skip(world.lacks?.probes ?? 'this world has no readiness commands');
    const { yes, no, hangs } = await world.probes();
    const ask = (spec: typeof yes): Promise<ProbeResult> => settled(world, host.probe(spec));
    assert.deepEqual(await ask(yes), { ok: true, detail: '' });
    const refused = await ask(no);
    assert.ok(!refused.ok);
    assert.match(refused.detail, /^exit \d+/);
    const late = await ask(hangs);
    assert.ok(!late.ok);
    assert.match(late.detail, /^no answer within [\d.]+ s/);
  });

  inWorld('a process whose file is there is no doomed one, and of a stranger nothing is known', async (world, host) => {
    const id = mustIdentify(host, await world.spawn(48 * MB));
    assert.equal(host.isExecutableGone(id), false);
    assert.equal(host.isExecutableGone(stranger(id)), null);
    await world.kill(id.pid);
    assert.equal(host.isExecutableGone(id), null);
  });

  inWorld('a process whose file is deleted is seen', async (world, host, t) => {
    if (world.mortalExecutable === undefined)
      return t.skip(world.lacks?.mortalExecutable ?? 'this world cannot delete a program');
    const { pid, remove } = await world.mortalExecutable();
    const id = mustIdentify(host, pid);
    assert.equal(host.isExecutableGone(id), false);
    await remove();
    assert.equal(host.isExecutableGone(id), true);
  });

  inWorld("the GPU's limit is set and read back, or it is said why there is none", async (_world, host) => {
    const before = host.gpuLimit();
    const set = host.setGpuLimit(48 * 1024 * MB + 1);
    if (!set.ok) {
      assert.notEqual(set.detail, '');
      assert.equal(before.kind, 'not_evaluated');
      assert.ok(before.kind === 'not_evaluated' && before.isSystemPolicy !== true && before.why.endsWith('.'));
      return;
    }
    assert.equal(set.bytes, 48 * 1024 * MB);
    assert.deepEqual(host.gpuLimit(), { kind: 'limit', bytes: 48 * 1024 * MB, isSystemPolicy: false });
    assert.ok(!host.setGpuLimit(-1).ok);
    assert.ok(!host.setGpuLimit(Number.NaN).ok);
    assert.deepEqual(host.setGpuLimit(0), { ok: true, bytes: 0 });
    const policy = host.gpuLimit();
    assert.ok(policy.kind !== 'unknown' && policy.isSystemPolicy === true, 'left to the system');
  });

  inWorld('a service that ended is known by its exit, and one that has not ended is not', async (world, host, t) => {
    if (world.brokenService === undefined) return t.skip(world.lacks?.brokenService ?? 'this world has no services');
    const { label, exit, running } = await world.brokenService();
    await until(world, 'it ended', () => host.services.lastExits().get(label) === exit);
    assert.equal(host.services.pids()?.get(label), null, 'listed is not running');
    await until(world, 'the other one runs', () => typeof host.services.pids()?.get(running) === 'number');
    assert.equal(host.services.lastExits().has(running), false);
    const print = await settled(world, host.services.print(label));
    assert.ok(print.ok);
    assert.deepEqual([print.job.pid, print.job.lastExit?.code], [null, exit]);
  });
};
