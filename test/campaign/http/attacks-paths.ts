import { type Attack, attack } from './attack.ts';
import { hostOf, requestOf, type Target } from './target.ts';

/** Another spelling of the same path, or of the method, must not be let through. */
export const pathAttacks = (target: Target): readonly Attack[] => {
  const { cold } = target;
  const host = hostOf(target);
  const last = encodeURIComponent(cold).slice(0, -1);
  const wide = [...cold].map((letter) => String.fromCharCode(letter.charCodeAt(0) + 0xfee0)).join('');
  const utf8 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');
  const paths: readonly string[] = [
    `/ensure-loaded/../load/${cold}`,
    `/status/../ensure-loaded/${cold}`,
    `/ensure-loaded/./${cold}`,
    `/./ensure-loaded/${cold}`,
    `//ensure-loaded/${cold}`,
    `///ensure-loaded//${cold}`,
    `/ensure-loaded//${cold}`,
    `/ensure-loaded/${cold}/`,
    `/ensure-loaded/${cold}/..`,
    `/ensure-loaded/x/../${cold}`,
    `/ensure-loaded/%2e%2e/ensure-loaded/${cold}`,
    `/ensure-loaded%2f${cold}`,
    `/ensure-loaded/%2f${cold}`,
    `/ensure-loaded/${cold}%2f`,
    `/ensure-loaded/..%2f${cold}`,
    `/ensure-loaded/${cold}%00`,
    `/ensure-loaded/${cold}%00.txt`,
    `/ensure-loaded/${cold}\0`,
    `/ensure-loaded/\0${cold}`,
    `/ensure-loaded/${cold}%0d%0aX:%20y`,
    `/ensure-loaded/${cold}%20`,
    `/ensure-loaded/%20${cold}`,
    `/ensure-loaded/${cold}\t`,
    `\\ensure-loaded\\${cold}`,
    `/ensure-loaded\\${cold}`,
    `/ensure-loaded/%5c${cold}`,
    `/Ensure-Loaded/${cold}`,
    `/ENSURE-LOADED/${cold.toUpperCase()}`,
    `/ensure-loaded/${cold.toLowerCase()}_`,
    `/ensure-loaded/${cold};a=b`,
    `/ensure-loaded;a=b/${cold}`,
    `/ensure-loaded/${cold},${cold}`,
    `/ensure-loaded/${cold}*`,
    '/ensure-loaded/*',
    '/ensure-loaded/',
    '/ensure-loaded',
    `/ensure-loaded/${last}%25${cold.slice(-1)}`,
    `/ensure-loaded/%2543${cold.slice(1)}`,
    '/ensure-loaded/%',
    '/ensure-loaded/%z',
    '/ensure-loaded/%zz',
    '/ensure-loaded/%c0%ae%c0%ae',
    '/ensure-loaded/%ff%fe',
    '/ensure-loaded/%ed%a0%80',
    `/ensure-loaded/${cold}#x`,
    `/ensure-loaded/${cold}?#x`,
    `/ensure-loaded/${cold}?\xe9`,
    `/ensure-loaded/${utf8(wide)}`,
    `/ensure-loaded/${encodeURIComponent(wide)}`,
    `/ensure-loaded/${encodeURIComponent(`${cold}\u200b`)}`,
    `/ensure-loaded/${encodeURIComponent(`\u202e${cold}`)}`,
    '/ensure-loaded/__proto__',
    '/ensure-loaded/constructor',
    '/ensure-loaded/toString',
    '/ensure-loaded/com.sanctum.castellan',
    '/../../etc/passwd',
    '/%2e%2e/%2e%2e/etc/passwd',
    '/status/../../etc/passwd',
    `/unload/${cold}`,
    '*',
    '',
    'x',
    '?',
    `ensure-loaded/${cold}`,
    `http://evil.example/ensure-loaded/${cold}`,
    `http://evil.example:80@${host}/ensure-loaded/${cold}`,
    `https://${host}/ensure-loaded/${cold}`,
    `http:///ensure-loaded/${cold}`,
    `file:///ensure-loaded/${cold}`,
    `//evil.example/ensure-loaded/${cold}`,
  ];
  const methods = ['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'HEAD', 'PROPFIND', 'PURGE', 'M-SEARCH', 'QUERY'];
  const words = ['post', 'Post', 'XPOST', 'POSTPOST', 'P\0ST', '', 'GET\tX'];
  const override = ['X-HTTP-Method-Override: POST', 'X-Method-Override: POST', 'X-HTTP-Method: POST'];
  return [
    ...paths.map((path) => attack(`POST ${path}`, requestOf(target, 'POST', path))),
    ...methods.map((method) =>
      attack(`${method} instead of POST`, requestOf(target, method, `/ensure-loaded/${cold}`)),
    ),
    ...words.map((word) =>
      attack(`the method ${JSON.stringify(word)}`, requestOf(target, word, `/ensure-loaded/${cold}`)),
    ),
    attack('CONNECT to the seat', requestOf(target, 'CONNECT', host)),
    attack('CONNECT elsewhere', requestOf(target, 'CONNECT', 'evil.example:443')),
    ...['/load/', '/release/'].flatMap((verb) => [
      attack(`GET ${verb}`, requestOf(target, 'GET', `${verb}${cold}`)),
      attack(`GET ${verb} overridden`, requestOf(target, 'GET', `${verb}${cold}`, override)),
      attack(`GET ${verb} by query`, requestOf(target, 'GET', `${verb}${cold}?_method=POST`)),
    ]),
    ...['/status', '/services', '/explain', '/healthz', '/metrics'].flatMap((path) => [
      attack(`POST ${path}`, requestOf(target, 'POST', path)),
      attack(`DELETE ${path}`, requestOf(target, 'DELETE', path)),
    ]),
    attack('a path of 60,000 dots', requestOf(target, 'POST', `/ensure-loaded/${'../'.repeat(20_000)}${cold}`)),
  ];
};
