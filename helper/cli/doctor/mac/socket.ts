import { fail, isWrong, type MacCheck, pass } from './check.ts';

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

export const socketChecks: readonly MacCheck[] = [credentials];
