import { readdirSync, readFileSync } from 'node:fs';

/**
 * Whether a process group has a living member. On Linux kill(2) with signal 0 also finds the dead that nobody has
 * collected yet (in a container process 1 may never do so), so the process table is asked there.
 */
export function groupLives(group: number): boolean {
  try {
    process.kill(-group, 0);
  } catch {
    return false;
  }
  if (process.platform !== 'linux') return true;
  return readdirSync('/proc').some((name) => /^\d+$/.test(name) && isLivingMember(name, group));
}

function isLivingMember(pid: string, group: number): boolean {
  const stat = readStat(pid);
  return stat !== null && stat.group === group && !stat.dead;
}

/** Whether a process is there and not just waiting to be collected. */
export function isLiving(pid: number): boolean {
  if (process.platform === 'linux') {
    const stat = readStat(String(pid));
    return stat !== null && !stat.dead;
  }
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Of `PID (NAME) STATE PARENT GROUP …`; the name may hold spaces and brackets. */
function readStat(pid: string): { readonly dead: boolean; readonly group: number } | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const [state, , group] = text.slice(text.lastIndexOf(')') + 2).split(' ', 3);
    return { dead: state === 'Z' || state === 'X', group: Number(group) };
  } catch {
    return null;
  }
}
