import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import koffi from 'koffi';
import { ensureZig, findZig, runZig, type Zig } from '../../build/fetch/zig.ts';
import { keyOf } from '../../build/outputs/fresh.ts';
import { createPeers, type Peers } from '../../helper/host/darwin/peer.ts';
import { type Framework, openSecurity, type Security } from '../../helper/host/darwin/security.ts';
import { securityConstants } from '../../helper/host/darwin/security-bindings.ts';

/** macOS's answers about sockets and signatures, for real processes of this machine; compiled when first asked for. */

const root = path.resolve(import.meta.dirname, '../..');
const fakes = import.meta.dirname;
const sources = [
  ...['peer-security.c', 'peer-objects.c', 'peer-objects.h'],
  ...['peer-kernel.c', 'peer-kernel.h', 'peer-puppet.c'],
] as const;

export interface Built {
  readonly library: string;
  /** To be preloaded into what connects. */
  readonly preload: string;
  readonly puppet: string;
}

const inFakes = (name: string): string => path.join(fakes, name);

const compile = (zig: Extract<Zig, { kind: 'found' }>, folder: string): string | null => {
  const shared = ['-shared', '-fPIC', '-lpthread', '-ldl'];
  const warnings = ['-O1', '-std=gnu11', '-Wall', '-Wextra', '-Werror', '-Wno-unused-function'];
  const builds: readonly (readonly string[])[] = [
    [
      ...[...shared, '-o', path.join(folder, 'security.so')],
      ...[inFakes('peer-security.c'), inFakes('peer-objects.c'), inFakes('peer-kernel.c')],
    ],
    [...shared, '-DPRELOADED', '-o', path.join(folder, 'preload.so'), inFakes('peer-kernel.c')],
    ['-o', path.join(folder, 'puppet'), inFakes('peer-puppet.c')],
  ];
  for (const args of builds) {
    // The glibc of Debian 12, whatever this machine's kernel makes zig think of.
    const run = runZig(zig, ['cc', '-target', 'x86_64-linux-gnu.2.31', ...warnings, ...args]);
    if (!run.ok) return run.output;
  }
  return null;
};

/** Where there is no compiler to be had, why; what does not compile throws. */
export const buildPeerWorld = async (): Promise<Built | { readonly missing: string }> => {
  const found = findZig();
  const zig = found.kind === 'found' ? found : await ensureZig(() => {});
  if (zig.kind === 'missing') return { missing: zig.reason };
  const key = keyOf([zig.executable, ...sources.map((name) => readFileSync(inFakes(name), 'utf8'))]);
  const folder = path.join(root, '.cache', `peer-world-${key.slice(0, 16)}`);
  if (!existsSync(folder)) {
    const making = mkdtempSync(path.join(root, '.cache', 'peer-world-making-'));
    const wrong = compile(zig, making);
    if (wrong !== null) throw new Error(wrong);
    try {
      renameSync(making, folder);
    } catch {
      // Another test made it at the same time.
      rmSync(making, { recursive: true, force: true });
    }
  }
  const at = (name: string): string => path.join(folder, name);
  return { library: at('security.so'), preload: at('preload.so'), puppet: at('puppet') };
};

export interface Signed {
  readonly identifier: string;
  readonly team: string;
  readonly isDeveloperId: boolean;
  /** CFBundleVersion; empty: it has no Info.plist. */
  readonly build: string;
  readonly flags: number;
  readonly status: number;
  readonly entitlement: string;
  readonly hasOddEntitlements: boolean;
  /** What a check of the file says. */
  readonly staticError: number;
}

const c = securityConstants;
export const hardened: Signed = {
  identifier: 'com.sanctum.castellan.app',
  team: 'ABCDE12345',
  isDeveloperId: true,
  build: '7',
  flags: c.kSecCodeSignatureRuntime,
  status: c.kSecCodeStatusValid | c.kSecCodeStatusHard | c.kSecCodeStatusKill,
  entitlement: 'com.apple.security.cs.allow-jit',
  hasOddEntitlements: false,
  staticError: 0,
};

export interface PeerWorld {
  readonly peers: Peers;
  readonly security: Security;
  readonly preload: string;
  /** Environment of what connects. */
  readonly env: Readonly<Record<string, string>>;
  /** Makes a program of that name, signed like this; null: not signed. Gives its path. */
  program(name: string, signed: Partial<Signed> | null): string;
  sign(file: string, signed: Partial<Signed>): void;
  /** Every check takes so long. */
  delay(ms: number): void;
  /** Every check of this one takes so long. */
  delayOf(file: string, ms: number): void;
  living(): number;
  faults(): number;
  mostChecking(): number;
}

/** @param folder of the test; programs lie in it */
export const openPeerWorld = (built: Built, folder: string): PeerWorld => {
  const library = koffi.load(built.library);
  const owners = path.join(folder, 'last-owners');
  mkdirSync(owners);
  // LD_PRELOAD is a list whose names a space ends (ld.so(8)), and where this lies there may be one.
  const preload = path.join(folder, 'preload.so');
  copyFileSync(built.preload, preload);
  library.func('standin_last_owners', 'void', ['const char *'])(owners);
  const standinSign = library.func('standin_sign', 'bool', [
    ...['const char *', 'const char *', 'const char *', 'bool', 'const char *'],
    ...['uint32_t', 'uint32_t', 'const char *', 'bool', 'int32_t'],
  ]);
  const getsockopt = library.func('standin_peer_getsockopt', 'int', ['int', 'int', 'int', 'uintptr_t', 'uintptr_t']);
  const count = (name: string): (() => number) => library.func(name, 'int', []);
  const sign: PeerWorld['sign'] = (file, signed) => {
    const s = { ...hardened, ...signed };
    standinSign(
      ...[file, s.identifier, s.team, s.isDeveloperId, s.build],
      ...[s.flags, s.status, s.entitlement, s.hasOddEntitlements, s.staticError],
    );
  };
  const delayOf = library.func('standin_delay_of', 'bool', ['const char *', 'int']);
  const delay = library.func('standin_security_delay', 'void', ['int']);
  delay(0);
  return {
    peers: createPeers({ call: { getsockopt }, errno: () => koffi.errno() }),
    security: openSecurity({ openFramework: () => library as unknown as Framework }),
    preload,
    env: { LD_PRELOAD: preload, STANDIN_LAST_OWNERS: owners },
    program: (name, signed) => {
      const file = path.join(folder, name);
      copyFileSync(built.puppet, file);
      if (signed !== null) sign(file, signed);
      return file;
    },
    sign,
    delay,
    delayOf: (file, ms) => {
      if (delayOf(file, ms) !== true) throw new Error(`${file} is not signed`);
    },
    living: count('standin_cf_living'),
    faults: count('standin_cf_faults'),
    mostChecking: count('standin_most_checking'),
  };
};
