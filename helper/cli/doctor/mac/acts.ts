import { compareStarts } from '../../../deadman/starts.ts';
import { bandNumbers } from '../../../host/darwin/bands.ts';
import type { BandName } from '../../../host/port.ts';
import type { ProcessId } from '../../../host/reading.ts';
import { fail, isWrong, type MacCheck, type MacVerdict, pass, skip } from './check.ts';
import type { Mac, OwnChild } from './mac.ts';
import { readOne } from './readings.ts';

/** What Castellan does to processes, tried on a child of its own and on nobody else. */

const withChild = async (
  mac: Mac,
  look: (child: OwnChild, id: ProcessId) => Promise<MacVerdict>,
): Promise<MacVerdict> => {
  const child = await mac.startChild();
  try {
    const id = mac.host.identify(child.pid);
    return 'problem' in id
      ? fail(`a child of ours cannot be identified: ${id.detail}`, isWrong)
      : await look(child, id);
  } finally {
    await child.end();
  }
};

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

const starts: MacCheck = {
  id: 'ps-start',
  group: 'freeze',
  title: 'When a process started',
  how: 'LC_ALL=C TZ=UTC ps -o pid=,lstart=,stat= -p PID',
  expected: 'a time that is this minute, and the same when asked again',
  run: (mac) =>
    withChild(mac, async ({ pid }) => {
      const one = (await mac.readStarts([pid]))?.get(pid);
      const two = (await mac.readStarts([pid]))?.get(pid);
      if (one?.started === undefined || one.started === null)
        return fail('ps is not understood', 'Nothing can be frozen with a start beside it. Report it.');
      const seen = `${one.started}, ${one.isStopped === null ? 'state not read' : one.isStopped ? 'stopped' : 'running'}`;
      if (compareStarts(one.started, two?.started ?? null) !== 'same')
        return fail(`${seen}, then ${two?.started}`, isWrong);
      const agoMs = mac.host.clock.wallMs() - Date.parse(`${one.started} UTC`);
      if (!(agoMs > -2_000 && agoMs < 60_000)) return fail(`${seen}: ${Math.round(agoMs / 1000)} s ago`, isWrong);
      return one.isStopped === false ? pass(seen) : fail(seen, isWrong);
    }),
};

const settleMs = 50;
const settleTries = 20;

/** Resolves to whether it came about. */
const becomes = async (mac: Mac, look: () => boolean): Promise<boolean> => {
  for (let tries = 0; tries < settleTries; tries += 1) {
    if (look()) return true;
    await mac.sleep(settleMs);
  }
  return look();
};

const freeze: MacCheck = {
  id: 'stop-and-go-on',
  group: 'freeze',
  title: 'SIGSTOP and SIGCONT',
  how: 'kill -STOP and -CONT on a child, watched by proc_pidinfo and ps',
  expected: 'it reads stopped, and runs again',
  run: (mac) =>
    withChild(mac, async (child, id) => {
      const isStopped = (): boolean => {
        const read = readOne(mac, child.pid);
        return typeof read !== 'string' && read.state === 'stopped';
      };
      child.signal('SIGSTOP');
      if (!(await becomes(mac, isStopped))) return fail('it was sent SIGSTOP and does not read stopped', isWrong);
      const told = (await mac.readStarts([child.pid]))?.get(child.pid);
      const done = mac.host.signal(id, 'SIGCONT');
      if (!done.ok) return fail(`SIGCONT is ${done.problem}: ${done.detail}`, isWrong);
      if (!(await becomes(mac, () => !isStopped())))
        return fail('it was sent SIGCONT and still reads stopped', isWrong);
      return told?.isStopped === true
        ? pass('stopped by both accounts, and runs again')
        : fail('it reads stopped, and ps does not say so', isWrong);
    }),
};

const stranger: MacCheck = {
  id: 'no-stranger',
  group: 'freeze',
  title: 'A process that is gone',
  how: 'a child ends, and SIGCONT is sent to what it was',
  expected: 'no signal is sent: vanished',
  run: async (mac) => {
    const child = await mac.startChild();
    const id = mac.host.identify(child.pid);
    await child.end();
    if ('problem' in id) return fail(id.detail, isWrong);
    const done = mac.host.signal(id, 'SIGCONT');
    return !done.ok && (done.problem === 'vanished' || done.problem === 'reused')
      ? pass(done.problem)
      : fail(done.ok ? 'it was sent' : `${done.problem}: ${done.detail}`, isWrong);
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

export const actChecks: readonly MacCheck[] = [bands, bandRefusal, gpu, pressure];
export const freezeChecks: readonly MacCheck[] = [starts, freeze, stranger];
