import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { describe, test } from 'node:test';
import { surroundings } from '../../helper/cli/doctor/mac/surroundings.ts';
import { startsReader } from '../../helper/deadman/starts.ts';
import { nativeHostKind, openHost } from '../../helper/host/open.ts';

const { run, startChild, testPeer, listen, lstat } = surroundings;

const isThere = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe('what the checks of doctor --mac touch', () => {
  test('a tool is run with its arguments, without a shell and without our environment', async () => {
    assert.deepEqual(await run('/bin/echo', ['a', '$HOME; x']), { code: 0, out: 'a $HOME; x\n', err: '' });
    const env = (await run('/usr/bin/env', [])).out.trim().split('\n').sort();
    assert.deepEqual(env, ['LC_ALL=C', 'PATH=/usr/bin:/bin:/usr/sbin:/sbin']);
  });

  test('a tool that fails gives its code, and one that is not there none', async () => {
    assert.equal((await run('/bin/ls', ['/nowhere/at/all'])).code, 2 - Number(process.platform === 'darwin'));
    const missing = await run('/usr/bin/no-such-tool-of-apple', []);
    assert.equal(missing.code, null);
    assert.match(missing.err, /ENOENT/);
  });

  test('a child of ours is there, stops, goes on, and ends also when it is stopped', async () => {
    const readStarts = startsReader(process.platform);
    const stateOf = async (pid: number) => (await readStarts([pid]))?.get(pid)?.isStopped;
    const until = async (pid: number, wanted: boolean): Promise<void> => {
      while ((await stateOf(pid)) !== wanted) await surroundings.sleep(5);
    };
    const child = await startChild();
    assert.ok(isThere(child.pid));
    child.signal('SIGSTOP');
    await until(child.pid, true);
    child.signal('SIGCONT');
    await until(child.pid, false);
    child.signal('SIGSTOP');
    await until(child.pid, true);
    await child.end();
    assert.ok(!isThere(child.pid));
    await child.end();
  });

  test('a socket of ours names us as its peer, and leaves nothing behind', async (t) => {
    const host = await openHost(nativeHostKind(process.platform));
    t.after(() => host.close());
    const seen: number[] = [];
    const wrong = await testPeer((fd) => {
      const peer = host.peerOf(fd);
      if (peer.ok) seen.push(peer.pid);
      return peer;
    });
    assert.equal(wrong, null);
    assert.deepEqual(seen, [process.pid]);
  });

  test('a port of ours takes connections until it is closed', async () => {
    const { address, close } = await listen();
    const port = Number(address.split(':')[1]);
    const socket = connect(port, '127.0.0.1');
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    socket.destroy();
    close();
  });

  test('what is not there is null', () => {
    assert.equal(lstat('/nowhere/at/all'), null);
    assert.ok(lstat('/')?.isDirectory());
  });
});
