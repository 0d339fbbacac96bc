import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Lima, which runs the machine of Colima, forwards ports by `ssh -O forward` through one lasting connection. When that has died,
 * each attempt ends with 255, and its log calls that negligible (seen with Colima 0.10.1).
 */

const tailBytes = 32_768;

/** Host ports that could not be forwarded, and how often that was logged. */
export const forwardFailures = (log: string): { readonly times: number; readonly ports: readonly number[] } => {
  const ports = new Set<number>();
  let times = 0;
  for (const line of log.split('\n')) {
    if (!/-O forward\b/.test(line) || !/exit status 255/.test(line)) continue;
    times += 1;
    const [, port] = /-L \S{0,64}?:(\d{1,5}):/.exec(line) ?? [];
    if (port !== undefined && Number(port) <= 65_535) ports.add(Number(port));
  }
  return { times, ports: [...ports].sort((a, b) => a - b) };
};

const tailOf = (path: string): string => {
  try {
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const bytes = Buffer.alloc(tailBytes);
      const from = Math.max(0, fstatSync(fd).size - tailBytes);
      return bytes.toString('utf8', 0, readSync(fd, bytes, 0, tailBytes, from));
    } finally {
      closeSync(fd);
    }
  } catch {
    return '';
  }
};

/** Empty: it is no engine of Colima's, or its log says nothing of the kind. */
export const noteOfForwards = (socket: string, home: string): string => {
  if (!socket.includes('/.colima/')) return '';
  const { times, ports } = forwardFailures(tailOf(join(home, '.colima/_lima/colima/ha.stderr.log')));
  if (times === 0) return '';
  return `Lima's log has "ssh -O forward … exit status 255" ${times === 1 ? 'once' : `${times} times`} for ${ports.slice(0, 8).join(', ')}`;
};
