import { type Failure, failure } from './errors.ts';

/**
 * Framing: 4 bytes of magic, the payload's length as an unsigned 32-bit big-endian number, the payload.
 * The magic begins with 0xFF, which no UTF-8 text contains, and ends with NUL: whatever a process prints by accident on
 * a descriptor that became a Castellan socket (its stdout, say), no log line forms a frame.
 */
export const frameMagic: readonly number[] = [0xff, 0x43, 0x53, 0x00];
export const frameHeaderBytes = 8;

/** Largest payload the keeper accepts, bytes. */
export const limitToKeeper = 64 * 1024;
/** Largest payload a client accepts from the keeper, bytes. */
export const limitFromKeeper = 1024 * 1024;

/** Throws RangeError for a payload above `limit`: the caller decides beforehand what to say instead. */
export const encodeFrame = (payload: Uint8Array, limit: number): Uint8Array => {
  if (payload.length > limit) throw new RangeError(`frame of ${payload.length} bytes, at most ${limit}`);
  const frame = new Uint8Array(frameHeaderBytes + payload.length);
  frame.set(frameMagic);
  new DataView(frame.buffer).setUint32(4, payload.length);
  frame.set(payload, frameHeaderBytes);
  return frame;
};

export interface Decoded {
  /** Whole payloads in order, each a copy of its own. */
  readonly payloads: readonly Uint8Array[];
  /** Set once the stream is broken; every later push gives the same failure and no payloads. */
  readonly failure: Failure | null;
}

export interface Decoder {
  push(bytes: Uint8Array): Decoded;
  /** Bytes held of a frame that is not whole yet: at most header + limit. */
  pendingBytes(): number;
}

/** Incremental decoder; any split of the stream gives the same payloads. Refuses at the first wrong byte. */
export const createDecoder = (limit: number): Decoder => {
  const header = new Uint8Array(frameHeaderBytes);
  let headerHave = 0;
  let body: Uint8Array | null = null;
  let bodyHave = 0;
  let broken: Failure | null = null;

  const takeHeader = (bytes: Uint8Array, from: number): number => {
    let at = from;
    while (headerHave < frameHeaderBytes && at < bytes.length) {
      const byte = bytes[at] ?? 0;
      if (headerHave < frameMagic.length && byte !== frameMagic[headerHave]) {
        broken = failure('bad_frame', `byte ${headerHave} of the header is ${byte}`);
        return at;
      }
      header[headerHave] = byte;
      headerHave += 1;
      at += 1;
    }
    if (headerHave < frameHeaderBytes) return at;
    const length = new DataView(header.buffer).getUint32(4);
    // Judged before a byte is kept: a length alone must not make us allocate.
    if (length > limit) broken = failure('frame_too_large', `${length} bytes, at most ${limit}`);
    else body = new Uint8Array(length);
    return at;
  };

  const push = (bytes: Uint8Array): Decoded => {
    const payloads: Uint8Array[] = [];
    let at = 0;
    while (broken === null && (at < bytes.length || body !== null)) {
      if (body === null) {
        at = takeHeader(bytes, at);
        continue;
      }
      const part = bytes.subarray(at, at + body.length - bodyHave);
      body.set(part, bodyHave);
      bodyHave += part.length;
      at += part.length;
      if (bodyHave < body.length) break;
      payloads.push(body);
      body = null;
      bodyHave = 0;
      headerHave = 0;
    }
    return { payloads, failure: broken };
  };

  return { push, pendingBytes: () => (broken === null ? headerHave + bodyHave : 0) };
};
