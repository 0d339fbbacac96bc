/** A Mach-O file of a few kilobytes that nothing could run: what packaging tools and parsers look at, and no code. */

export interface StubMachO {
  readonly kind?: 'executable' | 'library';
  /** Bytes in its one segment, such as a wire of fuses. */
  readonly data?: Buffer;
  /** Of LC_BUILD_VERSION: 0x000d0000 is 13.0. */
  readonly minimumSystem?: number;
  readonly isSigned?: boolean;
  /** Paths of libraries it is linked with. */
  readonly libraries?: readonly string[];
}

const headerBytes = 32;
const segmentBytes = 72;
const buildVersionBytes = 24;
const signatureBytes = 16;
const dataOffset = 4096;

/** LC_LOAD_DYLIB with its path behind it, padded to eight bytes. */
const loadCommand = (library: string): Buffer => {
  const bytes = Buffer.alloc(24 + Math.ceil((library.length + 1) / 8) * 8);
  for (const [index, word] of [0xc, bytes.length, 24].entries()) bytes.writeUInt32LE(word, index * 4);
  bytes.write(library, 24, 'latin1');
  return bytes;
};

/** For arm64, after mach-o/loader.h. */
export function stubMachO(options: StubMachO = {}): Buffer {
  const { kind = 'executable', data = Buffer.alloc(0), minimumSystem = 0x000d0000, isSigned = false } = options;
  const loads = Buffer.concat((options.libraries ?? []).map(loadCommand));
  const bytes = Buffer.alloc(dataOffset + data.length);
  const commandBytes = segmentBytes + buildVersionBytes + (isSigned ? signatureBytes : 0) + loads.length;
  const commands = 2 + (isSigned ? 1 : 0) + (options.libraries ?? []).length;
  const words = [0xfeedfacf, 0x0100000c, 0, kind === 'executable' ? 2 : 6, commands, commandBytes, 0x85, 0];
  for (const [index, word] of words.entries()) bytes.writeUInt32LE(word, index * 4);
  let at = headerBytes;
  bytes.writeUInt32LE(0x19, at);
  bytes.writeUInt32LE(segmentBytes, at + 4);
  bytes.write('__TEXT', at + 8, 'latin1');
  bytes.writeBigUInt64LE(BigInt(bytes.length), at + 32);
  bytes.writeBigUInt64LE(BigInt(bytes.length), at + 48);
  at += segmentBytes;
  bytes.writeUInt32LE(0x32, at);
  bytes.writeUInt32LE(buildVersionBytes, at + 4);
  bytes.writeUInt32LE(1, at + 8);
  bytes.writeUInt32LE(minimumSystem, at + 12);
  bytes.writeUInt32LE(minimumSystem, at + 16);
  at += buildVersionBytes;
  if (isSigned) {
    bytes.writeUInt32LE(0x1d, at);
    bytes.writeUInt32LE(signatureBytes, at + 4);
    bytes.writeUInt32LE(bytes.length, at + 8);
    at += signatureBytes;
  }
  loads.copy(bytes, at);
  data.copy(bytes, dataOffset);
  return bytes;
}
