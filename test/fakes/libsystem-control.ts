import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import koffi from 'koffi';
import { buildStandIn } from './libsystem-build.ts';

/** The functions by which a test fills the tables of the C stand-in and learns what was changed. */
const prototypes = {
  begin: ['void'],
  end: ['void'],
  row: ['bool', 'uintptr_t'],
  remove: ['void', 'int32_t'],
  text: ['bool', 'int32_t', 'int', 'uintptr_t', 'int64_t'],
  no_descriptors: ['void', 'int32_t'],
  descriptor: ['bool', 'int32_t', 'int32_t', 'int32_t', 'int32_t', 'int32_t', 'int32_t', 'int32_t', 'uintptr_t'],
  caller: ['void', 'bool', 'int32_t'],
  no_plans: ['void'],
  plan: ['bool', 'const char *', 'int64_t', 'int32_t'],
  take: ['bool', 'uintptr_t'],
  count: ['double', 'int'],
  usage_version: ['void', 'int32_t'],
  sysctl: ['int', 'const char *', 'uintptr_t', 'int64_t', 'bool'],
  vm: ['void', 'uintptr_t'],
  snapshot_entry_bytes: ['void', 'int32_t'],
  snapshot_machine: ['void', 'double', 'double'],
  pressure: ['int', 'uint32_t'],
  waiting: ['int'],
  queues: ['int'],
  no_accounts: ['void'],
  account: ['bool', 'const char *', 'uint32_t', 'uint32_t', 'const char *'],
  peer: ['bool', 'int32_t', 'int32_t', 'uint32_t', 'uint32_t', 'bool'],
  no_peer: ['void', 'int32_t'],
} as const satisfies Readonly<Record<string, readonly [string, ...string[]]>>;

export type Control = Readonly<
  Record<keyof typeof prototypes, (...args: readonly (number | string | boolean)[]) => number | boolean>
>;

export type StandInLibrary = ReturnType<typeof koffi.load>;

/**
 * Opens a copy of its own: the tables are the library's, and two Macs in one process must not share them. The file has no
 * name any more once it is open.
 */
export const openStandIn = (): { readonly library: StandInLibrary; readonly control: Control } => {
  const folder = mkdtempSync(path.join(tmpdir(), 'libsystem-'));
  try {
    const file = path.join(folder, 'libSystem.so');
    copyFileSync(buildStandIn(), file);
    const library = koffi.load(file);
    const control = Object.fromEntries(
      Object.entries(prototypes).map(([name, [result, ...args]]) => [
        name,
        library.func(`standin_${name}`, result, args) as unknown as Control[keyof Control],
      ]),
    );
    return { library, control: control as Control };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
