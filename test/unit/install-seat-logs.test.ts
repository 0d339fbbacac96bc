import assert from 'node:assert/strict';
import {
  chmodSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { prepareSeatLogs } from '../../helper/install/seat-logs.ts';
import { seatOf } from '../fakes/arbiter-world.ts';
import { ownUid, testRunDirectory } from '../fakes/socket-keeper.ts';

const command = ['/opt/mlx/server'] as const;
/** root can give a file away; anybody else has his own domain only. */
const uid = ownUid() === 0 ? 501 : ownUid();
const agent = seatOf({ name: 'one', label: 'com.x.agent', domain: `gui/${uid}`, command });
const daemon = seatOf({ name: 'one', label: 'com.x.daemon', command });
const own = seatOf({ name: 'one', label: 'com.x.own', domain: `gui/${uid}`, command: null });

test('the folder can be entered by every seat; a file is made where the launchd of a user could not', (t) => {
  const run = testRunDirectory(t);
  assert.deepEqual(prepareSeatLogs(run, [agent, daemon, own]), []);
  const folder = join(run, 'seats');
  assert.equal(statSync(folder).mode & 0o777, 0o755);
  assert.deepEqual(readdirSync(folder), ['com.x.agent.log']);
  const file = join(folder, 'com.x.agent.log');
  assert.deepEqual([statSync(file).uid, statSync(file).mode & 0o777], [uid, 0o640]);
  writeFileSync(file, 'said');
  assert.deepEqual(prepareSeatLogs(run, [agent]), []);
  assert.equal(readFileSync(file, 'utf8'), 'said', 'what is there stays');
});

test('neither links nor other names of a file are given away, and a folder that others can write is said', (t) => {
  const run = testRunDirectory(t);
  assert.deepEqual(prepareSeatLogs(run, []), []);
  const target = join(run, 'target');
  writeFileSync(target, 'mine', { mode: 0o600 });
  const file = join(run, 'seats/com.x.agent.log');
  for (const put of [() => symlinkSync(target, file), () => linkSync(target, file), () => mkdirSync(file)]) {
    put();
    assert.match(prepareSeatLogs(run, [agent]).join(), /com\.x\.agent\.log/);
    assert.deepEqual([statSync(target).uid, statSync(target).mode & 0o777], [ownUid(), 0o600]);
    rmSync(file, { recursive: true });
  }
  chmodSync(join(run, 'seats'), 0o777);
  assert.match(prepareSeatLogs(run, [agent]).join(), /mode 0777; it should be the keeper's alone/);
  rmSync(join(run, 'seats'), { recursive: true });
  writeFileSync(join(run, 'seats'), '');
  assert.match(prepareSeatLogs(run, [agent]).join(), /is not a folder/);
  rmSync(run, { recursive: true });
  assert.match(prepareSeatLogs(run, [agent]).join(), /ENOENT/);
});
