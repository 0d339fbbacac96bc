import type { ApiErrorCode } from './errors.ts';

/** What the headers say of a request: whether it may be served at all, and what comes with it. */

export type Looked =
  | { readonly ok: true; readonly bodyBytes: number; readonly authorization: string | null }
  | { readonly ok: false; readonly code: ApiErrorCode };

/**
 * `hosts` are the exact values Host may have: a page whose name was rebound to 127.0.0.1 has another. A browser names the
 * page in Origin or Referer, or says in Sec-Fetch-Site that there is one; only what the operator typed into its address
 * bar is `none` (www.w3.org/TR/fetch-metadata). `bodyBytes` is infinite when the length is not said.
 */
export const look = (rawHeaders: readonly string[], hosts: ReadonlySet<string>): Looked => {
  let hostCount = 0;
  let isOurs = false;
  let bodyBytes = 0;
  let authorization: string | null = null;
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]?.toLowerCase();
    const value = rawHeaders[at + 1] ?? '';
    if (name === 'host') {
      hostCount += 1;
      isOurs = hosts.has(value);
    } else if (name === 'origin' || name === 'referer') return { ok: false, code: 'cross_site' };
    else if (name === 'sec-fetch-site') {
      if (value !== 'none') return { ok: false, code: 'cross_site' };
    } else if (name === 'content-length') bodyBytes = Math.max(bodyBytes, Number(value));
    else if (name === 'transfer-encoding') bodyBytes = Number.POSITIVE_INFINITY;
    else if (name === 'authorization') authorization = value;
    else if (name === 'upgrade') return { ok: false, code: 'bad_request' };
  }
  if (hostCount !== 1 || !isOurs) return { ok: false, code: 'wrong_host' };
  return { ok: true, bodyBytes, authorization };
};

export interface Target {
  /** Decoded parts of the path: "/ensure-loaded/Codestral" has two. */
  readonly parts: readonly string[];
  readonly query: URLSearchParams;
}

/** Longer than any path of ours. */
const mostCharacters = 512;

/** What may stand in a target (RFC 9112, 3.2): it is ASCII, and has no fragment. */
const target = /^\/[!-"$-~]*$/;

/** Null: not a plain path. Nothing is normalised: what another reading would turn into another path is refused. */
export const readTarget = (url: string): Target | null => {
  if (url.length > mostCharacters || !target.test(url)) return null;
  const mark = url.indexOf('?');
  const path = mark < 0 ? url : url.slice(0, mark);
  const parts: string[] = [];
  for (const part of path.slice(1).split('/')) {
    const decoded = decode(part);
    if (decoded === null || !isPlain(decoded)) return null;
    parts.push(decoded);
  }
  return { parts, query: new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1)) };
};

const decode = (part: string): string | null => {
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
};

/** No empty part, no dots alone, nothing that separates or cannot be printed. */
const isPlain = (part: string): boolean => {
  if (part === '' || part === '.' || part === '..' || part.includes('/') || part.includes('\\')) return false;
  for (let at = 0; at < part.length; at += 1) {
    const code = part.charCodeAt(at);
    if (code < 0x20 || code === 0x7f) return false;
  }
  return true;
};
