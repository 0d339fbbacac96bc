import { type ProcessId, type ProcessReading, processKey } from '../host/reading.ts';
import { byPid } from '../seats/by-pid.ts';

/** A process and everything below it. */

/** The process itself first; empty: there is none of this pid. */
export const treeBelow = (processes: readonly ProcessReading[], pid: number): readonly ProcessReading[] => {
  const tree = new Set([pid]);
  // Parents stand before their children often enough; a second look finds the rest of a deep tree.
  for (let before = -1; before !== tree.size; ) {
    before = tree.size;
    for (const process of processes) if (tree.has(process.ppid)) tree.add(process.id.pid);
  }
  const found = processes.filter(({ id }) => tree.has(id.pid));
  return found.sort((a, b) => Number(b.id.pid === pid) - Number(a.id.pid === pid) || a.id.pid - b.id.pid);
};

export const footprintOf = (processes: readonly ProcessReading[]): number =>
  processes.reduce((sum, { footprintBytes }) => sum + footprintBytes, 0);

/** "/Applications/LM Studio.app" of what runs out of it. */
const bundleOf = ({ command }: ProcessReading): string | null => /^(\/.*?\.app)\//.exec(command)?.[1] ?? null;

/**
 * The tree a program's memory is in, by the process that listens for it. What an app of macOS starts are siblings: who listens
 * and who holds the model have the app itself above them. Empty: that process is not there any more.
 */
export const treeOfServer = (processes: readonly ProcessReading[], server: ProcessId): readonly ProcessReading[] => {
  const index = byPid(processes);
  const found = index.get(server.pid);
  if (found === undefined || processKey(found.id) !== processKey(server)) return [];
  const bundle = bundleOf(found);
  let top = found;
  for (let above = index.get(top.ppid); bundle !== null && above !== undefined; above = index.get(top.ppid)) {
    if (bundleOf(above) !== bundle || above.id.pid === top.id.pid) break;
    top = above;
  }
  return treeBelow(processes, top.id.pid);
};
