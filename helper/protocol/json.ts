import { type Failure, failure } from './errors.ts';
import { encodeFrame } from './frame.ts';

/** Deepest nesting of arrays and objects a frame may have. The deepest message we send has 7 levels. */
export const depthLimit = 16;

/** Keys that reach a prototype when a careless merge copies them. */
const forbiddenKeys: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

export type Parsed = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly failure: Failure };

const bad = (detail: string): Parsed => ({ ok: false, failure: failure('bad_json', detail) });

const quote = 0x22;
const backslash = 0x5c;
const isOpening = (byte: number): boolean => byte === 0x5b || byte === 0x7b;
const isClosing = (byte: number): boolean => byte === 0x5d || byte === 0x7d;

/**
 * True when the text opens more than `limit` levels. Looks at bytes only: in UTF-8 the bytes of `[ ] { } " \` occur
 * nowhere else. Runs before JSON.parse, whose recursion is the very thing to be protected.
 */
const isTooDeep = (bytes: Uint8Array, limit: number): boolean => {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (inString) {
      if (byte === backslash) at += 1;
      else if (byte === quote) inString = false;
    } else if (byte === quote) inString = true;
    else if (isOpening(byte)) {
      depth += 1;
      if (depth > limit) return true;
    } else if (isClosing(byte)) depth -= 1;
  }
  return false;
};

/** JSON.parse makes `__proto__` an own property, so that walking the value sees every key, escaped or not. */
const forbiddenKeyIn = (value: unknown): string | null => {
  if (typeof value !== 'object' || value === null) return null;
  for (const [key, inner] of Object.entries(value)) {
    if (forbiddenKeys.has(key) && !Array.isArray(value)) return key;
    const found = forbiddenKeyIn(inner);
    if (found !== null) return found;
  }
  return null;
};

/** Without one of these in the text no key can be a forbidden one, and the walk is saved. */
const mayForbid = /proto|constructor|\\u/;

/** ignoreBOM keeps a byte order mark in the text, where JSON.parse refuses it. Nothing is left in it between two frames. */
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Parses a frame's payload: valid UTF-8 without byte order mark, at most 16 levels deep, no forbidden key. Never throws. */
export const parseJson = (bytes: Uint8Array): Parsed => {
  if (isTooDeep(bytes, depthLimit)) return bad(`nested deeper than ${depthLimit} levels`);
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch {
    return bad('not UTF-8');
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return bad('not JSON');
  }
  const key = mayForbid.test(text) ? forbiddenKeyIn(value) : null;
  return key === null ? { ok: true, value } : bad(`key ${key}`);
};

const encoder = new TextEncoder();

/** One message as a whole frame. Throws RangeError above `limit`. */
export const encodeMessage = (message: unknown, limit: number): Uint8Array =>
  encodeFrame(encoder.encode(JSON.stringify(message)), limit);
