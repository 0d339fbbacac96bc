import { bandNumbers } from '../../../host/darwin/bands.ts';
import type { BandName } from '../../../host/port.ts';
import { size } from '../../../protocol/figures.ts';
import { fail, isWrong, type MacCheck, pass, skip } from './check.ts';
import { agrees, pagesOf } from './figures.ts';
import { withChild } from './own-child.ts';

/** What is set or asked of the kernel's own arbiter, and its word when memory runs short. */

const restMs = 10_000;
const restStepMs = 2_000;

const bands: MacCheck = {
  id: 'bands',
  group: 'bands',
  title: 'Jetsam bands by root',
  how: 'memorystatus_control(2) on a child, read back with 1, and again for 10 s',
  expected: 'CRITICAL reads 190 and BACKGROUND 30 at once, and nobody else changes it',
  needs: ['root'],
  run: (mac) =>
    withChild(mac, async (_child, id) => {
      const first = mac.host.readBand(id);
      if (!first.ok) return fail(`it cannot be read: ${first.detail}`, isWrong);
      const fresh = `a fresh child has ${first.raw}`;
      for (const band of ['BACKGROUND', 'CRITICAL'] as const satisfies readonly BandName[]) {
        const done = mac.host.setBand(id, band);
        if (!done.ok) return fail(`${fresh}; ${band} is ${done.problem}: ${done.detail}`, isWrong);
        if (done.raw !== bandNumbers[band]) return fail(`${fresh}; ${band} reads ${done.raw} when set`, isWrong);
      }
      for (let restedMs = 0; restedMs < restMs; restedMs += restStepMs) {
        await mac.sleep(restStepMs);
        const now = mac.host.readBand(id);
        if (!now.ok) return fail(`${fresh}; afterwards: ${now.detail}`, isWrong);
        if (now.raw !== bandNumbers.CRITICAL)
          return fail(
            `${fresh}; CRITICAL was set, and somebody made it ${now.raw} within ${(restedMs + restStepMs) / 1000} s`,
            'Bands of plain processes do not hold here: leave them out of castellan.toml, and report it.',
          );
      }
      return pass(`${fresh}; BACKGROUND and CRITICAL hold`);
    }),
};

const bandRefusal: MacCheck = {
  id: 'band-of-launchd',
  group: 'bands',
  title: 'The band of launchd',
  how: 'memorystatus_control(1) for pid 1, which changes nothing',
  expected: 'it is read, or refused with a word for it',
  needs: ['root'],
  run: async ({ host }) => {
    const id = host.identify(1);
    if ('problem' in id) return fail(id.detail, isWrong);
    const read = host.readBand(id);
    return read.ok ? pass(`pid 1 has ${read.raw}`) : pass(`${read.problem}: ${read.detail}`);
  },
};

const self: MacCheck = {
  id: 'self-priority',
  group: 'bands',
  title: 'This program before those it looks after',
  how: 'memorystatus_control(2) and setiopolicy_np for this program itself, which ends soon',
  expected: 'neither is refused',
  needs: ['root'],
  run: async ({ host }) => {
    const refused = host.raiseSelf?.();
    if (refused === undefined) return skip('this build does not do it');
    return refused.length === 0
      ? pass('band CRITICAL, disk access important')
      : fail(refused.join('\n'), 'The keeper may be the first to wait when memory runs out. Report it.');
  },
};

const shares: MacCheck = {
  id: 'compressed-shares',
  group: 'bands',
  title: 'Whom the kernel would end when swap is full',
  how: 'memorystatus_control(3) with flags 1, never 0',
  expected: 'bytes by process, together no more than vm_stat has stored in the compressor',
  needs: ['root'],
  run: async ({ host, run }) => {
    const read = await host.readCompressedShares?.();
    if (read === undefined) return skip('this build does not ask');
    if ('problem' in read) return fail(`${read.problem}: ${read.detail}`, isWrong);
    const sum = read.largest.reduce((all, { compressedBytes }) => all + compressedBytes, 0);
    const [first] = read.largest;
    const seen = `${size(read.totalBytes)} in all${first === undefined ? '' : `, pid ${first.id.pid} has ${size(first.compressedBytes)}`}`;
    const pages = pagesOf((await run('/usr/bin/vm_stat', [])).out, 'Pages stored in compressor');
    if (pages === null) return skip(`${seen}; vm_stat gave no figure to compare with`);
    const theirs = pages * host.facts.pageBytes;
    return agrees(read.totalBytes, theirs, 0.05, 64 * 2 ** 20) && sum <= theirs * 1.05 + 64 * 2 ** 20
      ? pass(seen)
      : fail(`${seen}, ${size(sum)} in the largest; vm_stat says ${size(theirs)}`, isWrong);
  },
};

const gpu: MacCheck = {
  id: 'gpu-limit',
  group: 'bands',
  title: 'What the GPU may hold wired',
  how: 'sysctl -n iogpu.wired_limit_mb',
  expected: 'a number of MB; 0 is the policy of macOS. It is read and not set',
  needs: ['macOS 14'],
  run: async ({ host, run }) => {
    const { out } = await run('/usr/sbin/sysctl', ['-n', 'iogpu.wired_limit_mb']);
    const theirs = out.trim();
    const limit = host.gpuLimit();
    if (limit.kind === 'unknown') return fail(limit.detail, isWrong);
    if (limit.kind === 'not_evaluated' && limit.isSystemPolicy !== true) return fail(limit.why, isWrong);
    const mb = limit.kind === 'limit' ? Math.round(limit.bytes / 2 ** 20) : 0;
    const seen = mb === 0 ? '0, the policy of macOS' : `${mb} MB`;
    if (theirs === '') return skip(`Castellan reads ${seen}; sysctl gave no figure to compare with`);
    return Number(theirs) === mb ? pass(seen) : fail(`${seen}, and sysctl says ${theirs}`, isWrong);
  },
};

const pressure: MacCheck = {
  id: 'pressure-watch',
  group: 'pressure',
  title: 'Waiting for pressure',
  how: 'kevent(EVFILT_MEMORYSTATUS) for 5 s',
  expected: 'it is taken and waits; that an event arrives is seen by hand',
  run: async ({ host, sleep }) => {
    let heard = 0;
    const stop = host.onPressure(() => {
      heard += 1;
    });
    try {
      await sleep(5_000);
      const wrong = host.readMachine('slot').facts.find(({ sensor }) => sensor === 'events');
      if (wrong !== undefined)
        return fail(wrong.detail, 'The level is still read every 2 s; only the hint between is missing. Report it.');
      return pass(`it waits; ${heard} events meanwhile`);
    } finally {
      stop();
    }
  },
};

export const bandChecks: readonly MacCheck[] = [bands, bandRefusal, self, shares, gpu, pressure];
