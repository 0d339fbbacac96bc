import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, type TestContext, test } from 'node:test';
import { bearer, http } from '../fakes/gateway-http.ts';
import {
  eventually,
  type GatewayKeeper,
  gatewayProcessUid,
  sampleGatewaySeat,
  startGatewayKeeper,
} from '../fakes/gateway-keeper.ts';
import { type HelperProcess, helperMain, startHelper } from '../fakes/helper-process.ts';
import { ownUid, testRunDirectory } from '../fakes/socket-keeper.ts';

const skip = process.platform === 'linux' ? false : 'looks into /proc';

const gateway = (t: TestContext, runDirectory: string, ...more: readonly string[]): HelperProcess =>
  startHelper(t, 'gateway', '--run-dir', runDirectory, ...more);

/** Where the gateway told the keeper it listens, last. */
const portOf = ({ heard }: GatewayKeeper): number => {
  const told = heard.findLast(({ verb }) => verb === 'gateway.problems')?.args.listen;
  return Number(/:(\d+)$/.exec(String(told))?.[1] ?? 0);
};

const statusLine = (pid: number, key: string): string =>
  new RegExp(`^${key}:\\s*(.*)$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]?.trim() ?? '';

const started = async (t: TestContext) => {
  const keeper = await startGatewayKeeper(t, {
    seats: [sampleGatewaySeat({ state: 'ready' })],
    gatewayUid: gatewayProcessUid(),
  });
  const run = gateway(t, keeper.runDirectory);
  await eventually(() => portOf(keeper) > 0, run.text);
  return { keeper, run };
};

describe('castellan gateway', { skip }, () => {
  test('that root started has no rights left when it opens anything', async (t) => {
    if (ownUid() !== 0) {
      t.skip('only root has rights to give up');
      return;
    }
    const { keeper, run } = await started(t);
    const uid = String(gatewayProcessUid());
    const pid = run.child.pid ?? 0;
    assert.deepEqual(statusLine(pid, 'Uid').split(/\s+/), [uid, uid, uid, uid]);
    const gids = statusLine(pid, 'Gid').split(/\s+/);
    assert.equal(new Set(gids).size, 1);
    assert.notEqual(gids[0], '0');
    assert.deepEqual(
      statusLine(pid, 'Groups')
        .split(/\s+/)
        .filter((one) => one !== ''),
      [gids[0]],
    );
    for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapAmb']) assert.match(statusLine(pid, set), /^0+$/, set);
    // What is root's it cannot read, what is meant for it it can.
    const port = portOf(keeper);
    const load = await http(port, '/load/Codestral', { method: 'POST', headers: bearer(keeper.runDirectory) });
    assert.notEqual(load.status, 401);
    assert.notEqual(load.status, 403);
    assert.equal((await http(port, '/metrics')).status, 200);
  });

  test('never runs as root, and with wrong arguments not at all', (t) => {
    const run = (...args: readonly string[]) =>
      spawnSync(process.execPath, [helperMain, 'gateway', '--run-dir', testRunDirectory(t), ...args], {
        encoding: 'utf8',
        timeout: 20_000,
      });
    assert.equal(run('--gateway-uid', 'root').status, 64);
    assert.equal(run('--nonsense').status, 64);
    assert.match(run('--help').stdout, /^castellan gateway:/);
    const refused = run('--gateway-uid', '0');
    assert.equal(refused.status, 78, refused.stderr);
  });

  test('ends in order when it is told to, and a killed one leaves the next its place', async (t) => {
    const { keeper, run } = await started(t);
    const port = portOf(keeper);
    assert.equal((await http(port, '/ensure-loaded/Codestral')).status, 200);
    run.child.kill('SIGKILL');
    await run.ended;
    await eventually(() => keeper.states.at(-1) === 'missing');
    const before = keeper.heard.length;
    const next = gateway(t, keeper.runDirectory);
    await eventually(() => keeper.heard.length > before && keeper.states.at(-1) === 'present', next.text);
    await eventually(
      async () => (await http(portOf(keeper), '/ensure-loaded/Codestral').catch(() => null))?.status === 200,
    );
    next.child.kill('SIGTERM');
    assert.equal(await next.ended, 0, next.text());
  });

  test('waits for a keeper that is not there yet', async (t) => {
    const keeper = await startGatewayKeeper(t, { gatewayUid: gatewayProcessUid() });
    await keeper.stop();
    const run = gateway(t, keeper.runDirectory);
    await eventually(() => /not_running|connection_lost/.test(run.text()), run.text);
    await keeper.start();
    await eventually(() => portOf(keeper) > 0, run.text);
    run.child.kill('SIGTERM');
    assert.equal(await run.ended, 0, run.text());
  });
});
