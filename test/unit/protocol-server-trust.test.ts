import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { judgeServer, type PathFacts, pathsToJudge, type TrustedOwner } from '../../helper/protocol/server-trust.ts';

const root: TrustedOwner = { kind: 'root' };
const mine: TrustedOwner = { kind: 'root_or_user', uid: 501 };

const path = '/run/castellan/castellan.sock';
const names = pathsToJudge(path);

const facts = (
  change: { socket?: Partial<PathFacts>; folder?: Partial<PathFacts>; above?: Partial<PathFacts> } = {},
): readonly [PathFacts, PathFacts, PathFacts] => [
  { path: names[0], kind: 'socket', uid: 0, mode: 0o666, ...change.socket },
  { path: names[1], kind: 'directory', uid: 0, mode: 0o755, ...change.folder },
  { path: names[2], kind: 'directory', uid: 0, mode: 0o755, ...change.above },
];

const codeOf = (seen: readonly [PathFacts, PathFacts, PathFacts], owner: TrustedOwner): string | null =>
  judgeServer(seen, owner)?.code ?? null;

describe('trust in the server', () => {
  test('looks at the socket and the two folders above it', () => {
    assert.deepEqual(names, ['/run/castellan/castellan.sock', '/run/castellan', '/run']);
    assert.deepEqual(pathsToJudge('/a.sock'), ['/a.sock', '/', '/']);
  });

  test('what belongs to root and only root can change is trusted, whatever the mode of the socket', () => {
    assert.equal(codeOf(facts(), root), null);
    assert.equal(codeOf(facts({ socket: { mode: 0o600 } }), root), null);
  });

  test("a user's own socket is trusted in development only", () => {
    const own = facts({ socket: { uid: 501 }, folder: { uid: 501, mode: 0o700 }, above: { uid: 501 } });
    assert.equal(codeOf(own, mine), null);
    assert.equal(codeOf(own, root), 'untrusted_server');
  });

  test("another user's socket or folder is never trusted, and the path is named", () => {
    for (const part of ['socket', 'folder', 'above'] as const) {
      const seen = facts({ [part]: { uid: 502 } });
      assert.equal(codeOf(seen, root), 'untrusted_server');
      const failure = judgeServer(seen, mine);
      assert.equal(failure?.code, 'untrusted_server');
      assert.match(failure?.detail ?? '', /uid 502/);
    }
  });

  test('folders that group or others can write to are refused', () => {
    for (const mode of [0o775, 0o757, 0o777]) {
      assert.equal(codeOf(facts({ folder: { mode } }), root), 'untrusted_server');
      assert.equal(codeOf(facts({ above: { mode } }), root), 'untrusted_server');
    }
  });

  test('a sticky folder such as /tmp will do above the run directory, not as the run directory', () => {
    assert.equal(codeOf(facts({ above: { mode: 0o1777 } }), root), null);
    assert.equal(codeOf(facts({ folder: { mode: 0o1777 } }), root), 'untrusted_server');
  });

  test('links and things that are not sockets or folders are refused', () => {
    for (const kind of ['link', 'other'] as const) {
      for (const part of ['socket', 'folder', 'above'] as const)
        assert.equal(codeOf(facts({ [part]: { kind } }), root), 'untrusted_server');
    }
    assert.equal(codeOf(facts({ socket: { kind: 'directory' } }), root), 'untrusted_server');
  });

  test('what is missing is a keeper that does not run; but a bad folder counts for more than a missing socket', () => {
    for (const part of ['socket', 'folder', 'above'] as const)
      assert.equal(codeOf(facts({ [part]: { kind: 'missing', uid: -1 } }), root), 'not_running');
    const trap = facts({ socket: { kind: 'missing', uid: -1 }, folder: { mode: 0o777 } });
    assert.equal(codeOf(trap, root), 'untrusted_server');
  });
});
