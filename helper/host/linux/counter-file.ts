import type { NativeBuffer } from './libc.ts';
import { libc, nativeBuffer } from './libc.ts';
import { openFile, readOpen } from './proc-io.ts';

/**
 * A file of "name value" lines (/proc/meminfo, /proc/vmstat) that is read again and again. Its lines keep their order
 * as long as the kernel runs, so names are looked up once and later reads only count lines and parse wanted numbers.
 */
export interface CounterFile<K extends string> {
  /** Reads the file. 0, or −errno; −1 (as for a file that is empty) when no wanted line was found. */
  read(): number;
  /** Value of the last read, in the file's own unit; null when the file has no such line. */
  get(name: K): number | null;
  close(): void;
}

const newline = 10;
const latin1 = new TextDecoder('latin1');

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= 48 && byte <= 57;

export const openCounterFile = <K extends string>(path: string, names: readonly K[], bytes = 16384): CounterFile<K> => {
  const buffer: NativeBuffer = nativeBuffer(bytes);
  const values = new Float64Array(names.length);
  const present = new Uint8Array(names.length);
  /** Slot of each line in `values`, −1 for a line nobody wants; null until learnt. */
  let slots: Int16Array | null = null;
  let lastWanted = -1;
  let fd = -1;

  const learn = (length: number): void => {
    const lines = latin1.decode(buffer.bytes.subarray(0, length)).split('\n');
    const found = lines.map((line) => names.indexOf((/^[^\s:]+/.exec(line)?.[0] ?? '') as K));
    slots = Int16Array.from(found);
    lastWanted = found.findLastIndex((slot) => slot >= 0);
    present.fill(0);
    for (const slot of found) if (slot >= 0) present[slot] = 1;
  };

  /** Reads on until the wanted lines are in: the kernel hands out vmstat a page at a time. */
  const fill = (): number => {
    let length = readOpen(fd, buffer);
    if (length < 0) return length;
    let lines = 0;
    let counted = 0;
    for (;;) {
      for (; counted < length; counted += 1) if (buffer.bytes[counted] === newline) lines += 1;
      if ((slots !== null && lines > lastWanted) || length >= buffer.bytes.length) return length;
      const more = libc.pread(fd, buffer.address + length, buffer.bytes.length - length, length);
      if (more <= 0) return length;
      length += more;
    }
  };

  /** False when the lines are not those that were learnt. */
  const parse = (length: number, known: Int16Array): boolean => {
    let at = 0;
    for (let line = 0; line <= lastWanted; line += 1) {
      if (at >= length) return false;
      const slot = known[line] as number;
      if (slot >= 0) {
        const name = names[slot] as string;
        for (let i = 0; i < name.length; i += 1) if (buffer.bytes[at + i] !== name.charCodeAt(i)) return false;
        at += name.length;
        while (at < length && !isDigit(buffer.bytes[at]) && buffer.bytes[at] !== newline) at += 1;
        let value = 0;
        let digits = 0;
        for (; isDigit(buffer.bytes[at]) && at < length; at += 1, digits += 1)
          value = value * 10 + (buffer.bytes[at] as number) - 48;
        values[slot] = digits > 0 ? value : Number.NaN;
      }
      while (at < length && buffer.bytes[at] !== newline) at += 1;
      at += 1;
    }
    return true;
  };

  const read = (): number => {
    if (fd < 0) fd = openFile(path);
    if (fd < 0) return fd;
    let length = fill();
    if (length < 0) return length;
    if (slots !== null && parse(length, slots)) return 0;
    slots = null;
    length = fill();
    if (length < 0) return length;
    learn(length);
    return slots !== null && lastWanted >= 0 && parse(length, slots) ? 0 : -1;
  };

  return {
    read,
    get: (name) => {
      const slot = names.indexOf(name);
      if (slot < 0 || present[slot] !== 1) return null;
      const value = values[slot] as number;
      return Number.isFinite(value) ? value : null;
    },
    close: () => {
      if (fd >= 0) libc.close(fd);
      fd = -1;
    },
  };
};
