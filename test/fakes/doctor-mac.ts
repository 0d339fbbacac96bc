import { continueByToken } from '../../helper/cli/doctor/mac/by-token.ts';
import type { Mac, OwnChild, Ran } from '../../helper/cli/doctor/mac/mac.ts';
import type { ReadStarts, Seen } from '../../helper/deadman/starts.ts';
import { createDarwinHost } from '../../helper/host/darwin/host.ts';
import { bindNative } from '../../helper/host/darwin/native.ts';
import { createPeers } from '../../helper/host/darwin/peer.ts';
import type { PeerTokenResult } from '../../helper/host/peer.ts';
import type { Host } from '../../helper/host/port.ts';
import { createSimHost, type SimHost } from '../../helper/host/sim/host.ts';
import { footprintOf } from '../../helper/host/sim/process.ts';
import { daemonLabels } from '../../helper/install/daemon-plists.ts';
import { createStandIn, type StandIn } from './libsystem.ts';
import { createLaunchctlStandIn, type LaunchctlStandIn } from './service-launchctl.ts';

/**
 * A Mac for `castellan doctor --mac`: the real host of macOS on a stand-in libSystem and a stand-in launchctl over one
 * simulated machine, and Apple's tools answering for the same machine in the form they have.
 */

export interface FakeMac {
  readonly mac: Mac;
  readonly sim: SimHost;
  readonly stand: StandIn;
  readonly launchctl: LaunchctlStandIn;
  /** What a tool says instead: by program, or by program and first argument. */
  readonly tools: Map<string, Ran | ((args: readonly string[]) => Ran)>;
  /** Files and folders; others are not there. */
  readonly files: Map<string, { uid: number; gid: number; mode: number; kind: 'folder' | 'file' | 'link' }>;
  /** Pids of its own children so far, and of all that was signalled through the host or as a child. */
  readonly children: number[];
  readonly signalled: number[];
  /** Called at each wait. */
  onSleep: () => void;
  /** What ps says of when a process started, in place of the truth. */
  starts: ((pid: number, told: Seen) => Seen | null) | null;
  /** What the kernel says of the program at the other end of a socket. */
  token: () => PeerTokenResult;
  continueByToken: Mac['continueByToken'];
  /** A descriptor's peer as the kernel names it. */
  peer: { pid: number; uid: number; gid: number };
}

export const said = (out: string, code: number | null = 0, err = ''): Ran => ({ code, out, err });

const mega = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(2)}M`;

const ownPort = '127.0.0.1:40123';
const ownWords = 'doctor --mac';

export const bundle = '/Applications/Castellan.app';
const helperPath = `${bundle}/Contents/MacOS/castellan-helper`;

/** As installed by the package: owned by root, the folder of applications by the admins. */
export const install = (fake: FakeMac): void => {
  const parts = helperPath.split('/').slice(1);
  for (let at = 1; at < parts.length; at += 1)
    fake.files.set(`/${parts.slice(0, at).join('/')}`, { uid: 0, gid: 0, mode: 0o755, kind: 'folder' });
  fake.files.set('/Applications', { uid: 0, gid: 80, mode: 0o775, kind: 'folder' });
  fake.files.set('/dev/console', { uid: 501, gid: 0, mode: 0o600, kind: 'file' });
  fake.files.set(helperPath, { uid: 0, gid: 0, mode: 0o755, kind: 'file' });
  for (const folder of ['/Library', '/Library/Application Support', '/Library/Application Support/Sanctum'])
    fake.files.set(folder, { uid: 0, gid: 0, mode: 0o755, kind: 'folder' });
  for (const folder of ['/Library/Application Support/Sanctum/Castellan', fake.mac.place.runDirectory])
    fake.files.set(folder, { uid: 0, gid: 0, mode: 0o755, kind: 'folder' });
  for (const label of daemonLabels(false))
    fake.files.set(plistOf(label), { uid: 0, gid: 0, mode: 0o644, kind: 'file' });
  fake.tools.set('/bin/launchctl print', ([, target = '']) => {
    const label = target.slice('system/'.length);
    return daemonLabels(false).includes(label) ? said(printed(label)) : said('', 113);
  });
};

export const plistOf = (label: string): string => `${bundle}/Contents/Library/LaunchDaemons/${label}.plist`;

/** As launchctl prints a service of a bundle, shortened. */
export const printed = (label: string, state = 'running'): string =>
  `system/${label} = {\n\tactive count = 1\n\tpath = ${plistOf(label)}\n\tstate = ${state}\n\tpid = 901\n\texit timeout = 45\n}\n`;

export const makeMac = (change: Partial<Pick<Mac, 'uid' | 'darwinMajor' | 'place'>> = {}): FakeMac => {
  const sim = createSimHost();
  sim.advance(60_000);
  const stand = createStandIn(sim);
  const launchctl = createLaunchctlStandIn(sim);
  const { uid = 0, darwinMajor = 24 } = change;
  stand.isRoot = uid === 0;
  const peers = createPeers(bindNative(stand));
  const host: Host = {
    ...createDarwinHost({ ...stand, uid, runLaunchctl: launchctl.run }),
    // Of this very process and of real children, which are not on the simulated machine.
    raiseSelf: () => [],
    probe: async () => ({ ok: true, detail: '' }),
    // Of a signed build; Security.framework has a stand-in and tests of its own.
    checkCode: async () => ({ kind: 'valid', signed: 'developer_id' }),
    peerCode: { tokenOf: () => fake.token(), check: async () => ({ ok: true, role: 'helper' }) },
  };
  const { signal } = sim.world;
  sim.world.signal = (pid, name) => {
    fake.signalled.push(pid);
    return signal(pid, name);
  };
  const own = sim.world.spawn({
    name: 'castellan',
    command: `${helperPath} ${ownWords}`,
    footprintBytes: 40 * 2 ** 20,
    listens: [ownPort],
    uid,
  });
  const { pageBytes, totalBytes } = host.facts;

  const row = (name: string, bytes: number): string => `${`${name}:`.padEnd(32)}${Math.round(bytes / pageBytes)}.`;
  const vmStat = (): string => {
    const read = sim.readMachine('slot');
    return [
      `Mach Virtual Memory Statistics: (page size of ${pageBytes} bytes)`,
      row('Pages free', read.freeBytes),
      row('Pages wired down', read.wiredBytes),
      row('Pages purgeable', read.queues?.purgeableBytes ?? 0),
      row('File-backed pages', read.queues?.fileBackedBytes ?? 0),
      row('Pages occupied by compressor', read.compressorBytes),
      row('Pages stored in compressor', sim.world.holdings().compressedBytes),
      '',
    ].join('\n');
  };
  const swapUsage = (): string => {
    const swap = sim.readMachine('slot').swap;
    const [total = 0, used = 0] = [swap?.totalBytes, swap?.usedBytes];
    return `total = ${mega(total)}  used = ${mega(used)}  free = ${mega(total - used)}  (encrypted)\n`;
  };

  const answers: Readonly<Record<string, (args: readonly string[]) => Ran>> = {
    '/usr/sbin/sysctl': ([, name]) => {
      if (name === 'hw.memsize') return said(`${totalBytes}\n${pageBytes}\n`);
      if (name === 'vm.swapusage') return said(swapUsage());
      if (name === 'iogpu.wired_limit_mb') return said(`${sim.world.gpuLimitBytes / 2 ** 20}\n`);
      return said('', 1, `sysctl: unknown oid '${name}'`);
    },
    '/usr/bin/vm_stat': () => said(vmStat()),
    '/usr/bin/footprint': () =>
      said(`castellan-helper [${own.pid}]: 64-bit\tFootprint: ${footprintOf(own)} B (16384 bytes per page)\n`),
    '/bin/ps': () => said([...sim.world.processes.keys()].map((pid) => `${pid}\n`).join('')),
    '/bin/launchctl': (args) => {
      let answer = said('', null);
      launchctl.run(args, (output, code = null) => {
        answer = said(output ?? '', code);
      });
      return answer;
    },
    '/usr/bin/plutil': () => said('OK\n'),
    '/usr/bin/codesign': ([verb, , path = '']) => {
      if (verb === '--verify') return said('', 0, `${bundle}: valid on disk\n`);
      if (verb === '-d') return said('<plist><dict><key>com.apple.security.cs.allow-jit</key><true/></dict></plist>\n');
      const name = path.endsWith('.app') ? 'app' : 'helper';
      return said(
        '',
        0,
        `Identifier=com.sanctum.castellan.${name}\nCodeDirectory v=20500 flags=0x10000(runtime) hashes=1\nTeamIdentifier=ABCDE12345\n`,
      );
    },
    '/usr/sbin/spctl': () =>
      said('', 0, `${bundle}: accepted\nsource=Notarized Developer ID\norigin=Developer ID Application\n`),
    '/usr/bin/sfltool': () =>
      said(
        ['', '.deadman', '.gateway']
          .map(
            (end, at) =>
              ` #${at + 1}:\n                 UUID: 0\n                 Type: daemon (0x10)\n          Disposition: [enabled, allowed, notified] (0xb)\n           Identifier: 16.com.sanctum.castellan${end}\n`,
          )
          .join('\n'),
      ),
    '/usr/bin/who': () => said('neo      console      Nov 22 09:00\nneo      ttys000      Nov 22 09:01\n'),
    '/usr/bin/id': () => said('501\n'),
    '/usr/bin/dscl': () => said('UniqueID: 421\nUserShell: /usr/bin/false\n'),
  };

  const startedAt = new Map<number, string>();
  const startChild = async (): Promise<OwnChild> => {
    const child = sim.world.spawn({
      name: 'sleep',
      command: '/bin/sleep 300',
      footprintBytes: 2 ** 20,
      isPlatform: true,
      uid,
    });
    fake.children.push(child.pid);
    startedAt.set(child.pid, new Date(host.clock.wallMs()).toUTCString());
    return {
      pid: child.pid,
      signal: (name) => {
        sim.world.signal(child.pid, name);
      },
      end: async () => {
        sim.world.signal(child.pid, 'SIGKILL');
        sim.advance(1_000);
      },
    };
  };

  const readStarts: ReadStarts = async (pids) => {
    const seen = new Map<number, Seen>();
    for (const pid of pids) {
      const told: Seen = {
        started: startedAt.get(pid) ?? null,
        isStopped: sim.world.processes.get(pid)?.state === 'stopped',
      };
      const found = fake.starts === null ? told : fake.starts(pid, told);
      if (found !== null) seen.set(pid, found);
    }
    return seen;
  };

  const fake: FakeMac = {
    sim,
    stand,
    launchctl,
    tools: new Map(),
    files: new Map(),
    onSleep: () => {},
    children: [],
    signalled: [],
    starts: null,
    token: () => peers.tokenOf(7),
    continueByToken: continueByToken(bindNative(stand)),
    peer: { pid: own.pid, uid, gid: 20 },
    mac: {
      host,
      darwinMajor,
      uid,
      own: { pid: own.pid, executable: helperPath, lastWords: ownWords, cpuMs: () => own.cpuMs },
      place: change.place ?? {
        runDirectory: '/Library/Application Support/Sanctum/Castellan/run',
        owner: { kind: 'root' },
      },
      run: async (program, args) => {
        const other = fake.tools.get(`${program} ${args[0]}`) ?? fake.tools.get(program);
        if (other !== undefined) return typeof other === 'function' ? other(args) : other;
        return answers[program]?.(args) ?? said('', null, `spawn ${program} ENOENT`);
      },
      readStarts,
      startChild,
      testPeer: async (peerOf) => {
        stand.peers.set(7, fake.peer);
        const peer = peerOf(7);
        return peer.ok ? null : peer.detail;
      },
      listen: async () => ({ address: ownPort, close: () => {} }),
      tokenOf: () => fake.token(),
      get continueByToken() {
        return fake.continueByToken;
      },
      lstat: (path) => {
        const seen = fake.files.get(path);
        if (seen === undefined) return null;
        const { uid: owner, gid, mode, kind } = seen;
        return {
          uid: owner,
          gid,
          mode,
          isDirectory: () => kind === 'folder',
          isFile: () => kind === 'file',
          isSymbolicLink: () => kind === 'link',
        };
      },
      sleep: async (ms) => {
        fake.onSleep();
        sim.advance(ms);
      },
    },
  };
  return fake;
};
