import { constants, privateConstants } from './bindings.ts';
import { type Native, type NativeMemory, nativeMemory } from './native.ts';

/** What the kernel holds of the signature of a running process (xnu bsd/kern/kern_proc.c, csops). Null: not known. */
export interface CodeState {
  /** Signed by Apple as a part of macOS. */
  readonly isPlatform: boolean | null;
  /** Entitled to run virtual machines, with either framework. */
  readonly mayRunMachines: boolean | null;
}

const { CS_VALID, CS_DEBUGGED, CS_SIGNED, CS_PLATFORM_BINARY } = privateConstants;

/** An entitlements blob has a magic and its length, both of 32 bits in network order, before its content. */
const headerBytes = 8;
const firstBytes = 16_384;
/** codesign itself refuses entitlements far below this. */
const mostBytes = 2 ** 20;

/**
 * Hypervisor.framework asks for `com.apple.security.hypervisor` (`com.apple.vm.hypervisor` up to 10.15),
 * Virtualization.framework for `com.apple.security.virtualization`; `com.apple.vm.networking` and `.device-access` are for
 * their guests; Apple's own services have `com.apple.private.hypervisor…` and `….virtualization…`.
 * https://developer.apple.com/documentation/hypervisor
 */
const keyPattern =
  'com\\.apple\\.(?:security\\.(?:hypervisor|virtualization)|vm\\.[\\w.-]+|private\\.(?:hypervisor|virtualization)[\\w.-]*)';
const inXml = new RegExp(`<key>\\s*${keyPattern}\\s*</key>\\s*<(\\w+)`, 'g');
const inDer = new RegExp(keyPattern);

const latin1 = new TextDecoder('latin1');

/** Whether one of the entitlements is there and not denied. */
export const namesMachines = (text: string, form: 'xml' | 'der'): boolean =>
  form === 'der' ? inDer.test(text) : [...text.matchAll(inXml)].some(([, value]) => value !== 'false');

export const createCodeState = (native: Native): ((pid: number) => CodeState) => {
  const { csops } = native.call;
  const status = nativeMemory(4);
  let blob: NativeMemory = nativeMemory(firstBytes);

  const flagsOf = (pid: number): number | null =>
    csops(pid, privateConstants.CS_OPS_STATUS, status.address, 4) === 0 ? status.view.getUint32(0, true) : null;

  /** Null: could not be read. A program without entitlements has an empty text. */
  const blobOf = (pid: number, operation: number, magic: number): string | null => {
    for (;;) {
      // Where there is none, newer kernels write nothing at all and say 0.
      blob.bytes.fill(0, 0, headerBytes);
      const isRead = csops(pid, operation, blob.address, blob.bytes.length) === 0;
      const length = blob.view.getUint32(4, false);
      if (isRead) {
        if (length <= headerBytes) return '';
        if (length > blob.bytes.length || blob.view.getUint32(0, false) !== magic) return null;
        return latin1.decode(blob.bytes.subarray(headerBytes, length));
      }
      // Too small: the length it needs is in the header.
      if (native.errno() !== constants.ERANGE || length <= blob.bytes.length || length > mostBytes) return null;
      blob = nativeMemory(length);
    }
  };

  const mayRunMachines = (pid: number, flags: number): boolean | null => {
    if ((flags & (CS_VALID | CS_DEBUGGED)) === 0)
      // What was never signed (Intel only) has no entitlements; what has gone invalid shows them no longer.
      return (flags & CS_SIGNED) === 0 ? false : null;
    const xml = blobOf(pid, privateConstants.CS_OPS_ENTITLEMENTS_BLOB, privateConstants.CSMAGIC_EMBEDDED_ENTITLEMENTS);
    if (xml === null || xml !== '') return xml === null ? null : namesMachines(xml, 'xml');
    // Signed with the binary form only: macOS 12 and later go by that one.
    const der = blobOf(
      pid,
      privateConstants.CS_OPS_DER_ENTITLEMENTS_BLOB,
      privateConstants.CSMAGIC_EMBEDDED_DER_ENTITLEMENTS,
    );
    return der === null ? null : namesMachines(der, 'der');
  };

  return (pid) => {
    const flags = flagsOf(pid);
    return flags === null
      ? { isPlatform: null, mayRunMachines: null }
      : { isPlatform: (flags & CS_PLATFORM_BINARY) !== 0, mayRunMachines: mayRunMachines(pid, flags) };
  };
};
