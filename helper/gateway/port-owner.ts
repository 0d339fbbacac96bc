import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';

/**
 * Who listens at a port, in words, for an operator who wonders why we do not. Linux tells it by /proc/net/tcp
 * (Documentation/networking/proc_net_tcp.rst) and the descriptors of processes; those of other accounts only root can read.
 */

/** Local address, state and inode of a row; 0A is TCP_LISTEN (include/net/tcp_states.h). */
const row = /^\s*\d+: [0-9A-F]+:([0-9A-F]{4}) [0-9A-F]+:[0-9A-F]{4} 0A \S+ \S+ \S+\s+(\d+)\s+\d+ (\d+) /;

const textOf = (path: string): string => {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
};

const listenersAt = (port: number): readonly { readonly uid: string; readonly inode: string }[] =>
  ['/proc/net/tcp', '/proc/net/tcp6']
    .flatMap((path) => textOf(path).split('\n'))
    .flatMap((line) => {
      const [, at, uid, inode] = row.exec(line) ?? [];
      return at === undefined || uid === undefined || inode === undefined || Number.parseInt(at, 16) !== port
        ? []
        : [{ uid, inode }];
    });

const holds = (pid: string, inodes: ReadonlySet<string>): boolean => {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => inodes.has(linkOf(`/proc/${pid}/fd/${fd}`)));
  } catch {
    // Gone, or of another account.
    return false;
  }
};

const linkOf = (path: string): string => {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
};

const commandOf = (pid: string): string => {
  const words = textOf(`/proc/${pid}/cmdline`)
    .split('\0')
    .filter((word) => word !== '');
  const text = words.join(' ');
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
};

/** Whether these words of `portOwner` say who it is. */
export const isNamed = (owner: string): boolean => /, pid \d+$/.test(owner);

const unknown = 'another process';

/** "node server.js, pid 4711"; or "a process of uid 0", or "another process", where that is all that can be known. */
export const portOwner = async (port: number): Promise<string> => {
  if (process.platform !== 'linux') return unknown;
  const listeners = listenersAt(port);
  const [first] = listeners;
  if (first === undefined) return unknown;
  const inodes = new Set(listeners.map(({ inode }) => `socket:[${inode}]`));
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  let looked = 0;
  for (const pid of pids) {
    if (holds(pid, inodes)) return `${commandOf(pid)}, pid ${pid}`;
    looked += 1;
    // Hundreds of processes: others are answered in between.
    if (looked % 16 === 0) await setImmediate();
  }
  return `a process of uid ${first.uid}`;
};
