import { compareStarts } from '../../../deadman/starts.ts';
import { constants } from '../../../host/darwin/bindings.ts';
import { errnoText } from '../../../host/darwin/errors.ts';
import { fail, isWrong, type MacCheck, pass, skip } from './check.ts';
import type { Mac } from './mac.ts';
import { withChild } from './own-child.ts';
import { readOne } from './process-readings.ts';

/** What must be known before a process is stopped, and that it stops and goes on. */

const inspection: MacCheck = {
  id: 'inspect',
  group: 'freeze',
  title: 'What a closer look at a process tells',
  how: 'csops, PROC_PIDLISTFDS and PROC_PIDFDSOCKETINFO of this program, which listens, and of /bin/sleep',
  expected: 'our port is told, sleep is part of the system and this program is not, neither runs virtual machines',
  run: (mac) =>
    withChild(mac, async (_child, id) => {
      const ours = mac.host.identify(mac.own.pid);
      if ('problem' in ours) return fail(ours.detail, isWrong);
      const { address, close } = await mac.listen();
      try {
        const self = mac.host.inspect(ours);
        const sleep = mac.host.inspect(id);
        if ('problem' in self) return fail(self.detail, isWrong);
        if ('problem' in sleep) return fail(sleep.detail, isWrong);
        const wrong = [
          self.listening?.includes(address) === true
            ? ''
            : `it listens at ${address}, told is ${self.listening?.join(', ') ?? 'nothing'}`,
          self.isPlatform === false ? '' : `this program as part of the system: ${self.isPlatform}`,
          sleep.isPlatform === true ? '' : `/bin/sleep as part of the system: ${sleep.isPlatform}`,
          self.isHypervisor === false && sleep.isHypervisor === false ? '' : 'virtual machines are told, or not known',
          self.isTraced === false ? '' : `traced: ${self.isTraced}`,
        ].filter((text) => text !== '');
        return wrong.length === 0 ? pass(`listens at ${address}`) : fail(wrong.join('\n'), isWrong);
      } finally {
        close();
      }
    }),
};

const portOwner: MacCheck = {
  id: 'port-owner',
  group: 'freeze',
  title: 'Who has a port',
  how: 'the owner of a port of our own, found by its address',
  expected: 'this program',
  run: async ({ host, own, listen }) => {
    if (host.portOwner === undefined) return skip('this build does not ask');
    const { address, close } = await listen();
    try {
      const found = await host.portOwner(address);
      return found?.pid === own.pid
        ? pass(`pid ${found.pid}`)
        : fail(found === null ? 'nobody' : `pid ${found.pid}`, isWrong);
    } finally {
      close();
    }
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

const byToken: MacCheck = {
  id: 'signal-by-token',
  group: 'freeze',
  title: 'Signals that cannot reach a stranger',
  how: 'proc_signal_with_audittoken(SIGCONT) to a child, with its pidversion and with another one',
  expected:
    'taken with its own, ESRCH with another; there since macOS 14.4, before a process is looked at before and after',
  needs: ['macOS 15'],
  run: (mac) =>
    withChild(mac, async ({ pid }) => {
      const { continueByToken } = mac;
      if (continueByToken === null) return fail('libSystem does not have it', isWrong);
      const [own, another] = [continueByToken(pid, 'its own'), continueByToken(pid, 'another')];
      const seen = `${own === 0 ? 'taken' : errnoText(own)} with its own version, ${another === 0 ? 'taken' : errnoText(another)} with another`;
      return own === 0 && another === constants.ESRCH ? pass(seen) : fail(seen, isWrong);
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

export const freezeChecks: readonly MacCheck[] = [inspection, portOwner, starts, byToken, freeze, stranger];
