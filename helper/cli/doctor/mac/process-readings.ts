import type { ProcessReading } from '../../../host/reading.ts';
import { size } from '../../../protocol/figures.ts';
import { fail, isWrong, type MacCheck, pass } from './check.ts';
import { agrees, apart, bytesOf, missingTool } from './figures.ts';
import type { Mac } from './mac.ts';

/** What the host reads of processes, of this program and of children of its own. */

/** A process as the host reads it; text: why it cannot. */
export const readOne = ({ host }: Pick<Mac, 'host'>, pid: number): ProcessReading | string => {
  const id = host.identify(pid);
  if ('problem' in id) return id.detail;
  const [read] = host.readChosen([id]);
  if (read === undefined) return 'nothing came back';
  return 'problem' in read ? read.detail : read;
};

const shareOf = 0.05;

/** `footprint` prints "NAME [PID]: 64-bit    Footprint: 45 MB (16384 bytes per page)"; with -f bytes a plain number. */
const footprintLine = /Footprint:\s*([\d.]+)\s*([KMG]?)B?/;

const footprint: MacCheck = {
  id: 'footprint',
  group: 'host',
  title: 'Footprint of this program',
  how: 'footprint -f bytes -p PID',
  expected: 'within 5 % of what Castellan reads',
  run: async (mac) => {
    const { pid } = mac.own;
    const before = readOne(mac, pid);
    const { out, err } = await mac.run('/usr/bin/footprint', ['-f', 'bytes', '-p', String(pid)]);
    const after = readOne(mac, pid);
    if (typeof before === 'string') return fail(before, isWrong);
    if (typeof after === 'string') return fail(after, isWrong);
    const theirs = bytesOf(out, footprintLine);
    if (theirs === null) return missingTool('footprint', err);
    const [low, high] = [before.footprintBytes, after.footprintBytes].sort((a, b) => a - b) as [number, number];
    const seen = `${size(after.footprintBytes)}, footprint says ${size(theirs)}`;
    if (after.peakFootprintBytes !== null && after.peakFootprintBytes < after.footprintBytes)
      return fail(`${seen}; its lifetime peak is below it`, isWrong);
    return theirs >= low * (1 - shareOf) && theirs <= high * (1 + shareOf)
      ? pass(`${seen} (${apart(after.footprintBytes, theirs)})`)
      : fail(seen, isWrong);
  },
};

const cpu: MacCheck = {
  id: 'cpu-time',
  group: 'host',
  title: 'CPU time of this program',
  how: 'proc_pid_rusage, in ticks of mach_timebase_info',
  expected: 'within 20 % and 100 ms of what the runtime counts',
  run: async (mac) => {
    const read = readOne(mac, mac.own.pid);
    const theirs = mac.own.cpuMs();
    if (typeof read === 'string') return fail(read, isWrong);
    const seen = `${Math.round(read.cpuMs)} ms, the runtime says ${Math.round(theirs)} ms`;
    return agrees(read.cpuMs, theirs, 0.2, 100) ? pass(seen) : fail(seen, isWrong);
  },
};

const identity: MacCheck = {
  id: 'identity',
  group: 'host',
  title: 'Identity of processes',
  how: 'proc_pidinfo(PROC_PIDUNIQIDENTIFIERINFO) of two children, one after the other',
  expected: 'it counts up, stays as it is, and a process that is gone has none',
  run: async (mac) => {
    const first = await mac.startChild();
    try {
      const one = mac.host.identify(first.pid);
      const again = mac.host.identify(first.pid);
      const second = await mac.startChild();
      const two = mac.host.identify(second.pid);
      await second.end();
      const gone = mac.host.identify(second.pid);
      if ('problem' in one || 'problem' in again || 'problem' in two) return fail('it cannot be read', isWrong);
      const seen = `${one.start}, then ${two.start}`;
      if (one.start !== again.start) return fail(`${seen}; the first reads ${again.start} a moment later`, isWrong);
      if (!(BigInt(two.start) > BigInt(one.start))) return fail(seen, isWrong);
      return 'problem' in gone || gone.start !== two.start
        ? pass(seen)
        : fail(`${seen}; the second ended and is still there`, isWrong);
    } finally {
      await first.end();
    }
  },
};

const words: MacCheck = {
  id: 'command-line',
  group: 'host',
  title: 'Command lines',
  how: 'sysctl KERN_PROCARGS2 of this program',
  expected: 'it ends as it was typed',
  run: async (mac) => {
    const read = readOne(mac, mac.own.pid);
    if (typeof read === 'string') return fail(read, isWrong);
    return read.command.trimEnd().endsWith(mac.own.lastWords) ? pass(read.command) : fail(read.command, isWrong);
  },
};

const program: MacCheck = {
  id: 'program-file',
  group: 'host',
  title: 'The file a process runs from',
  how: 'proc_pidpath of this program',
  expected: 'it is there',
  run: async ({ host, own }) => {
    const id = host.identify(own.pid);
    if ('problem' in id) return fail(id.detail, isWrong);
    const isGone = host.isExecutableGone(id);
    return isGone === false ? pass(own.executable) : fail(isGone === null ? 'not told' : 'said to be gone', isWrong);
  },
};

const table: MacCheck = {
  id: 'process-table',
  group: 'host',
  title: 'The process table',
  how: 'ps -Ao pid=',
  expected: 'as many as Castellan reads within 5 %, launchd and this program among them, none refused',
  needs: ['root'],
  run: async ({ host, own, run }) => {
    const fromMs = host.clock.nowMs();
    const read = host.readProcesses();
    const tookMs = host.clock.nowMs() - fromMs;
    const { out, err } = await run('/bin/ps', ['-Ao', 'pid=']);
    const theirs = out.trim() === '' ? 0 : out.trim().split('\n').length;
    if (theirs === 0) return missingTool('ps', err);
    const seen = `${read.processes.length} in ${tookMs.toFixed(1)} ms, ps lists ${theirs}`;
    if (read.facts.length > 0) return fail(read.facts.map(({ detail }) => detail).join('\n'), isWrong);
    const has = (pid: number): boolean => read.processes.some(({ id }) => id.pid === pid);
    if (!has(1) || !has(own.pid)) return fail(`${seen}; ${has(1) ? 'this program' : 'launchd'} is missing`, isWrong);
    return agrees(read.processes.length, theirs, shareOf, 20) ? pass(seen) : fail(seen, isWrong);
  },
};

export const processChecks: readonly MacCheck[] = [footprint, cpu, identity, words, program, table];
