// Which process npm is, for a script that npm runs. Built-ins only.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Name and parent of a process; null where neither /proc nor ps tells. */
function look(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const end = stat.lastIndexOf(')');
    return { name: stat.slice(stat.indexOf('(') + 1, end), parent: Number(stat.slice(end + 2).split(' ')[1]) };
  } catch {
    const [parent, name] = (
      spawnSync('ps', ['-o', 'ppid=,comm=', '-p', String(pid)], { encoding: 'utf8' }).stdout ?? ''
    )
      .trim()
      .split(/\s+/, 2);
    return name ? { name, parent: Number(parent) } : null;
  }
}

/** npm runs scripts through `sh -c`, and whether that shell stays in between depends on the shell. */
export function npmPid() {
  const parent = look(process.ppid);
  if (!parent) return null;
  return /(^|\/)-?(da|ba|z)?sh$/.test(parent.name) && parent.parent > 1 ? parent.parent : process.ppid;
}

export function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
