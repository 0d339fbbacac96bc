import assert from 'node:assert/strict';
import { chmodSync, chownSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { findGatewayAccount } from '../../helper/keeper/server/gateway-account.ts';
import { gatewayFolderPath } from '../../helper/keeper/server/gateway-folder.ts';
import { adviceReportSchema } from '../../helper/protocol/advice.ts';
import { eventually, type GatewayKeeper, gatewayProcessUid, startGatewayKeeper } from '../fakes/gateway-keeper.ts';
import { chatOf, httpServer } from '../fakes/gateway-servers.ts';
import { type HelperProcess, startHelper } from '../fakes/helper-process.ts';
import { advisorView, troubledStatus } from '../fakes/sample-advice.ts';
import { ownUid, testRunDirectory } from '../fakes/socket-keeper.ts';

const gateway = (t: TestContext, runDirectory: string): HelperProcess =>
  startHelper(t, 'gateway', '--run-dir', runDirectory);

const reports = ({ heard }: GatewayKeeper) =>
  heard.filter(({ verb }) => verb === 'advice.report').map(({ args }) => adviceReportSchema.parse(args));

test('a gateway without rights reads the key its group may, keeps its answers in its own folder, and has them after a kill', {
  skip: process.platform === 'linux' ? false : 'accounts as Linux has them',
}, async (t) => {
  const keys: (string | undefined)[] = [];
  const { url } = await httpServer(t, (request, response) => {
    keys.push(request.headers.authorization);
    request.resume().on('end', () => response.end(chatOf('m', { content: 'Save its work.' })));
  });
  const runDirectory = testRunDirectory(t);
  const keyFile = path.join(runDirectory, 'advisor.key');
  writeFileSync(keyFile, 'sk-test-4711\n');
  const found = findGatewayAccount({ flag: undefined, ownUid: ownUid(), ownGid: process.getgid?.() ?? 0 });
  assert.ok(found.ok);
  if (ownUid() === 0) chownSync(keyFile, 0, found.account.gid);
  chmodSync(keyFile, 0o640);
  const advisor = advisorView(url, { keyFile });
  const keeper = await startGatewayKeeper(t, {
    runDirectory,
    gatewayUid: gatewayProcessUid(),
    advisor,
    handlers: { 'read.status': () => ({ ok: true, result: troubledStatus() }) },
  });
  const first = gateway(t, runDirectory);
  await eventually(() => reports(keeper).at(-1)?.state === 'ready', first.text);
  assert.deepEqual(keys, ['Bearer sk-test-4711']);
  const kept = path.join(gatewayFolderPath(runDirectory), 'advice.json');
  const isKept = (): boolean => (statSync(kept, { throwIfNoEntry: false })?.size ?? 0) > 100;
  await eventually(isKept, first.text);
  assert.deepEqual([statSync(kept).uid, statSync(kept).mode & 0o777], [gatewayProcessUid(), 0o600]);
  assert.equal(statSync(gatewayFolderPath(runDirectory)).mode & 0o777, 0o700);
  first.child.kill('SIGKILL');
  const from = reports(keeper).length;
  const next = gateway(t, runDirectory);
  await eventually(() => reports(keeper).length > from, next.text);
  const { answer } = reports(keeper).at(-1) ?? {};
  assert.deepEqual([answer?.text, answer?.isOld], ['Save its work.', true]);
  assert.equal(keys.length, 1);
  assert.ok(!`${first.text()}${next.text()}`.includes('sk-test'));
});
