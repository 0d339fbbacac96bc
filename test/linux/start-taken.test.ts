import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import path from 'node:path';
import { describe, test } from 'node:test';
import { statusOnceCommand } from '../../build/start/commands.ts';
import { demoConfig } from '../../build/start/demo.ts';
import { startHere, textOf } from '../fakes/service-start.ts';
import { eventually } from '../fakes/service-supervisor.ts';
import { testRunDirectory } from '../fakes/socket-keeper.ts';

const root = path.resolve(import.meta.dirname, '../..');
const skip = process.platform === 'linux' ? false : 'who listens at a port is found on Linux';

/** A port that this process listens at. */
const taken = async (): Promise<{ readonly port: number; close(): void }> => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port, close: () => void server.close() };
};

interface Gateway {
  readonly state: string;
  readonly listen: string;
  readonly problems: readonly string[];
}

describe('npm start with ports that are taken', { skip }, () => {
  test('names who has them by pid, although the gateway has no rights to look, and shows no address that is not served', async (t) => {
    const runDirectory = testRunDirectory(t);
    const [api, proxy] = [await taken(), await taken()];
    t.after(() => {
      api.close();
      proxy.close();
    });
    const ports = { api: api.port, proxy: proxy.port, seat: 1 };
    writeFileSync(path.join(runDirectory, 'castellan.toml'), demoConfig(root, process.execPath, ports), {
      mode: 0o644,
    });
    const start = startHere(t, root, runDirectory);
    const gateway = await eventually<Gateway>('both are named', async () => {
      const { command, args } = statusOnceCommand({ root, runDirectory, env: process.env });
      const text = await textOf(spawn(command, [...args], { stdio: ['ignore', 'pipe', 'ignore'] }));
      if (text === '') return null;
      const found = (JSON.parse(text) as { gateway: Gateway }).gateway;
      return found.problems.filter((each) => each.includes(`pid ${process.pid}`)).length === 2 ? found : null;
    }).catch((error: unknown) => assert.fail(`${error}\n${start.text()}`));
    assert.deepEqual([gateway.state, gateway.listen], ['present', '']);
    assert.match(
      gateway.problems.join('\n'),
      new RegExp(`127\\.0\\.0\\.1:${api.port} is taken by .*, pid ${process.pid}`),
    );
    start.child.kill('SIGINT');
    assert.equal(await start.ended, 0, start.text());
  });
});
