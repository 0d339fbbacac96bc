import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, type TestContext, test } from 'node:test';
import { createDoctorCommand } from '../../helper/cli/commands/doctor.ts';
import type { MacCheck } from '../../helper/cli/doctor/mac/check.ts';
import { examineMac } from '../../helper/cli/doctor/mac/examine.ts';
import type { Mac } from '../../helper/cli/doctor/mac/mac.ts';
import { macOutputSchema } from '../../helper/cli/doctor/mac/output.ts';
import { macChecks } from '../../helper/cli/doctor/mac/table.ts';
import { run } from '../../helper/cli/main.ts';
import { constants } from '../../helper/host/darwin/bindings.ts';
import type { Host } from '../../helper/host/port.ts';
import { capturedIo } from '../fakes/captured-io.ts';
import { listenAsDeadman } from '../fakes/deadman-listener.ts';
import { bundle, type FakeMac, install, makeMac, plistOf, printed, said } from '../fakes/doctor-mac.ts';
import { standInSkip } from '../fakes/libsystem-build.ts';
import { testRunDirectory } from '../fakes/socket-keeper.ts';

const installedMac = (t: TestContext, change: Parameters<typeof makeMac>[0] = {}): FakeMac => {
  const fake = makeMac(change);
  t.after(() => fake.mac.host.close());
  install(fake);
  return fake;
};

/** With a deadman that greets. */
const wholeMac = async (t: TestContext): Promise<FakeMac> => {
  const runDirectory = testRunDirectory(t);
  await listenAsDeadman(t, runDirectory);
  return installedMac(t, { place: { runDirectory, owner: { kind: 'root' } } });
};

const checkOf = (id: string): MacCheck => {
  const check = macChecks.find((each) => each.id === id);
  assert.ok(check, id);
  return check;
};

const look = async (mac: Mac, id: string) => {
  const [row] = (await examineMac(mac, [checkOf(id)])).checks;
  assert.ok(row);
  return row;
};

/** A Mac on which one thing is otherwise. */
interface Otherwise {
  readonly id: string;
  readonly but: string;
  readonly state?: 'skip';
  readonly seen: RegExp;
  readonly make: (fake: FakeMac) => Partial<Host> | undefined;
}

const tool =
  (name: string, out: string, code = 0, err = '') =>
  (fake: FakeMac): undefined => {
    fake.tools.set(name, said(out, code, err));
  };

const file =
  (path: string, change: Partial<{ uid: number; gid: number; mode: number; kind: 'folder' | 'file' | 'link' }>) =>
  (fake: FakeMac): undefined => {
    const seen = fake.files.get(path);
    assert.ok(seen, path);
    fake.files.set(path, { ...seen, ...change });
  };

const signed =
  (app: string, helper: string) =>
  (fake: FakeMac): undefined => {
    fake.tools.set('/usr/bin/codesign -dv', (args) => said('', 0, args.at(-1) === bundle ? app : helper));
  };
const signature = (identifier: string, { team = 'ABCDE12345', flags = '0x10000(runtime)' } = {}): string =>
  `Identifier=${identifier}\nCodeDirectory v=20500 flags=${flags} hashes=1\nTeamIdentifier=${team}\n`;
const app = signature('com.sanctum.castellan.app');

const print =
  (change: (label: string) => string | null) =>
  (fake: FakeMac): undefined => {
    fake.tools.set('/bin/launchctl print', ([, target = '']) => {
      const text = change(target.slice('system/'.length));
      return text === null ? said('', 113) : said(text);
    });
  };
const keeper = 'com.sanctum.castellan';

const machineBut = (change: Partial<ReturnType<Host['readMachine']>>) => (fake: FakeMac) => ({
  readMachine: (depth: 'fast' | 'slot') => ({ ...fake.mac.host.readMachine(depth), ...change }),
});
const spoilt =
  (call: string, errno: number, result = -1) =>
  (fake: FakeMac): undefined => {
    fake.stand.failing.set(call, { errno, result });
  };

const cases: readonly Otherwise[] = [
  {
    id: 'console-user',
    but: 'the console is another one’s',
    seen: /uid 502; who says neo, uid 501/,
    make: file('/dev/console', { uid: 502 }),
  },
  {
    id: 'console-user',
    but: 'nobody is logged in there',
    state: 'skip',
    seen: /nobody is logged in/,
    make: tool('/usr/bin/who', ''),
  },
  {
    id: 'self-priority',
    but: 'disk access stays as it is',
    seen: /setiopolicy_np: EPERM/,
    make: () => ({ raiseSelf: () => ['The keeper’s own disk access may be throttled: setiopolicy_np: EPERM.'] }),
  },
  {
    id: 'probe-rights',
    but: 'the account is not found',
    seen: /there is no account nobody/,
    make: () => ({ probe: async () => ({ ok: false, detail: 'there is no account nobody' }) }),
  },
  {
    id: 'peer-token',
    but: 'the option is not known',
    seen: /tells no peer: EINVAL/,
    make: (fake) => {
      fake.token = () => ({ ok: false, detail: 'descriptor 7 tells no peer: EINVAL' });
      return undefined;
    },
  },
  {
    id: 'peer-token',
    but: 'it is that of another process',
    seen: /the token of pid 1$/,
    make: (fake) => {
      fake.peer = { ...fake.peer, pid: 1 };
      return undefined;
    },
  },
  {
    id: 'peer-token',
    but: 'it becomes another program',
    seen: /two readings differ/,
    make: (fake) => {
      const { token } = fake;
      fake.token = () => {
        fake.stand.exec(fake.mac.own.pid);
        return token();
      };
      return undefined;
    },
  },
  {
    id: 'peer-signature',
    but: 'the requirement does not fit',
    seen: /not signed as Castellan/,
    make: (fake) => ({
      peerCode: {
        tokenOf: fake.mac.tokenOf,
        check: async () => ({ ok: false, problem: 'refused', detail: 'it is not signed as Castellan (-67050)' }),
      },
    }),
  },
  {
    id: 'peer-signature',
    but: 'it is taken for the app',
    seen: /taken for app/,
    make: (fake) => ({ peerCode: { tokenOf: fake.mac.tokenOf, check: async () => ({ ok: true, role: 'app' }) } }),
  },
  {
    id: 'signal-by-token',
    but: 'libSystem does not have it',
    seen: /does not have it/,
    make: (fake) => {
      fake.continueByToken = null;
      return undefined;
    },
  },
  {
    id: 'signal-by-token',
    but: 'the kernel does not look at the version',
    seen: /taken with another/,
    make: (fake) => {
      fake.continueByToken = () => 0;
      return undefined;
    },
  },
  {
    id: 'code-of-this',
    but: 'its seal is broken',
    seen: /invalid: its signature/,
    make: () => ({ checkCode: async () => ({ kind: 'invalid', detail: 'its signature is not valid (-67061)' }) }),
  },
  {
    id: 'compressed-shares',
    but: 'the structure is another',
    seen: /implausible: jetsam snapshot/,
    make: () => ({
      readCompressedShares: async () => ({
        sensor: 'compressor',
        problem: 'implausible',
        detail: 'jetsam snapshot: 100 bytes of an unknown form',
      }),
    }),
  },
  {
    id: 'compressed-shares',
    but: 'vm_stat says otherwise',
    seen: /vm_stat says 152\.6 GB/,
    make: tool('/usr/bin/vm_stat', 'Pages stored in compressor: 10000000.'),
  },
  {
    id: 'compressed-shares',
    but: 'vm_stat has other words',
    state: 'skip',
    seen: /no figure/,
    make: tool('/usr/bin/vm_stat', ''),
  },
  {
    id: 'inspect',
    but: 'sockets are not told',
    seen: /told is nothing/,
    make: (fake) => ({
      inspect: (id) => ({ ...fake.mac.host.inspect(id), listening: null }) as ReturnType<Host['inspect']>,
    }),
  },
  {
    id: 'inspect',
    but: 'all programs count as parts of the system',
    seen: /this program as part of the system: true/,
    make: (fake) => ({
      inspect: (id) => ({ ...fake.mac.host.inspect(id), isPlatform: true }) as ReturnType<Host['inspect']>,
    }),
  },
  { id: 'port-owner', but: 'nobody is found', seen: /nobody/, make: () => ({ portOwner: async () => null }) },
  {
    id: 'port-owner',
    but: 'somebody else is',
    seen: /pid 12/,
    make: () => ({ portOwner: async () => ({ pid: 12, command: 'node' }) }),
  },
  {
    id: 'codesign',
    but: 'a file was changed',
    seen: /modified/,
    make: tool('/usr/bin/codesign --verify', '', 1, 'a sealed resource is missing or modified'),
  },
  {
    id: 'notarization',
    but: 'it is rejected',
    seen: /rejected/,
    make: tool('/usr/sbin/spctl', '', 3, `${bundle}: rejected\nsource=Unnotarized Developer ID`),
  },
  {
    id: 'notarization',
    but: 'it is signed and not notarized',
    seen: /accepted/,
    make: tool('/usr/sbin/spctl', '', 0, 'accepted\nsource=Developer ID'),
  },
  {
    id: 'identifiers',
    but: 'the helper has the identifier of the app',
    seen: /castellan\.app and com\.sanctum\.castellan\.app/,
    make: signed(app, app),
  },
  {
    id: 'identifiers',
    but: 'the helper is not hardened',
    seen: /hardened: true and false/,
    make: signed(app, signature('com.sanctum.castellan.helper', { flags: '0x0(none)' })),
  },
  {
    id: 'identifiers',
    but: 'two teams signed',
    seen: /ABCDE12345 and ZZZZZ99999/,
    make: signed(app, signature('com.sanctum.castellan.helper', { team: 'ZZZZZ99999' })),
  },
  {
    id: 'entitlements',
    but: 'library validation is off',
    seen: /disable-library-validation/,
    make: tool(
      '/usr/bin/codesign -d',
      '<key>com.apple.security.cs.allow-jit</key><key>com.apple.security.cs.disable-library-validation</key>',
    ),
  },
  { id: 'entitlements', but: 'there are none', seen: /none/, make: tool('/usr/bin/codesign -d', '') },
  {
    id: 'program-owner',
    but: 'the bundle was dragged there by a user',
    seen: /Castellan\.app belongs to uid 501/,
    make: file(bundle, { uid: 501 }),
  },
  {
    id: 'program-owner',
    but: 'a folder is open to all',
    seen: /MacOS has mode 0777/,
    make: file(`${bundle}/Contents/MacOS`, { mode: 0o777 }),
  },
  {
    id: 'services-run',
    but: 'one is not loaded',
    seen: /2 of 3 are loaded/,
    make: print((label) => (label.endsWith('.gateway') ? null : printed(label))),
  },
  {
    id: 'services-run',
    but: 'one does not run',
    seen: /castellan is not running/,
    make: print((label) => printed(label, label === keeper ? 'not running' : 'running')),
  },
  { id: 'plists', but: 'one can be written by others', seen: /0664/, make: file(plistOf(keeper), { mode: 0o664 }) },
  { id: 'plists', but: 'one is a link', seen: /is not a file/, make: file(plistOf(keeper), { kind: 'link' }) },
  { id: 'plists', but: 'one is damaged', seen: /plutil: .*bad/, make: tool('/usr/bin/plutil', 'bad', 1) },
  {
    id: 'plists',
    but: 'they lie elsewhere',
    seen: /lies where no service of ours belongs/,
    make: (fake) => {
      fake.files.set('/tmp/a.plist', { uid: 0, gid: 0, mode: 0o644, kind: 'file' });
      return print((label) => printed(label).replace(plistOf(label), '/tmp/a.plist'))(fake);
    },
  },
  {
    id: 'approval',
    but: 'the operator switched it off',
    seen: /disallowed/,
    make: tool(
      '/usr/bin/sfltool',
      ` #1:\n  Disposition: [enabled, disallowed, notified] (0x9)\n  Identifier: 16.${keeper}\n`,
    ),
  },
  {
    id: 'approval',
    but: 'macOS has no record',
    state: 'skip',
    seen: /no record/,
    make: tool('/usr/bin/sfltool', ' #1:\n  Identifier: 16.com.other\n'),
  },
  {
    id: 'run-directory',
    but: 'others can write to it',
    seen: /0777/,
    make: file('/Library/Application Support/Sanctum/Castellan/run', { mode: 0o777 }),
  },
  {
    id: 'run-directory',
    but: 'a folder above it is a user’s',
    seen: /Sanctum belongs to uid 501/,
    make: file('/Library/Application Support/Sanctum', { uid: 501 }),
  },
  {
    id: 'gateway-account',
    but: 'it can log in',
    seen: /zsh/,
    make: tool('/usr/bin/dscl', 'UniqueID: 421\nUserShell: /bin/zsh\n'),
  },
  {
    id: 'gateway-account',
    but: 'there is none',
    state: 'skip',
    seen: /no account/,
    make: tool('/usr/bin/dscl', '', 56),
  },
  {
    id: 'memory-size',
    but: 'sysctl says another size',
    seen: /and sysctl says 1000 bytes/,
    make: tool('/usr/sbin/sysctl', '1000\n16384\n'),
  },
  {
    id: 'memory-size',
    but: 'sysctl does not answer',
    state: 'skip',
    seen: /no figure/,
    make: tool('/usr/sbin/sysctl', '', 1, 'no'),
  },
  {
    id: 'vm-counters',
    but: 'vm_stat says otherwise',
    seen: /free 8\.\d GB \(vm_stat 152\.\d GB\)/,
    make: (fake) => {
      fake.tools.set(
        '/usr/bin/vm_stat',
        said(
          '(page size of 16384 bytes)\nPages free: 9999999.\nPages wired down: 1.\nPages purgeable: 1.\nFile-backed pages: 1.\nPages occupied by compressor: 1.\n',
        ),
      );
      return undefined;
    },
  },
  {
    id: 'vm-counters',
    but: 'vm_stat has other words',
    state: 'skip',
    seen: /no figure/,
    make: tool('/usr/bin/vm_stat', 'Free: 12'),
  },
  {
    id: 'swap',
    but: 'sysctl says otherwise',
    seen: /and sysctl says/,
    make: tool('/usr/sbin/sysctl', 'total = 9216.00M  used = 8000.00M  free = 1216.00M'),
  },
  { id: 'swap', but: 'it is refused', seen: /cannot read vm\.swapusage/, make: machineBut({ swap: null }) },
  { id: 'kernel-level', but: 'it is 3', seen: /^3$/, make: machineBut({ kernelLevel: 3 }) },
  {
    id: 'kernel-level',
    but: 'there is no such sysctl',
    seen: /kern\.memorystatus_vm_pressure_level: ENOENT/,
    make: (fake) => {
      fake.stand.unknownSysctls.add('kern.memorystatus_vm_pressure_level');
      return undefined;
    },
  },
  { id: 'segments', but: 'the limit is not told', seen: /not told/, make: machineBut({ segments: null }) },
  {
    id: 'segments',
    but: 'the estimate is beyond the limit',
    seen: /about 12 of 12/,
    make: machineBut({ segments: { used: 12, limit: 12 } }),
  },
  {
    id: 'sensors',
    but: 'one fails',
    seen: /memory refused: host_statistics64/,
    make: spoilt('host_statistics64', 0, 5),
  },
  {
    id: 'footprint',
    but: 'the tool says a tenth more',
    seen: /40 MB, footprint says 44 MB/,
    make: tool('/usr/bin/footprint', 'castellan [1]: 64-bit    Footprint: 46137344 B'),
  },
  {
    id: 'footprint',
    but: 'the tool is not allowed to',
    state: 'skip',
    seen: /no figure to compare with: must be run as root/,
    make: tool('/usr/bin/footprint', '', 1, 'must be run as root'),
  },
  { id: 'footprint', but: 'it is refused to us', seen: /EPERM/, make: spoilt('proc_pid_rusage', constants.EPERM) },
  {
    id: 'cpu-time',
    but: 'ticks are taken for nanoseconds',
    seen: /the runtime says/,
    make: (fake) => ({
      readChosen: (ids) =>
        fake.mac.host.readChosen(ids).map((read) => ('problem' in read ? read : { ...read, cpuMs: 90_000 })),
    }),
  },
  { id: 'identity', but: 'it is not told', seen: /cannot be read/, make: spoilt('proc_pidinfo', constants.EPERM, 0) },
  {
    id: 'identity',
    but: 'it does not count up',
    seen: /7, then 7/,
    make: () => ({ identify: (pid: number) => ({ pid, start: '7' }) }),
  },
  {
    id: 'identity',
    but: 'it changes while the process runs',
    seen: /a moment later/,
    make: () => {
      let at = 0;
      return {
        identify: (pid: number) => {
          at += 1;
          return { pid, start: String(at) };
        },
      };
    },
  },
  { id: 'command-line', but: 'only the name is told', seen: /^castellan$/, make: spoilt('sysctl', constants.EINVAL) },
  {
    id: 'program-file',
    but: 'its file is gone',
    seen: /said to be gone/,
    make: () => ({ isExecutableGone: () => true }),
  },
  { id: 'program-file', but: 'it is not told', seen: /not told/, make: () => ({ isExecutableGone: () => null }) },
  {
    id: 'process-table',
    but: 'footprints are refused',
    seen: /cannot be read/,
    make: spoilt('proc_pid_rusage', constants.EPERM),
  },
  { id: 'process-table', but: 'ps lists far more', seen: /ps lists 400/, make: tool('/bin/ps', '1\n'.repeat(400)) },
  {
    id: 'bands',
    but: 'root is refused',
    seen: /BACKGROUND is refused: .*EPERM|cannot be read: .*EPERM/,
    make: spoilt('memorystatus_control', constants.EPERM),
  },
  {
    id: 'bands',
    but: 'the kernel has no such command',
    seen: /EINVAL/,
    make: spoilt('memorystatus_control', constants.EINVAL),
  },
  {
    id: 'bands',
    but: 'somebody overwrites it',
    seen: /somebody made it 40 within 2 s/,
    make: (fake) => {
      fake.onSleep = () => {
        for (const p of fake.sim.world.processes.values()) if (p.spec.name === 'sleep') p.band = 40;
      };
      return undefined;
    },
  },
  {
    id: 'bands',
    but: 'another band is read than was set',
    seen: /BACKGROUND reads 0 when set/,
    make: () => ({ setBand: () => ({ ok: true, band: 'IDLE', raw: 0 }) }),
  },
  {
    id: 'band-of-launchd',
    but: 'launchd cannot be identified',
    seen: /no process 1/,
    make: spoilt('proc_pidinfo', constants.EPERM, 0),
  },
  {
    id: 'gpu-limit',
    but: 'there is no such sysctl',
    seen: /no iogpu\.wired_limit_mb/,
    make: (fake) => {
      fake.stand.unknownSysctls.add('iogpu.wired_limit_mb');
      return undefined;
    },
  },
  {
    id: 'gpu-limit',
    but: 'sysctl says otherwise',
    seen: /and sysctl says 49152/,
    make: tool('/usr/sbin/sysctl', '49152\n'),
  },
  {
    id: 'pressure-watch',
    but: 'the filter is not known',
    seen: /EVFILT_MEMORYSTATUS: EINVAL/,
    make: spoilt('kevent', constants.EINVAL),
  },
  {
    id: 'peer',
    but: 'the kernel names another user',
    seen: /uid 501/,
    make: (fake) => {
      fake.peer = { ...fake.peer, uid: 501 };
      return undefined;
    },
  },
  { id: 'peer', but: 'the option is not known', seen: /ENOTCONN/, make: spoilt('getsockopt', constants.ENOTCONN) },
  {
    id: 'launchctl-list',
    but: 'its first line is another',
    seen: /the first line is/,
    make: tool('/bin/launchctl list', 'PID  Status  Label\n'),
  },
  {
    id: 'launchctl-list',
    but: 'a line has another form',
    seen: /not understood: "x;y"/,
    make: tool('/bin/launchctl list', 'PID\tStatus\tLabel\nx;y\n'),
  },
  { id: 'launchctl-list', but: 'it fails', seen: /launchctl list gave 1/, make: tool('/bin/launchctl list', '', 1) },
  {
    id: 'launchctl-print',
    but: 'it names another pid',
    seen: /pid 1, exit timeout 5; the list says \d+/,
    make: (fake) => ({
      services: {
        ...fake.mac.host.services,
        print: async (label) => ({
          ok: true,
          job: { label, pid: 1, lastExit: null, exitTimeoutSeconds: 5, hasMachServices: null },
        }),
      },
    }),
  },
  {
    id: 'launchctl-absent',
    but: 'it is said in another way',
    seen: /launchctl: 64/,
    make: (fake) => ({
      services: {
        ...fake.mac.host.services,
        print: async () => ({ ok: false, problem: 'failed', detail: 'launchctl: 64' }),
      },
    }),
  },
  {
    id: 'ps-start',
    but: 'ps prints another form',
    seen: /ps is not understood/,
    make: (fake) => {
      fake.starts = () => null;
      return undefined;
    },
  },
  {
    id: 'ps-start',
    but: 'the time is of another zone',
    seen: /s ago/,
    make: (fake) => {
      fake.starts = (_pid, told) => ({ ...told, started: 'Sun Nov 22 02:00:00 2020' });
      return undefined;
    },
  },
  {
    id: 'stop-and-go-on',
    but: 'a stop does not show',
    seen: /does not read stopped/,
    make: (fake) => ({
      readChosen: (ids) =>
        fake.mac.host.readChosen(ids).map((read) => ('problem' in read ? read : { ...read, state: 'running' })),
    }),
  },
  {
    id: 'stop-and-go-on',
    but: 'ps says that it runs',
    seen: /ps does not say so/,
    make: (fake) => {
      fake.starts = (_pid, told) => ({ ...told, isStopped: false });
      return undefined;
    },
  },
  {
    id: 'stop-and-go-on',
    but: 'it may not be resumed',
    seen: /SIGCONT is refused/,
    make: (fake) => {
      spoilt('proc_signal_with_audittoken', constants.EPERM, constants.EPERM)(fake);
      return spoilt('kill', constants.EPERM)(fake);
    },
  },
  {
    id: 'no-stranger',
    but: 'a signal goes to what is gone',
    seen: /it was sent/,
    make: () => ({ signal: () => ({ ok: true }) }),
  },
];

describe('castellan doctor --mac on a stand-in for macOS', { skip: standInSkip }, () => {
  test('where all is as it was taken for granted every check passes', async (t) => {
    const fake = await wholeMac(t);
    const output = await examineMac(fake.mac, macChecks);
    for (const { id, state, seen } of output.checks) assert.equal(state, 'pass', `${id}: ${seen}`);
    assert.deepEqual([output.passed, output.failed, output.skipped], [macChecks.length, 0, 0]);
    macOutputSchema.parse(output);
  });

  for (const { id, but, state = 'fail', seen, make } of cases)
    test(`${id}, ${but}: ${state}`, async (t) => {
      const fake = installedMac(t);
      const instead = make(fake);
      const row = await look({ ...fake.mac, host: { ...fake.mac.host, ...instead } }, id);
      assert.equal(row.state, state, row.seen);
      assert.match(row.seen, seen);
      assert.equal(row.todo !== '', state === 'fail');
    });

  test('the deadman that is not there is a failure', async (t) => {
    const folder = testRunDirectory(t);
    const fake = installedMac(t, { place: { runDirectory: folder, owner: { kind: 'root' } } });
    assert.equal((await look(fake.mac, 'deadman')).state, 'fail');
    fake.files.delete(folder);
    assert.equal((await look(fake.mac, 'deadman')).state, 'skip');
  });

  test('each check has a Mac on which it fails', () => {
    const failing = new Set([...cases.filter(({ state }) => state === undefined).map(({ id }) => id), 'deadman']);
    assert.deepEqual(
      macChecks.map(({ id }) => id).filter((id) => !failing.has(id)),
      [],
    );
  });

  test('it acts on children of its own only, leaves none, and changes nothing of others', async (t) => {
    const fake = installedMac(t);
    const { world } = fake.sim;
    // Some of the simulated machine come and go by themselves.
    const seen = () => new Map([...world.processes.values()].map(({ pid, band, state }) => [pid, `${band} ${state}`]));
    const before = seen();
    const limit = world.gpuLimitBytes;
    await examineMac(fake.mac, macChecks);
    for (const [pid, now] of seen()) assert.equal(now, before.get(pid) ?? now, `pid ${pid}`);
    assert.equal(fake.stand.count('snapshotsConsumed'), 0);
    assert.ok(![...world.processes.values()].some(({ spec }) => spec.name === 'sleep'));
    assert.ok(fake.children.length > 3 && fake.signalled.every((pid) => fake.children.includes(pid)));
    assert.equal(world.gpuLimitBytes, limit);
    for (const [verb = ''] of fake.launchctl.asked) assert.ok(['list', 'print', 'asuser'].includes(verb), verb);
  });

  test('without root, before macOS 15 and outside a bundle it says what it leaves out', async (t) => {
    const fake = installedMac(t, { uid: 501, darwinMajor: 22 });
    const mac = { ...fake.mac, own: { ...fake.mac.own, executable: '/Users/neo/castellan/node' } };
    for (const [id, why] of [
      ['bands', /needs root: run it again with sudo/],
      ['process-table', /needs root/],
      ['approval', /needs root/],
      ['segments', /since version 15/],
      ['gpu-limit', /since version 14/],
      ['codesign', /not part of Castellan\.app/],
      ['program-owner', /not an installed program/],
    ] as const) {
      const row = await look(mac, id);
      assert.equal(row.state, 'skip', id);
      assert.match(row.seen, why);
    }
  });

  test('what this build does not ask for is left out', async (t) => {
    const fake = installedMac(t);
    const {
      peerCode: _a,
      checkCode: _b,
      readCompressedShares: _c,
      portOwner: _d,
      raiseSelf: _e,
      ...host
    } = fake.mac.host;
    for (const id of ['peer-signature', 'code-of-this', 'compressed-shares', 'port-owner', 'self-priority'])
      assert.equal((await look({ ...fake.mac, host }, id)).state, 'skip', id);
  });

  test('a check that breaks has failed, and the others go on', async (t) => {
    const fake = installedMac(t);
    const broken: MacCheck = {
      ...checkOf('peer'),
      run: () => {
        throw new Error('no such thing');
      },
    };
    const { checks } = await examineMac(fake.mac, [broken, checkOf('kernel-level')]);
    assert.deepEqual(
      checks.map(({ state, seen }) => `${state} ${seen}`),
      ['fail it broke: no such thing', 'pass 1'],
    );
  });
});

const command = (mac: Mac | null) => createDoctorCommand(async () => mac);
const type = async (mac: Mac | null, values: Readonly<Record<string, boolean>>) => {
  const io = capturedIo();
  const outcome = await command(mac).run({ values: { mac: true, ...values }, positionals: [] }, io);
  assert.equal(outcome.kind, 'exit');
  return { code: outcome.kind === 'exit' ? outcome.code : -1, ...io.text };
};

describe('castellan doctor --mac as a command', { skip: standInSkip }, () => {
  test('prints groups, what was seen, and of a failure what to expect and to do; exit code 1', async (t) => {
    const fake = await wholeMac(t);
    fake.tools.set('/usr/bin/footprint', said('x [1]: 64-bit Footprint: 400 MB'));
    const { code, out } = await type(fake.mac, {});
    assert.equal(code, 1);
    assert.match(out, /^Signature\npass {2}The bundle as a whole {2}codesign\n {6}valid on disk\n/);
    assert.match(out, /\n\nReadings\n/);
    assert.match(
      out,
      /FAIL {2}Footprint of this program {2}footprint\n {6}40 MB, footprint says 400 MB\n {6}expected: within 5 %/,
    );
    assert.match(out, /→ Do not go live on this Mac\./);
    assert.match(out, /macOS 15\.5 \(24F74\): \d+ passed, 1 failed, \d+ skipped\.\n/);
  });

  test('as JSON it has the same rows, and exit code 0 when none failed', async (t) => {
    const { mac } = await wholeMac(t);
    const { code, out } = await type(mac, { json: true });
    const output = macOutputSchema.parse(JSON.parse(out));
    assert.deepEqual([code, output.failed], [0, 0]);
    assert.deepEqual(
      output.checks.map(({ id }) => id),
      macChecks.map(({ id }) => id),
    );
  });
});

describe('castellan doctor --mac on what is no Mac', () => {
  test('on what is no Mac it lists the checks, says that nothing was checked, and does not end with 0', async () => {
    const { code, out } = await type(null, {});
    assert.equal(code, 1);
    assert.match(out, /\nNothing was checked: this is not a Mac\.\n/);
    for (const { title, how } of macChecks) assert.ok(out.includes(title) && out.includes(how), title);
    assert.ok(!out.includes('pass'));
    const output = macOutputSchema.parse(JSON.parse((await type(null, { json: true })).out));
    assert.deepEqual([output.machine, output.passed, output.failed], [null, 0, 0]);
    for (const { state, seen } of output.checks)
      assert.deepEqual([state, seen], ['skip', 'This is not a Mac; nothing was looked at.']);
  });

  test('here it is found by its name', { skip: process.platform === 'darwin' ? 'this is a Mac' : false }, async () => {
    const io = capturedIo();
    assert.equal(await run(['doctor', '--mac'], io), 1);
    assert.match(io.text.out, /this is not a Mac/);
  });
});

describe('docs/mac-checklist.md', () => {
  const text = readFileSync(new URL('../../docs/mac-checklist.md', import.meta.url), 'utf8');
  const marked = [...text.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, id = '']) => id);

  test('has one marked row for each check, in the order in which they run', () => {
    assert.deepEqual(
      marked,
      macChecks.map(({ id }) => id),
    );
  });

  test('each row has a command or an act, what to expect, and what it means if it differs', () => {
    const rows = text.split('\n').filter((line) => /^\| (`|☐)/.test(line));
    assert.ok(rows.length > macChecks.length);
    for (const row of rows) {
      const cells = row
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim());
      assert.equal(cells.length, 4, row);
      assert.ok(
        cells.every((cell) => cell !== ''),
        row,
      );
    }
  });
});
