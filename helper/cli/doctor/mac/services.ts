import type { ServiceManager } from '../../../host/service-manager.ts';
import { fail, isWrong, type MacCheck, pass, skip } from './check.ts';
import type { Mac } from './mac.ts';

/** launchctl's answers, whose form Apple does not promise. */

const launchctl = '/bin/launchctl';
const tries = 30;
const waitMs = 200;

/** launchctl runs beside the loop: the first answer takes a moment. */
const listed = async ({ host, sleep }: Mac): Promise<ReturnType<ServiceManager['pids']>> => {
  for (let at = 0; at < tries; at += 1) {
    const pids = host.services.pids();
    if (pids !== null && pids.size > 0) return pids;
    await sleep(waitMs);
  }
  return host.services.pids();
};

const list: MacCheck = {
  id: 'launchctl-list',
  group: 'launchd',
  title: 'The list of services',
  how: 'launchctl list',
  expected: 'PID, Status and Label with tabs between, and every line is understood',
  run: async (mac) => {
    const pids = await listed(mac);
    const { code, out, err } = await mac.run(launchctl, ['list']);
    if (code !== 0) return fail(`launchctl list gave ${code ?? 'no answer'}: ${err.trim()}`, isWrong);
    const [head = '', ...lines] = out.split('\n').filter((line) => line !== '');
    if (pids === null) return fail('Castellan knows of no services', isWrong);
    if (head !== 'PID\tStatus\tLabel') return fail(`the first line is ${JSON.stringify(head)}`, isWrong);
    const labels = lines.map((line) => line.split('\t').at(-1) ?? '');
    const strange = lines.filter((line) => !/^(\d+|-)\t(-?\d+|-)\t\S/.test(line));
    if (strange.length > 0) return fail(`not understood: ${JSON.stringify(strange[0])}`, isWrong);
    const missing = labels.filter((label) => !pids.has(label));
    // A few come and go between two calls.
    return missing.length <= Math.max(3, labels.length * 0.02)
      ? pass(`${pids.size} services, ${[...pids.values()].filter((pid) => pid !== null).length} of them run`)
      : fail(`${missing.length} of ${labels.length} are missing, ${missing[0]} among them`, isWrong);
  },
};

const print: MacCheck = {
  id: 'launchctl-print',
  group: 'launchd',
  title: 'One service',
  how: 'launchctl print DOMAIN/LABEL of a service that runs',
  expected: 'the pid of the list, and an exit timeout in seconds',
  run: async (mac) => {
    const pids = await listed(mac);
    const [label, pid] = [...(pids ?? [])].find(([, each]) => each !== null) ?? [];
    if (label === undefined) return skip('no service runs, or the list is not known');
    // As root the list is that of the system, else that of the user who asks.
    if (mac.uid !== 0) mac.host.services.locate?.(new Map([[label, `gui/${mac.uid}`]]));
    const answer = await mac.host.services.print(label);
    if (!answer.ok) return fail(`${label}: ${answer.detail}`, isWrong);
    const { job } = answer;
    const seen = `${label}: pid ${job.pid ?? 'not told'}, exit timeout ${job.exitTimeoutSeconds ?? 'not told'}`;
    return job.pid === pid && job.exitTimeoutSeconds !== null
      ? pass(seen)
      : fail(`${seen}; the list says ${pid}`, isWrong);
  },
};

const absentLabel = 'com.sanctum.castellan.nobody';

const absent: MacCheck = {
  id: 'launchctl-absent',
  group: 'launchd',
  title: 'A service that is not there',
  how: `launchctl print system/${absentLabel}; echo $?`,
  expected: '113, the only proof of absence',
  run: async ({ host, run }) => {
    const answer = await host.services.print(absentLabel);
    const { code } = await run(launchctl, ['print', `system/${absentLabel}`]);
    if (answer.ok) return fail('it is said to be there', isWrong);
    return answer.problem === 'absent' ? pass(`exit code ${code}`) : fail(answer.detail, isWrong);
  },
};

const rights: MacCheck = {
  id: 'probe-rights',
  group: 'launchd',
  title: 'Readiness commands without the rights of root',
  how: 'a child as nobody, by getpwnam_r: test "$(id -un)" = nobody',
  expected: 'it runs, as nobody',
  needs: ['root'],
  run: async ({ host }) => {
    const argv = ['/bin/sh', '-c', '[ "$(/usr/bin/id -un)" = nobody ]'] as const;
    const { ok, detail } = await host.probe({ label: '', argv: [...argv], user: 'nobody', timeoutMs: 5_000 });
    return ok ? pass('nobody') : fail(detail, 'Seats with a `probe_cmd` are not found ready. Report it.');
  },
};

export const serviceChecks: readonly MacCheck[] = [list, print, absent, rights];
