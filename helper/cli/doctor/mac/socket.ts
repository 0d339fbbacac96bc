import { fail, isWrong, type MacCheck, type MacVerdict, pass, skip } from './check.ts';

/** Who connects, as the kernel says. */

const credentials: MacCheck = {
  id: 'peer',
  group: 'socket',
  title: 'Who is at the other end of a socket',
  how: 'LOCAL_PEERCRED and LOCAL_PEERPID of a connection from this program to itself',
  expected: 'this user and this process',
  run: async ({ host, uid, own, testPeer }) => {
    const told = { pid: -1, uid: -1 };
    const wrong = await testPeer((fd) => {
      const peer = host.peerOf(fd);
      if (peer.ok) Object.assign(told, peer);
      return peer;
    });
    const todo = 'The keeper does not listen where this fails. Report it with the version of macOS.';
    if (wrong !== null) return fail(wrong, todo);
    const seen = `uid ${told.uid}, pid ${told.pid}`;
    return told.uid === uid && told.pid === own.pid ? pass(seen) : fail(seen, isWrong);
  },
};

const same = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((byte, at) => byte === b[at]);

const token: MacCheck = {
  id: 'peer-token',
  group: 'socket',
  title: 'Which program is at the other end',
  how: 'LOCAL_PEERTOKEN of the same connection, twice',
  expected: '32 bytes with this pid in them, the same both times',
  run: async ({ host, own, testPeer, tokenOf }) => {
    let told: MacVerdict = fail('nobody connected', isWrong);
    const wrong = await testPeer((fd) => {
      const [one, two] = [tokenOf(fd), tokenOf(fd)];
      if (!one.ok || !two.ok) told = fail(one.ok ? (two.ok ? '' : two.detail) : one.detail, isWrong);
      else if (one.token.pid !== own.pid) told = fail(`the token of pid ${one.token.pid}`, isWrong);
      else if (!same(one.token.bytes, two.token.bytes)) told = fail('two readings differ', isWrong);
      else told = pass(`pid ${one.token.pid}, version ${one.token.pidVersion}`);
      return host.peerOf(fd);
    });
    return wrong === null ? told : fail(wrong, isWrong);
  },
};

const signature: MacCheck = {
  id: 'peer-signature',
  group: 'socket',
  title: 'Whether that program is ours',
  how: 'SecCodeCheckValidity of this program by its token, with the requirement that the keeper asks for',
  expected: 'it is taken for the helper',
  needs: ['bundle'],
  run: async ({ host, testPeer }) => {
    const { peerCode } = host;
    if (peerCode === undefined) return skip('this build has no team to ask for');
    const asked: ReturnType<typeof peerCode.check>[] = [];
    const wrong = await testPeer((fd) => {
      const read = peerCode.tokenOf(fd);
      if (read.ok) asked.push(peerCode.check(read.token, () => true));
      return host.peerOf(fd);
    });
    const [verdict] = await Promise.all(asked);
    if (verdict === undefined) return fail(wrong ?? 'no token', isWrong);
    if (!verdict.ok)
      return fail(verdict.detail, 'The keeper would refuse the command line and the gateway of this build.');
    return verdict.role === 'helper' ? pass('helper') : fail(`it is taken for ${verdict.role}`, isWrong);
  },
};

const operator: MacCheck = {
  id: 'console-user',
  group: 'socket',
  title: 'Who sits at the screen',
  how: 'the owner of /dev/console, beside what who(1) says of the console',
  expected: 'the same account',
  run: async ({ lstat, run }) => {
    const name = /^(\S+)\s+console\s/m.exec((await run('/usr/bin/who', [])).out)?.[1];
    const owner = lstat('/dev/console')?.uid;
    if (name === undefined) return skip(`nobody is logged in at the console; /dev/console belongs to uid ${owner}`);
    const theirs = Number((await run('/usr/bin/id', ['-u', name])).out.trim() || Number.NaN);
    const seen = `uid ${owner}; who says ${name}, uid ${theirs}`;
    return owner === theirs
      ? pass(seen)
      : fail(
          seen,
          'The operator could not approve anything, or somebody else could. Report it; with users switched it is expected.',
        );
  },
};

export const socketChecks: readonly MacCheck[] = [operator, credentials, token, signature];
