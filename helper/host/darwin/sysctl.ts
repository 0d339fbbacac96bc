import { errnoText } from './errors.ts';
import type { Answer } from './machine.ts';
import { type Native, nativeMemory } from './native.ts';

export interface Sysctl {
  /** Fills `to` and returns the bytes written; the value must have exactly `size` bytes where one is given. */
  bytes(name: string, size?: number): Answer<DataView>;
  /** Integers of 4 or 8 bytes: several changed their width between releases. */
  number(name: string): Answer<number>;
  text(name: string): Answer<string>;
  /** Sets an integer, in the width it is read in. Null: done; else the errno. */
  set(name: string, value: number): number | null;
}

const valueBytes = 256;
const ENOENT = 2;
const EINVAL = 22;

export const createSysctl = (native: Native): Sysctl => {
  const value = nativeMemory(valueBytes);
  const length = nativeMemory(8);

  const bytes = (name: string, size?: number): Answer<DataView> => {
    length.view.setBigUint64(0, BigInt(valueBytes), true);
    if (native.call.sysctlbyname(name, value.address, length.address, 0, 0) !== 0) {
      const errno = native.errno();
      // ENOENT: this release has no such name.
      return {
        ok: false,
        problem: errno === ENOENT ? 'unavailable' : 'refused',
        detail: `${name}: ${errnoText(errno)}`,
      };
    }
    const written = Number(length.view.getBigUint64(0, true));
    if (written > valueBytes || (size !== undefined && written !== size))
      return { ok: false, problem: 'implausible', detail: `${name}: ${written} bytes` };
    return { ok: true, value: new DataView(value.view.buffer, 0, written) };
  };

  const set = (name: string, number: number): number | null => {
    const read = bytes(name);
    if (!read.ok) return read.problem === 'unavailable' ? ENOENT : EINVAL;
    const { byteLength } = read.value;
    if (byteLength !== 4 && byteLength !== 8) return EINVAL;
    if (byteLength === 4) value.view.setInt32(0, number, true);
    else value.view.setBigUint64(0, BigInt(number), true);
    return native.call.sysctlbyname(name, 0, 0, value.address, byteLength) === 0 ? null : native.errno();
  };

  return {
    bytes,
    set,
    number: (name) => {
      const read = bytes(name);
      if (!read.ok) return read;
      const { byteLength } = read.value;
      if (byteLength === 4) return { ok: true, value: read.value.getInt32(0, true) };
      if (byteLength === 8) return { ok: true, value: Number(read.value.getBigUint64(0, true)) };
      return { ok: false, problem: 'implausible', detail: `${name}: ${byteLength} bytes are no integer` };
    },
    text: (name) => {
      const read = bytes(name);
      if (!read.ok) return read;
      const raw = new Uint8Array(read.value.buffer, 0, read.value.byteLength);
      const end = raw.indexOf(0);
      return { ok: true, value: new TextDecoder().decode(end < 0 ? raw : raw.subarray(0, end)) };
    },
  };
};
