import koffi from 'koffi';
import { type FunctionName, functions, libSystemPath } from './bindings.ts';

/** A native function. Integers beyond 2^53 come back as bigint. */
export interface NativeFunction {
  (...args: readonly (number | string)[]): number | bigint;
  async(...args: readonly unknown[]): void;
}

/** What is needed of a library: a stand-in in tests has the same two things. */
export interface NativeLibrary {
  func(name: string, result: string, args: string[]): NativeFunction;
}

export interface NativeOptions {
  /** Default: koffi's loader. */
  readonly load?: (path: string) => NativeLibrary;
  /** `errno` of the call before; default: koffi's. */
  readonly errno?: () => number;
}

/** Memory that both sides see. Its address is taken once: an ArrayBuffer's memory does not move. */
export interface NativeMemory {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly address: number;
}

export interface Native {
  readonly call: Readonly<Record<FunctionName, NativeFunction>>;
  errno(): number;
}

export const nativeMemory = (size: number): NativeMemory => {
  const memory = new ArrayBuffer(size);
  return { bytes: new Uint8Array(memory), view: new DataView(memory), address: Number(koffi.address(memory)) };
};

/** C types whose koffi name differs. Every pointer is passed as an address, which allocates nothing. */
const koffiTypes: Readonly<Record<string, string>> = {
  pid_t: 'int32_t',
  uid_t: 'uint32_t',
  kern_return_t: 'int',
  mach_port_t: 'uint32_t',
  host_t: 'uint32_t',
  host_flavor_t: 'int',
  host_info64_t: 'uintptr_t',
  mach_timebase_info_t: 'uintptr_t',
  'const char *': 'const char *',
};

export const koffiType = (c: string): string => koffiTypes[c] ?? (c.endsWith('*') ? 'uintptr_t' : c);

const names = Object.keys(functions) as FunctionName[];

/** Throws when a function is missing: without libSystem there is no host, and nothing to degrade to. */
export const bindNative = (options: NativeOptions = {}): Native => {
  const load = options.load ?? ((path: string): NativeLibrary => koffi.load(path) as unknown as NativeLibrary);
  const library = load(libSystemPath);
  const bind = (name: FunctionName): NativeFunction => {
    const { result, args } = functions[name];
    return library.func(name, koffiType(result), args.map(koffiType));
  };
  const call = Object.fromEntries(names.map((name) => [name, bind(name)])) as Record<FunctionName, NativeFunction>;
  return { call, errno: options.errno ?? (() => koffi.errno()) };
};
