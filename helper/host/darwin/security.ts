import koffi from 'koffi';
import { nativeMemory } from './native.ts';
import {
  type FrameworkName,
  frameworks,
  type SecurityFunctionName,
  type SecuritySymbolName,
  securityConstants,
  securityFunctions,
  securitySymbols,
} from './security-bindings.ts';

/** CoreFoundation and Security, opened and bound; and the few things every caller does with their objects. */

/** A reference to an object. Not always below 2^53: on Apple silicon small objects live in the reference itself. */
export type Ref = number | bigint;

export interface SecurityFunction {
  (...args: readonly Ref[]): Ref;
  async(...args: readonly unknown[]): void;
}

/** What is needed of a framework: a stand-in in tests has the same. */
export interface Framework {
  func(name: string, result: string, args: string[]): SecurityFunction;
  /** Where a variable lies. */
  symbol(name: string): bigint;
}

export interface SecurityOptions {
  /** Default: koffi's loader. */
  readonly openFramework?: ((path: string) => Framework) | undefined;
}

export interface Security {
  readonly call: Readonly<Record<SecurityFunctionName, SecurityFunction>>;
  readonly symbol: Readonly<Record<SecuritySymbolName, Ref>>;
  /** Carries a call out on a thread of koffi's, for those that read files or ask other processes. */
  later(name: SecurityFunctionName, ...args: readonly Ref[]): Promise<number>;
}

const koffiTypes: Readonly<Record<string, string>> = {
  void: 'void',
  Boolean: 'uint8_t',
  CFIndex: 'int64_t',
  CFNumberType: 'int64_t',
  CFTypeID: 'uint64_t',
  CFStringEncoding: 'uint32_t',
  SecCSFlags: 'uint32_t',
  OSStatus: 'int32_t',
};

/** Every reference and every pointer is passed as an address. */
export const securityType = (c: string): string => {
  const known = koffiTypes[c];
  if (known !== undefined) return known;
  if (c.endsWith('*') || c.endsWith('Ref')) return 'uintptr_t';
  throw new Error(`no type for ${c}`);
};

/** Throws when a framework or a name in it is missing: every macOS from 13 on has them. */
export const openSecurity = ({ openFramework }: SecurityOptions = {}): Security => {
  const open = openFramework ?? ((path: string): Framework => koffi.load(path) as unknown as Framework);
  const opened: Readonly<Record<FrameworkName, Framework>> = {
    CoreFoundation: open(frameworks.CoreFoundation),
    Security: open(frameworks.Security),
  };
  const names = Object.keys(securityFunctions) as SecurityFunctionName[];
  const bind = (name: SecurityFunctionName): SecurityFunction => {
    const { framework, result, args } = securityFunctions[name];
    return opened[framework].func(name, securityType(result), args.map(securityType));
  };
  const call = Object.fromEntries(names.map((name) => [name, bind(name)])) as Security['call'];
  const symbolNames = Object.keys(securitySymbols) as SecuritySymbolName[];
  const look = (name: SecuritySymbolName): Ref => {
    const { framework, kind } = securitySymbols[name];
    const at = opened[framework].symbol(name);
    return kind === 'structure' ? at : (koffi.decode(at, 'uintptr_t') as Ref);
  };
  return {
    call,
    symbol: Object.fromEntries(symbolNames.map((name) => [name, look(name)])) as Security['symbol'],
    later: (name, ...args) =>
      new Promise((resolve, reject) => {
        call[name].async(...args, (error: unknown, result: unknown) => {
          if (error === null) resolve(Number(result));
          else reject(error instanceof Error ? error : new Error(String(error)));
        });
      }),
  };
};

/** The objects one piece of work owns, so that all of them are released whatever becomes of it. */
export interface Owned {
  /** Takes what a Create or Copy function returned. Throws for NULL: CoreFoundation is out of memory. */
  take(ref: Ref): Ref;
  release(): void;
}

export const createOwned = ({ call }: Security): Owned => {
  const refs: Ref[] = [];
  return {
    take: (ref) => {
      if (BigInt(ref) === 0n) throw new Error('CoreFoundation made no object');
      refs.push(ref);
      return ref;
    },
    release: () => {
      for (const ref of refs.splice(0).reverse()) call.CFRelease(ref);
    },
  };
};

/** A function that puts a new object where it is told to; null in `ref`: it failed, with the status. */
export const takeOut = async (
  security: Security,
  owned: Owned,
  name: SecurityFunctionName,
  ...args: readonly Ref[]
): Promise<{ readonly status: number; readonly ref: Ref | null }> => {
  const out = nativeMemory(8);
  const status = await security.later(name, ...args, out.address);
  return status === 0 ? { status, ref: owned.take(out.view.getBigUint64(0, true)) } : { status, ref: null };
};

export const cfString = ({ call }: Security, text: string): Ref => {
  const bytes = new TextEncoder().encode(text);
  // One byte more, because memory of no size has no address.
  const memory = nativeMemory(bytes.length + 1);
  memory.bytes.set(bytes);
  return call.CFStringCreateWithBytes(0, memory.address, bytes.length, securityConstants.kCFStringEncodingUTF8, 0);
};

/** A dictionary with one entry. */
export const cfDictionary = ({ call, symbol }: Security, key: Ref, value: Ref): Ref => {
  const entry = nativeMemory(16);
  entry.view.setBigUint64(0, BigInt(key), true);
  entry.view.setBigUint64(8, BigInt(value), true);
  return call.CFDictionaryCreate(
    0,
    entry.address,
    entry.address + 8,
    1,
    symbol.kCFTypeDictionaryKeyCallBacks,
    symbol.kCFTypeDictionaryValueCallBacks,
  );
};

/** Reads entries of a dictionary, each null when it is missing or of another type. What it gives belongs to the dictionary. */
export const readDictionary = ({ call }: Security, dictionary: Ref) => {
  const find = (key: Ref): Ref | null => {
    const found = call.CFDictionaryGetValue(dictionary, key);
    return BigInt(found) === 0n ? null : found;
  };
  const ofType = (key: Ref, type: SecurityFunctionName): Ref | null => {
    const found = find(key);
    return found !== null && BigInt(call.CFGetTypeID(found)) === BigInt(call[type]()) ? found : null;
  };
  return {
    has: (key: Ref): boolean => find(key) !== null,
    dictionary: (key: Ref): Ref | null => ofType(key, 'CFDictionaryGetTypeID'),
    /** Below 2^53. */
    number: (key: Ref): number | null => {
      const found = ofType(key, 'CFNumberGetTypeID');
      if (found === null) return null;
      const value = nativeMemory(8);
      const isWhole = Number(call.CFNumberGetValue(found, securityConstants.kCFNumberSInt64Type, value.address)) !== 0;
      return isWhole ? Number(value.view.getBigInt64(0, true)) : null;
    },
    /** At most 255 bytes; null for a longer one. */
    text: (key: Ref): string | null => {
      const found = ofType(key, 'CFStringGetTypeID');
      if (found === null) return null;
      const room = nativeMemory(256);
      const { kCFStringEncodingUTF8 } = securityConstants;
      if (Number(call.CFStringGetCString(found, room.address, room.bytes.length, kCFStringEncodingUTF8)) === 0)
        return null;
      return new TextDecoder().decode(room.bytes.subarray(0, room.bytes.indexOf(0)));
    },
    /** Anything that is there and is not plainly false counts as true. */
    isGranted: (key: Ref): boolean => {
      const found = find(key);
      if (found === null) return false;
      const boolean = ofType(key, 'CFBooleanGetTypeID');
      return boolean === null || Number(call.CFBooleanGetValue(boolean)) !== 0;
    },
  };
};
