import type { ProcessReading } from '../../../host/reading.ts';
import { size } from '../../../protocol/figures.ts';
import { fail, isWrong, type MacCheck, type MacVerdict, pass } from './check.ts';
import { agrees, apart, bytesOf, numberAfter, pagesOf } from './figures.ts';
import type { Mac } from './mac.ts';

/** What the host reads, beside what Apple's own tools print of the same thing. */

/** A process as the host reads it; text: why it cannot. */
export const readOne = ({ host }: Pick<Mac, 'host'>, pid: number): ProcessReading | string => {
  const id = host.identify(pid);
  if ('problem' in id) return id.detail;
  const [read] = host.readChosen([id]);
  if (read === undefined) return 'nothing came back';
  return 'problem' in read ? read.detail : read;
};

const missingTool = (tool: string, err: string): MacVerdict => ({
  state: 'skip',
  why: `${tool} gave no figure to compare with${err.trim() === '' ? '' : `: ${err.trim().split('\n')[0]}`}`,
});

const shareOf = 0.05;
const MB = 2 ** 20;

const machine: MacCheck = {
  id: 'memory-size',
  group: 'host',
  title: 'Memory and page size',
  how: 'sysctl -n hw.memsize hw.pagesize',
  expected: 'the same two figures as Castellan reads',
  run: async ({ host, run }) => {
    const { out, err } = await run('/usr/sbin/sysctl', ['-n', 'hw.memsize', 'hw.pagesize']);
    const [total, page] = out.trim().split(/\s+/).map(Number);
    if (total === undefined || page === undefined || !Number.isFinite(total)) return missingTool('sysctl', err);
    const { facts } = host;
    const seen = `${size(facts.totalBytes)}, pages of ${facts.pageBytes} bytes`;
    return facts.totalBytes === total && facts.pageBytes === page
      ? pass(`${seen}; ${facts.os}`)
      : fail(`${seen}, and sysctl says ${total} and ${page}`, isWrong);
  },
};

const counters: MacCheck = {
  id: 'vm-counters',
  group: 'host',
  title: 'Free, wired, compressed and cached memory',
  how: 'vm_stat',
  expected: 'each within 2 % of the memory of this Mac of what Castellan reads',
  run: async ({ host, run }) => {
    const { out, err } = await run('/usr/bin/vm_stat', []);
    const page = numberAfter(out, 'page size of');
    const told = (name: string): number | null => {
      const pages = pagesOf(out, name);
      return pages === null || page === null ? null : pages * page;
    };
    const purgeable = told('Pages purgeable');
    const files = told('File-backed pages');
    const read = host.readMachine('slot');
    const rows = [
      ['free', read.freeBytes, told('Pages free')],
      ['wired', read.wiredBytes, told('Pages wired down')],
      ['compressor', read.compressorBytes, told('Pages occupied by compressor')],
      ['cached', read.cachedBytes, purgeable === null || files === null ? null : purgeable + files],
    ] as const;
    const known = rows.filter((row): row is readonly [(typeof row)[0], number, number] => row[2] !== null);
    if (known.length === 0) return missingTool('vm_stat', err);
    const wrong = known.filter(([, ours, theirs]) => Math.abs(ours - theirs) > host.facts.totalBytes * 0.02);
    const text = (of: typeof known): string =>
      of.map(([name, ours, theirs]) => `${name} ${size(ours)} (vm_stat ${size(theirs)})`).join(', ');
    return wrong.length === 0 && known.length === rows.length
      ? pass(text(known))
      : fail(wrong.length === 0 ? `vm_stat does not tell all of them: ${text(known)}` : text(wrong), isWrong);
  },
};

const swap: MacCheck = {
  id: 'swap',
  group: 'host',
  title: 'Swap',
  how: 'sysctl -n vm.swapusage',
  expected: 'total and used as Castellan reads them, within 5 % or 64 MB',
  run: async ({ host, run }) => {
    const { out, err } = await run('/usr/sbin/sysctl', ['-n', 'vm.swapusage']);
    const total = bytesOf(out, /total = ([\d.]+)([KMG])/);
    const used = bytesOf(out, /used = ([\d.]+)([KMG])/);
    if (total === null || used === null) return missingTool('sysctl', err);
    const read = host.readMachine('slot').swap;
    if (read === null) return fail('Castellan cannot read vm.swapusage', isWrong);
    const seen = `${size(read.usedBytes)} of ${size(read.totalBytes)}`;
    return agrees(read.totalBytes, total, shareOf, 64 * MB) && agrees(read.usedBytes, used, shareOf, 64 * MB)
      ? pass(seen)
      : fail(`${seen}, and sysctl says ${size(used)} of ${size(total)}`, isWrong);
  },
};

const level: MacCheck = {
  id: 'kernel-level',
  group: 'host',
  title: "The kernel's pressure level",
  how: 'sysctl -n kern.memorystatus_vm_pressure_level',
  expected: '1, 2 or 4, never 3',
  run: async ({ host }) => {
    const { kernelLevel, facts } = host.readMachine('slot');
    if (kernelLevel === null)
      return fail(facts.find(({ sensor }) => sensor === 'kernel_level')?.detail ?? 'it cannot be read', isWrong);
    return [1, 2, 4].includes(kernelLevel) ? pass(String(kernelLevel)) : fail(String(kernelLevel), isWrong);
  },
};

const segments: MacCheck = {
  id: 'segments',
  group: 'host',
  title: 'Compressor segments',
  how: 'sysctl vm.compressor_segment_limit vm.compressor_segment_buffer_size',
  expected: 'both there and above 0; the estimate stays under the limit',
  needs: ['macOS 15'],
  run: async ({ host }) => {
    const { segments: read } = host.readMachine('slot');
    if (read === null) return fail('the limit is not told', isWrong);
    const seen = `about ${read.used} of ${read.limit}`;
    return read.limit > 0 && read.used < read.limit ? pass(seen) : fail(seen, isWrong);
  },
};

const sensors: MacCheck = {
  id: 'sensors',
  group: 'host',
  title: 'All sensors at once',
  how: 'one reading of the machine',
  expected: 'no sensor fails',
  run: async ({ host }) => {
    const { facts } = host.readMachine('slot');
    return facts.length === 0
      ? pass('none fails')
      : fail(facts.map(({ sensor, problem, detail }) => `${sensor} ${problem}: ${detail}`).join('\n'), isWrong);
  },
};

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

export const readingChecks: readonly MacCheck[] = [
  machine,
  counters,
  swap,
  level,
  segments,
  sensors,
  footprint,
  cpu,
  identity,
  words,
  program,
  table,
];
