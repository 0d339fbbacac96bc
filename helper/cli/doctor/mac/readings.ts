import { size } from '../../../protocol/figures.ts';
import { fail, isWrong, type MacCheck, pass } from './check.ts';
import { agrees, bytesOf, missingTool, numberAfter, pagesOf } from './figures.ts';

/** What the host reads of the machine, beside what Apple's own tools print of the same thing. */

const MB = 2 ** 20;

const machine: MacCheck = {
  id: 'memory-size',
  group: 'host',
  title: 'Memory and page size',
  how: 'sysctl -n hw.memsize hw.pagesize; sysctl -n hw.memsize_usable',
  expected: 'the same as Castellan reads; from macOS 15 on the usable memory, a little less than all',
  run: async ({ host, run }) => {
    const ask = (...names: string[]) => run('/usr/sbin/sysctl', ['-n', ...names]);
    const { out, err } = await ask('hw.memsize', 'hw.pagesize');
    const [total, page] = out.trim().split(/\s+/).map(Number);
    if (total === undefined || page === undefined || !Number.isFinite(total)) return missingTool('sysctl', err);
    // Not there before macOS 15.
    const usable = Number((await ask('hw.memsize_usable')).out.trim()) || total;
    const { facts } = host;
    const seen = `${size(facts.totalBytes)} of ${size(total)}, pages of ${facts.pageBytes} bytes`;
    return facts.totalBytes === usable && facts.pageBytes === page
      ? pass(seen)
      : fail(`${seen}, and sysctl says ${usable} bytes and ${page}`, isWrong);
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
    return agrees(read.totalBytes, total, 0.05, 64 * MB) && agrees(read.usedBytes, used, 0.05, 64 * MB)
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

export const machineChecks: readonly MacCheck[] = [machine, counters, swap, level, segments, sensors];
