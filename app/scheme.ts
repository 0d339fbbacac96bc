import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Protocol } from 'electron';

/** `castellan://app/`: a fixed list of files, so that no path of a request ever reaches the file system. */

export const scheme = 'castellan';
export const pageUrl = 'castellan://app/index.html';

const files: Readonly<Record<string, string>> = {
  'index.html': 'text/html; charset=utf-8',
  'main.js': 'text/javascript; charset=utf-8',
  'chunk.js': 'text/javascript; charset=utf-8',
  'open.js': 'text/javascript; charset=utf-8',
  'style.css': 'text/css; charset=utf-8',
  'inter.woff2': 'font/woff2',
};

export const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const headersFor = (type: string): Record<string, string> => ({
  'content-type': type,
  'content-security-policy': contentSecurityPolicy,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
});

/** The file a URL names, or null for anything that is not on the list. */
export const fileFor = (url: string): { readonly name: string; readonly type: string } | null => {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    return null;
  }
  if (parsed.protocol !== `${scheme}:` || parsed.host !== 'app') return null;
  const name = parsed.pathname.slice(1);
  const type = Object.hasOwn(files, name) ? files[name] : undefined;
  return type === undefined ? null : { name, type };
};

/** Called before `ready`: a standard scheme has an origin, a secure one is treated as https. */
export const registerScheme = (protocol: Protocol): void => {
  protocol.registerSchemesAsPrivileged([{ scheme, privileges: { standard: true, secure: true } }]);
};

/** Called after `ready`, for the session the popover lives in. */
export const serveScheme = (protocol: Protocol, folder: string): void => {
  protocol.handle(scheme, async ({ method, url }) => {
    const file = method === 'GET' ? fileFor(url) : null;
    if (file === null) return new Response('Not found', { status: 404, headers: headersFor('text/plain') });
    return new Response(await readFile(join(folder, file.name)), { headers: headersFor(file.type) });
  });
};
