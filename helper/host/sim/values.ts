import { parseQuantity, type Read } from '../../config/units.ts';

/** Values of `castellan sim set`: the units of castellan.toml, and names that may contain spaces. */

export const readSize = (text: string): Read<number> => parseQuantity('size', text.trim());

/** A size, or null for `auto`. */
export const readSizeOrAuto = (text: string): Read<number | null> =>
  text.trim() === 'auto' ? { ok: true, value: null } : readSize(text);

interface Named {
  readonly name: string;
  readonly bytes: number;
}

/** `NAME SIZE` or `NAME SIZE/s`. */
export const readNamed = (kind: 'size' | 'rate', text: string): Read<Named> => {
  const [, name, quantity] = /^(.*\S)\s+(\d[\d.]*\s*\S+)$/.exec(text.trim()) ?? [];
  if (name === undefined || quantity === undefined)
    return {
      ok: false,
      message: `"${text.trim()}" is not a name and a ${kind}.`,
      fix: `Write a process and a ${kind}, like "Codestral ${kind === 'size' ? '13 GB' : '200 MB/s'}".`,
    };
  const read = parseQuantity(kind, quantity);
  return read.ok ? { ok: true, value: { name, bytes: read.value } } : read;
};

/** `NAME SIZE` or `NAME SIZE in 20 s`; 0 seconds: at once. */
export const readChange = (text: string): Read<Named & { readonly seconds: number }> => {
  const [, head, time] = /^(.*?)(?:\s+in\s+(\d[\d.]*\s*(?:s|min|ms)))?$/.exec(text.trim()) ?? [];
  const named = readNamed('size', head ?? '');
  if (!named.ok || time === undefined) return named.ok ? { ok: true, value: { ...named.value, seconds: 0 } } : named;
  const duration = parseQuantity('duration', time);
  return duration.ok ? { ok: true, value: { ...named.value, seconds: duration.value / 1000 } } : duration;
};
