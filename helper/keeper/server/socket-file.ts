import { lstatSync, renameSync, rmSync, type Stats } from 'node:fs';
import { connect } from 'node:net';
import { type Failure, failure } from '../../protocol/errors.ts';

/** The place of the socket in the file system: room for its name, and nobody else's socket in it. */

/** `sun_path` has 104 bytes on macOS (xnu bsd/sys/un.h), 108 on Linux; one is the terminating NUL. */
const socketPathBytes = 103;

const look = (path: string): Stats | null => lstatSync(path, { throwIfNoEntry: false }) ?? null;

type Answer = 'answered' | 'refused' | 'gone';

const probe = (path: string): Promise<Answer> =>
  new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve('answered');
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED') resolve('refused');
      else if (error.code === 'ENOENT') resolve('gone');
      // EAGAIN: somebody listens whose queue is full. Anything else: not ours to remove.
      else resolve('answered');
    });
  });

/**
 * Removes a socket that nobody listens on. Moved aside first and looked at again: another keeper that starts at the same
 * moment may have put its own there since it was probed, and then gets it back.
 */
const removeStale = (path: string, stale: Stats): Failure | null => {
  const aside = `${path}.stale-${process.pid}`;
  try {
    renameSync(path, aside);
    const moved = look(aside);
    if (moved !== null && (moved.ino !== stale.ino || moved.dev !== stale.dev)) {
      renameSync(aside, path);
      return failure('already_running', path);
    }
    rmSync(aside, { force: true });
    return null;
  } catch (error) {
    // ENOENT: gone by itself.
    return look(path) === null ? null : failure('untrusted_path', String(error));
  }
};

/**
 * Null when `path` is free to be bound. A stale socket of our own, or one that was given to `ownerUid`, is removed; nothing
 * else ever is.
 */
export const clearSocketPath = async (path: string, ownerUid: number | null = null): Promise<Failure | null> => {
  const bytes = Buffer.byteLength(path);
  if (bytes > socketPathBytes) return failure('socket_path_too_long', `${path}: ${bytes} bytes`);
  let found: Stats | null;
  try {
    found = look(path);
  } catch (error) {
    return failure('untrusted_path', String(error));
  }
  if (found === null) return null;
  if (!found.isSocket()) return failure('untrusted_path', `${path} is not a socket`);
  if (found.uid !== process.geteuid?.() && found.uid !== ownerUid)
    return failure('untrusted_path', `${path} belongs to uid ${found.uid}`);
  const answer = await probe(path);
  if (answer === 'answered') return failure('already_running', path);
  return answer === 'gone' ? null : removeStale(path, found);
};
