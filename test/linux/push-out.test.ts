import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chownSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { http } from '../fakes/gateway-http.ts';
import { eventually, gatewayProcessUid } from '../fakes/gateway-keeper.ts';
import { type HelperProcess, helperMain, startHelper } from '../fakes/helper-process.ts';
import { secretFile, startReceiver } from '../fakes/push-receiver.ts';
import { ownUid, testRunDirectory } from '../fakes/socket-keeper.ts';

/** Alerts on their way out of a real keeper, by a real gateway, to a real server; and both seen from outside. */

const skip = process.platform === 'linux' ? false : 'the gateway becomes another account by number';
const secret = 'k3y-that-nobody-may-see';
const topic = 'path-that-nobody-guesses';

const started = (t: TestContext, runDirectory: string | null, ...args: readonly string[]): HelperProcess =>
  startHelper(t, ...args, ...(runDirectory === null ? [] : ['--run-dir', runDirectory]));

const castellan = (...args: readonly string[]): Promise<{ readonly code: number; readonly text: string }> =>
  new Promise((resolve) => {
    const child = execFile(process.execPath, [helperMain, ...args], { timeout: 60_000 }, (_, out, err) =>
      resolve({ code: child.exitCode ?? -1, text: `${out}${err}` }),
    );
  });

const filesIn = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => path.join(folder, name))
    .filter((each) => statSync(each, { throwIfNoEntry: false })?.isFile() === true);

/** More than the simulated machine has, so that there is something to tell from the first look on. */
const seat = (name: string): string =>
  `[[seat]]\nname = "${name}"\nclass = "protected"\nlabel = "t.${name}"\npeak = "41 GB"\nprobe_cmd = ["/bin/true"]\n`;

describe('alerts on their way out', { skip }, () => {
  test('get there although the gateway is killed, signed, and nothing of the key is left anywhere', async (t) => {
    const runDirectory = testRunDirectory(t);
    let answers = 503;
    const receiver = await startReceiver(t, () => ({ status: answers }));
    const file = secretFile(runDirectory, secret);
    if (ownUid() === 0) chownSync(file, 0, gatewayProcessUid());
    // It is never asked here; its address is as little to be found anywhere.
    const advisor = `[advisor]\nurl = "${receiver.url}/${topic}"\nmodel = "m"\n`;
    const push = `[[alerts.push]]\nname = "ops"\nkind = "webhook"\nurl = "${receiver.url}/${topic}"\nsecret_file = "${file}"\n`;
    writeFileSync(
      path.join(runDirectory, 'castellan.toml'),
      `[api]\nlisten = "127.0.0.1:0"\n${advisor}${seat('A')}${seat('B')}${push}`,
      { mode: 0o644 },
    );
    const account = ['--gateway-uid', String(gatewayProcessUid())];
    const keeper = started(t, runDirectory, 'keeper', '--host', 'sim', ...account);
    const first = started(t, runDirectory, 'gateway', ...account);
    const told = (): string => `${keeper.text()}\n${first.text()}`;
    const came = (kind: string) => receiver.came.filter(({ body }) => JSON.parse(body).kind === kind);
    await eventually(() => came('envelope_exceeded').length > 0, told);

    first.child.kill('SIGKILL');
    const queue = path.join(runDirectory, 'gateway', 'push.json');
    assert.match(readFileSync(queue, 'utf8'), /"id":"envelope_exceeded\./);
    answers = 200;
    const second = started(t, runDirectory, 'gateway', ...account);
    const before = came('envelope_exceeded').length;
    await eventually(() => came('envelope_exceeded').length > before, second.text);
    const ids = new Set(came('envelope_exceeded').map(({ headers }) => headers['castellan-id']));
    assert.equal(ids.size, 1, 'the same alert, by the same id');
    await eventually(() => !readFileSync(queue, 'utf8').includes('"target":"ops"'));

    const listening = (): string | undefined => /listening at 127\.0\.0\.1:(\d+)/.exec(second.text())?.[1];
    await eventually(() => listening() !== undefined, second.text);
    const port = Number(listening());
    // From here on it looks on from outside: once a second, and at the first failure it says so.
    const options = ['--every', '1', '--strikes', '1', '--stale', '5', '--json'];
    const watcher = started(t, null, 'watch', `http://127.0.0.1:${port}`, ...options);
    const seen = () => watcher.text().match(/(?<="verdict":")\w+/g) ?? [];

    const tried = await castellan('push', 'test', '--run-dir', runDirectory);
    assert.deepEqual([tried.code, tried.text], [0, 'ops: taken\n']);
    const [listed, doctor] = await Promise.all([
      castellan('push', '--run-dir', runDirectory),
      castellan('doctor', '--run-dir', runDirectory),
    ]);
    assert.equal(listed.code, 0, listed.text);
    assert.match(listed.text, /^ops \(webhook, from warning\): http:\/\/127\.0\.0\.1:\d+\/…, the last was taken /);
    assert.match(doctor.text, /^ok +alerts to ops: http:\/\/127\.0\.0\.1:\d+\/…$/m);
    const status = (await http(port, '/status')).text;
    const metrics = (await http(port, '/metrics')).text;
    assert.match(metrics, /^castellan_push_delivered_total\{target="ops"\} [2-9]/m);
    assert.match(metrics, /^castellan_push_failing\{target="ops"\} 0/m);

    const texts = [keeper.text(), first.text(), second.text(), tried.text, listed.text, doctor.text, status, metrics];
    for (const text of texts) assert.ok(!text.includes(secret) && !text.includes(topic), text);
    const config = path.join(runDirectory, 'castellan.toml');
    for (const each of filesIn(runDirectory).filter((one) => one !== file)) {
      const bytes = readFileSync(each);
      assert.ok(!bytes.includes(secret), each);
      if (each !== config) assert.ok(!bytes.includes(topic), each);
    }

    await eventually(() => seen().length === 1, watcher.text);
    keeper.child.kill('SIGKILL');
    await eventually(() => seen().length === 2, watcher.text);
    second.child.kill('SIGKILL');
    await eventually(() => seen().length === 3, watcher.text);
    assert.deepEqual(seen(), ['unproven', 'stale', 'unreachable']);
  });
});
