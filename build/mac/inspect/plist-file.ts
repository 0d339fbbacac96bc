import { readFileSync } from 'node:fs';
import { type PlistValue, parse, parseBinary } from 'plist';

/** A property list in either form: electron-builder writes the binary one. Throws on what is none. */
export function readPlist(file: string): Readonly<Record<string, PlistValue>> {
  const bytes = readFileSync(file);
  const isBinary = bytes.subarray(0, 6).toString('latin1') === 'bplist';
  return (isBinary ? parseBinary(bytes) : parse(bytes.toString())) as Readonly<Record<string, PlistValue>>;
}
