import { readdir, readFile, readlink } from 'node:fs/promises';
import type { Host } from '../port.ts';
import { takers } from '../socket-address.ts';
import { cleanCommand } from '../text.ts';
import { listeningRows } from './listening.ts';

/**
 * Who listens at an address: the kernel's table names the socket by its inode (Documentation/networking/proc_net_tcp.rst), and
 * the descriptors of processes lead to it (proc_pid_fd(5)); those of other accounts only root can read. [::] takes addresses of IPv4 with it (ipv6(7), bindv6only). It is asked when a port
 * is found taken, and read by libuv's threads, so that the loop goes on meanwhile.
 */

/** Processes looked at together. */
const atOnce = 8;

const textOf = (path: string): Promise<string> => readFile(path, 'latin1').catch(() => '');
const namesOf = (path: string): Promise<readonly string[]> => readdir(path).catch(() => []);

const holds = async (descriptors: string, sockets: ReadonlySet<string>): Promise<boolean> => {
  for (const name of await namesOf(descriptors)) {
    const link = await readlink(`${descriptors}/${name}`).catch(() => '');
    if (sockets.has(link)) return true;
  }
  return false;
};

/** Listeners that have an address, by the inode of their socket. */
const listenersAt = async (procRoot: string, address: string) => {
  const tables = await Promise.all(['tcp', 'tcp6'].map((name) => textOf(`${procRoot}/self/net/${name}`)));
  const wanted = takers(address);
  return tables.flatMap((text) => [...listeningRows(text).found]).filter(([, at]) => wanted.includes(at));
};

/** The table of listeners is everybody's to read. */
export const createIsPortTaken =
  (procRoot: string): NonNullable<Host['isPortTaken']> =>
  async (address) =>
    (await listenersAt(procRoot, address)).length > 0;

export const createPortOwner =
  (procRoot: string): NonNullable<Host['portOwner']> =>
  async (address) => {
    const rows = await listenersAt(procRoot, address);
    if (rows.length === 0) return null;
    const sockets = new Set(rows.map(([inode]) => `socket:[${inode}]`));
    const pids = (await namesOf(procRoot)).filter((name) => /^\d+$/.test(name));
    for (let at = 0; at < pids.length; at += atOnce) {
      const some = pids.slice(at, at + atOnce);
      const found = await Promise.all(some.map((pid) => holds(`${procRoot}/${pid}/fd`, sockets)));
      const pid = some.find((_, i) => found[i] === true);
      if (pid === undefined) continue;
      const command = cleanCommand(await readFile(`${procRoot}/${pid}/cmdline`).catch(() => new Uint8Array()));
      return { pid: Number(pid), command };
    }
    return null;
  };
