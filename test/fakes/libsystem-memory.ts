import koffi from 'koffi';
import type { StructLayout } from '../../helper/host/darwin/layouts.ts';

/** The caller's memory, as a stand-in libSystem reads and fills it: by address, in Apple's layouts. */

export const write = (address: number, bytes: Uint8Array): void => {
  koffi.encode(BigInt(address), koffi.array('uint8_t', bytes.length), bytes);
};
export const read = (address: number, size: number): DataView => {
  const bytes: Uint8Array = koffi.decode(BigInt(address), koffi.array('uint8_t', size, 'Typed'));
  return new DataView(Uint8Array.from(bytes).buffer);
};

export const fill = (layout: StructLayout, values: Readonly<Record<string, number | string>>): Uint8Array => {
  const view = new DataView(new ArrayBuffer(layout.size));
  for (const [name, value] of Object.entries(values)) {
    const [offset, size] = layout.fields[name] ?? [0, 0];
    if (typeof value === 'string')
      new Uint8Array(view.buffer, offset, size).set(new TextEncoder().encode(value).subarray(0, size));
    else if (size === 8) view.setBigUint64(offset, BigInt(Math.round(value)), true);
    else if (size === 2) view.setUint16(offset, value, true);
    else view.setUint32(offset, value >>> 0, true);
  }
  return new Uint8Array(view.buffer);
};

export const u32Bytes = (value: number): Uint8Array => new Uint8Array(new Uint32Array([value]).buffer);
export const u64Bytes = (value: number): Uint8Array => new Uint8Array(new BigUint64Array([BigInt(value)]).buffer);
export const textBytes = (text: string): Uint8Array => new TextEncoder().encode(`${text}\0`);
