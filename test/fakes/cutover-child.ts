import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { prepare } from '../../helper/install/cutover/cutover.ts';
import { runPlan } from '../../helper/install/cutover/run.ts';
import { withFaults } from './cutover-faults.ts';
import type { StandInState } from './cutover-launchd.ts';
import { openMac } from './cutover-mac.ts';

/** A process that cuts a Mac over and kills itself in the middle, with a signal that leaves no time for anything. */

export const standInFile = (root: string): string => join(root, 'launchd.json');

/** launchd outlives whoever talks to it: what it knows is in a file. */
export const keepIn =
  (root: string) =>
  (state: StandInState): void => {
    writeFileSync(`${standInFile(root)}.new`, JSON.stringify(state));
    renameSync(`${standInFile(root)}.new`, standInFile(root));
  };

export const readStandIn = (root: string): StandInState => JSON.parse(readFileSync(standInFile(root), 'utf8'));

const [, script, root, killAt] = process.argv;
if (script === import.meta.filename && root !== undefined) {
  const mac = openMac(root, readStandIn(root), { keep: keepIn(root) });
  const { ports } = withFaults(mac.ports, (call) => {
    if (call === Number(killAt)) process.kill(process.pid, 'SIGKILL');
    return null;
  });
  const choices = { account: mac.account, live: true, leaveUnprotected: false, also: [], chosen: null };
  const { plan } = await prepare(mac.ports, choices);
  const end = await runPlan(plan, ports, () => {});
  process.stdout.write(`${end.kind}\n`);
}
