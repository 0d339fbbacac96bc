import { type Attack, attack } from './attack.ts';
import { hostOf, requestOf, type Target } from './target.ts';

/** Web pages: a rebound name in Host, and requests that another site makes. */
export const siteAttacks = (target: Target): readonly Attack[] => {
  const host = hostOf(target);
  const { port, cold } = target;
  const withHost = (path: string, ...lines: readonly string[]): string =>
    [`POST ${path} HTTP/1.1`, ...lines, 'Content-Length: 0', '', ''].join('\r\n');
  const hosts: readonly string[] = [
    'evil.example',
    `evil.example:${port}`,
    `${host}.evil.example`,
    `127.0.0.1.nip.example:${port}`,
    `127.0.0.1`,
    `127.0.0.1:${port === 80 ? 81 : 80}`,
    `127.0.0.1:0${port}`,
    `127.0.0.1:${port}0`,
    `127.0.0.2:${port}`,
    `0.0.0.0:${port}`,
    `2130706433:${port}`,
    `0x7f000001:${port}`,
    `127.1:${port}`,
    `0177.0.0.1:${port}`,
    `[::ffff:127.0.0.1]:${port}`,
    `evil@${host}`,
    `${host}@evil.example`,
    `${host}/`,
    `${host},evil.example`,
    `evil.example, ${host}`,
    `${host} evil.example`,
    `${host}\tevil.example`,
    `127.0.0.1.:${port}`,
    `http://${host}`,
    `${host}#`,
    `${host}?`,
    `${host}%00`,
    '',
    '*',
    'null',
  ];
  const path = `/ensure-loaded/${cold}`;
  const pages: readonly (readonly string[])[] = [
    ['Origin: http://evil.example'],
    ['Origin: null'],
    [`Origin: http://${host}`],
    ['Origin: '],
    ['origin: file://'],
    ['Referer: http://evil.example/page'],
    [`Referer: http://${host}/`],
    ['Sec-Fetch-Site: cross-site'],
    ['Sec-Fetch-Site: same-site'],
    ['Sec-Fetch-Site: cross-site', 'Sec-Fetch-Mode: no-cors', 'Content-Type: text/plain'],
    ['Sec-Fetch-Site: CROSS-SITE'],
    ['Sec-Fetch-Site: same-origin', 'Sec-Fetch-Site: cross-site'],
    ['Origin: http://evil.example', 'Content-Type: application/x-www-form-urlencoded'],
    [
      'Origin: http://evil.example',
      'Access-Control-Request-Method: POST',
      'Access-Control-Request-Private-Network: true',
    ],
  ];
  return [
    ...hosts.map((value) => attack(`Host: ${value}`, withHost(path, `Host: ${value}`))),
    attack('no Host', withHost(path)),
    attack('no Host, HTTP/1.0', `POST ${path} HTTP/1.0\r\nContent-Length: 0\r\n\r\n`),
    attack('two Hosts, the good one first', withHost(path, `Host: ${host}`, 'Host: evil.example')),
    attack('two Hosts, the good one last', withHost(path, 'Host: evil.example', `Host: ${host}`)),
    attack('two Hosts, both good', withHost(path, `Host: ${host}`, `Host: ${host}`)),
    attack('X-Forwarded-Host with a bad Host', withHost(path, 'Host: evil.example', `X-Forwarded-Host: ${host}`)),
    ...pages.flatMap((lines) => [
      attack(`POST with ${lines.join(', ')}`, requestOf(target, 'POST', path, lines)),
      attack(`GET with ${lines.join(', ')}`, requestOf(target, 'GET', path, lines)),
      attack(`preflight with ${lines.join(', ')}`, requestOf(target, 'OPTIONS', path, lines)),
      attack(`a read with ${lines.join(', ')}`, requestOf(target, 'GET', '/status', lines)),
    ]),
    ...['/load/', '/release/'].flatMap((verb) => [
      attack(`${verb} without a token`, requestOf(target, 'POST', `${verb}${cold}`)),
      attack(`${verb} with an empty one`, requestOf(target, 'POST', `${verb}${cold}`, ['Authorization: Bearer '])),
      attack(
        `${verb} with a wrong one`,
        requestOf(target, 'POST', `${verb}${cold}`, [`Authorization: Bearer ${'a'.repeat(64)}`]),
      ),
      attack(`${verb} with a token in the query`, requestOf(target, 'POST', `${verb}${cold}?token=${'a'.repeat(64)}`)),
      attack(
        `${verb} with two tokens`,
        requestOf(target, 'POST', `${verb}${cold}`, ['Authorization: Bearer a', 'Authorization: Bearer b']),
      ),
    ]),
  ];
};
