/**
 * What a Mach-O file for one processor says of itself (mach-o/loader.h): enough to see what was built without a Mac. Only
 * 64 bits and little-endian, which is all that Apple silicon runs.
 */

export interface Section {
  readonly name: string;
  readonly offset: number;
  readonly bytes: number;
}

export interface Segment {
  readonly name: string;
  /** In the file. */
  readonly offset: number;
  readonly bytes: number;
  readonly sections: readonly Section[];
}

export interface MachO {
  readonly architecture: 'arm64' | 'x86_64' | 'other';
  readonly kind: 'executable' | 'library' | 'bundle' | 'other';
  readonly segments: readonly Segment[];
  /** "13.5"; null where no LC_BUILD_VERSION says so. */
  readonly minimumSystem: string | null;
  /** Whether the platform of LC_BUILD_VERSION is macOS. */
  readonly isMacOs: boolean;
  /** Whether an LC_CODE_SIGNATURE points into the file. */
  readonly hasSignature: boolean;
  /** Paths of libraries it is linked with. */
  readonly libraries: readonly string[];
}

export type MachORead = { readonly ok: true; readonly file: MachO } | { readonly ok: false; readonly problem: string };

const magic64 = 0xfeedfacf;
const universalMagic = 0xcafebabe;
const headerBytes = 32;
const segmentCommand = 0x19;
const segmentBytes = 72;
const sectionBytes = 80;
const codeSignatureCommand = 0x1d;
const buildVersionCommand = 0x32;
/** LC_LOAD_DYLIB, and its weak, re-exporting, lazy and upward kinds. */
const loadCommands: ReadonlySet<number> = new Set([0xc, 0x80000018, 0x8000001f, 0x20, 0x80000023]);
const macOs = 1;

const architectures: Readonly<Record<number, MachO['architecture']>> = { 16777228: 'arm64', 16777223: 'x86_64' };
const kinds: Readonly<Record<number, MachO['kind']>> = { 2: 'executable', 6: 'library', 8: 'bundle' };

const textAt = (bytes: Buffer, from: number, to: number): string =>
  bytes.toString('latin1', from, to).replace(/\0.*$/s, '');

/** 0x000d0500 is 13.5, 0x000d0501 is 13.5.1. */
const versionOf = (packed: number): string => {
  const patch = packed & 0xff;
  return `${packed >>> 16}.${(packed >>> 8) & 0xff}${patch === 0 ? '' : `.${patch}`}`;
};

const segmentAt = (bytes: Buffer, at: number, size: number): Segment | null => {
  const count = bytes.readUInt32LE(at + 64);
  if (segmentBytes + count * sectionBytes > size) return null;
  const sections = Array.from({ length: count }, (_, index): Section => {
    const from = at + segmentBytes + index * sectionBytes;
    return {
      name: textAt(bytes, from, from + 16),
      bytes: Number(bytes.readBigUInt64LE(from + 40)),
      offset: bytes.readUInt32LE(from + 48),
    };
  });
  return {
    name: textAt(bytes, at + 8, at + 24),
    offset: Number(bytes.readBigUInt64LE(at + 40)),
    bytes: Number(bytes.readBigUInt64LE(at + 48)),
    sections,
  };
};

/** @param bytes the whole file; what is cut short or lies about its sizes is a problem, never an exception */
export function readMachO(bytes: Buffer): MachORead {
  const bad = (problem: string): MachORead => ({ ok: false, problem });
  if (bytes.length < headerBytes) return bad('it is too short to be a Mach-O file');
  if (bytes.readUInt32BE(0) === universalMagic) return bad('it is for several processors');
  if (bytes.readUInt32LE(0) !== magic64) return bad('it is no 64-bit Mach-O file');
  const commands = bytes.readUInt32LE(16);
  const end = headerBytes + bytes.readUInt32LE(20);
  if (end > bytes.length) return bad('its load commands are cut short');
  const segments: Segment[] = [];
  const libraries: string[] = [];
  let minimumSystem: string | null = null;
  let isMacOs = false;
  let hasSignature = false;
  let at = headerBytes;
  for (let index = 0; index < commands; index += 1) {
    if (at + 8 > end) return bad('its load commands are cut short');
    const command = bytes.readUInt32LE(at);
    const size = bytes.readUInt32LE(at + 4);
    if (size < 8 || at + size > end) return bad(`load command ${index} has no possible size`);
    if (command === segmentCommand) {
      const segment = size < segmentBytes ? null : segmentAt(bytes, at, size);
      if (segment === null) return bad(`segment command ${index} is cut short`);
      if (segment.offset + segment.bytes > bytes.length) return bad(`segment ${segment.name} is cut short`);
      segments.push(segment);
    } else if (command === buildVersionCommand && size >= 24) {
      isMacOs = bytes.readUInt32LE(at + 8) === macOs;
      minimumSystem = versionOf(bytes.readUInt32LE(at + 12));
    } else if (command === codeSignatureCommand) {
      hasSignature = true;
    } else if (loadCommands.has(command) && size > 24) {
      libraries.push(textAt(bytes, at + bytes.readUInt32LE(at + 8), at + size));
    }
    at += size;
  }
  return {
    ok: true,
    file: {
      architecture: architectures[bytes.readUInt32LE(4)] ?? 'other',
      kind: kinds[bytes.readUInt32LE(12)] ?? 'other',
      segments,
      minimumSystem,
      isMacOs,
      hasSignature,
      libraries,
    },
  };
}

/** The section's place; null where there is none. */
export const findSection = ({ segments }: MachO, segment: string, section: string): Section | null =>
  segments.find(({ name }) => name === segment)?.sections.find(({ name }) => name === section) ?? null;
