import koffi from 'koffi';
import {
  type FunctionBinding,
  type FunctionName,
  functions,
  libSystemPath,
  type OptionalFunctionName,
} from './bindings.ts';

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
  /** Null: this release does not have it. */
  readonly optional: Readonly<Record<OptionalFunctionName, NativeFunction | null>>;
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

const names = Object.keys(functions) as (keyof typeof functions)[];

const isOptional = (name: keyof typeof functions): name is OptionalFunctionName => {
  const binding: FunctionBinding = functions[name];
  return binding.optional === true;
};

/** Throws when a function is missing that every release has: without libSystem there is no host. */
export const bindNative = (options: NativeOptions = {}): Native => {
  const load = options.load ?? ((path: string): NativeLibrary => koffi.load(path) as unknown as NativeLibrary);
  const library = load(libSystemPath);
  const bind = (name: keyof typeof functions): NativeFunction => {
    const { result, args } = functions[name];
    return library.func(name, koffiType(result), args.map(koffiType));
  };
  const tryBind = (name: OptionalFunctionName): NativeFunction | null => {
    try {
      return bind(name);
    } catch {
      return null;
    }
  };
  const required = names.filter((name): name is FunctionName => !isOptional(name));
  return {
    call: Object.fromEntries(required.map((name) => [name, bind(name)])) as Record<FunctionName, NativeFunction>,
    optional: Object.fromEntries(names.filter(isOptional).map((name) => [name, tryBind(name)])) as Record<
      OptionalFunctionName,
      NativeFunction | null
    >,
    errno: options.errno ?? (() => koffi.errno()),
  };
};
