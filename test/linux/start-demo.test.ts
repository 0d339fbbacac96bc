import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import path from 'node:path';
import { describe, test } from 'node:test';
import { type DemoPorts, demoConfig, demoSeat } from '../../build/start/demo.ts';
import { seatLogPath } from '../../helper/supervisor/places.ts';
import { bearer, http } from '../fakes/gateway-http.ts';
import { eventually } from '../fakes/gateway-keeper.ts';
import { testRunDirectory } from '../fakes/socket-keeper.ts';

const root = path.resolve(import.meta.dirname, '../..');
const skip = process.platform === 'linux' ? false : 'its seat is run by the supervisor, which is for Linux';

/** Ports that were free a moment ago. */
const freePorts = async (): Promise<DemoPorts> => {
  const servers = [createServer(), createServer(), createServer()];
  const ports: number[] = [];
  for (const server of servers) {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ports.push((server.address() as AddressInfo).port);
  }
  for (const server of servers) await new Promise<void>((resolve) => server.close(() => resolve()));
  const [api = 0, proxy = 0, seat = 0] = ports;
  return { api, proxy, seat };
};

const usersOf = (word: string): readonly string[] =>
  readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) return false;
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(word);
    } catch {
      return false;
    }
  });

describe('npm start', { skip }, () => {
  test('has a seat to try: it is loaded when it is asked for or connected to, released, and nothing is left', async (t) => {
    const runDirectory = testRunDirectory(t);
    const ports = await freePorts();
    writeFileSync(path.join(runDirectory, 'castellan.toml'), demoConfig(root, process.execPath, ports), {
      mode: 0o644,
    });
    const { DISPLAY: _x, WAYLAND_DISPLAY: _wayland, NODE_TEST_CONTEXT: _context, ...env } = process.env;
    const child = spawn(process.execPath, [path.join(root, 'build/start/main.ts'), '--run-dir', runDirectory], {
      cwd: root,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    t.after(() => child.kill('SIGTERM'));
    let text = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
    const ended = new Promise<number | null>((resolve) => child.on('exit', (code) => resolve(code)));
    const { api, proxy } = ports;
    await eventually(
      async () => (await http(api, '/status').catch(() => null))?.status === 200,
      () => text,
    );

    const cold = await http(api, `/ensure-loaded/${demoSeat}`, { method: 'POST' });
    assert.equal(cold.status, 200, cold.text);
    const log = statSync(seatLogPath(runDirectory, 'com.sanctum.castellan.demo.dev'));
    assert.deepEqual([log.mode & 0o777, log.uid !== 0], [0o640, true], 'what it writes is kept, for its account');
    const models = await http(proxy, '/v1/models');
    assert.equal(models.status, 200, models.text);
    const preview = await http(api, '/admit/preview', { method: 'POST', body: JSON.stringify({ seat: demoSeat }) });
    assert.equal(preview.status, 200, preview.text);
    const release = await http(api, `/release/${demoSeat}`, { method: 'POST', headers: bearer(runDirectory) });
    assert.ok([200, 202, 409].includes(release.status), release.text);

    child.kill('SIGINT');
    assert.equal(await ended, 0, text);
    assert.deepEqual(usersOf(runDirectory), []);
    assert.deepEqual(usersOf(`demo-seat.ts\0--port\0${ports.seat}`), []);
  });
});
