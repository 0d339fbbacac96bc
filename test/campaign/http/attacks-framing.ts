import { type Attack, attack } from './attack.ts';
import { hostOf, requestOf, type Target } from './target.ts';

/**
 * Requests about whose end two readers could disagree. Each carries another one that would start the seat if somebody took
 * it for a request of its own, so an effect is a smuggled request.
 */
export const framingAttacks = (target: Target): readonly Attack[] => {
  const host = `Host: ${hostOf(target)}`;
  const hidden = requestOf(target, 'POST', `/ensure-loaded/${target.cold}`);
  const page = requestOf(target, 'POST', `/ensure-loaded/${target.cold}`, ['Origin: http://evil.example']);
  const post = (lines: readonly string[], body: string): string =>
    ['POST /admit/preview HTTP/1.1', host, 'Content-Type: application/json', ...lines, '', body].join('\r\n');
  const once = { most: 1 } as const;
  const chunk = `${hidden.length.toString(16)}\r\n${hidden}\r\n0\r\n\r\n`;
  const chunked = 'Transfer-Encoding: chunked';
  const both: readonly (readonly [string, readonly string[]])[] = [
    ['CL then TE', ['Content-Length: 4', chunked]],
    ['TE then CL', [chunked, 'Content-Length: 4']],
    ['TE with a space before the colon', ['Content-Length: 4', 'Transfer-Encoding : chunked']],
    ['TE with a tab', ['Content-Length: 4', 'Transfer-Encoding:\tchunked']],
    ['TE with a vertical tab', ['Content-Length: 4', 'Transfer-Encoding: \x0bchunked']],
    ['TE on a folded line', ['Content-Length: 4', 'Transfer-Encoding:\r\n chunked']],
    ['TE behind a folded line', ['X: y\r\n Transfer-Encoding: chunked', 'Content-Length: 4']],
    ['TE xchunked', ['Content-Length: 4', 'Transfer-Encoding: xchunked']],
    ['TE identity', ['Content-Length: 4', 'Transfer-Encoding: identity']],
    ['TE chunked, identity', ['Content-Length: 4', 'Transfer-Encoding: chunked, identity']],
    ['TE twice', [chunked, 'Transfer-Encoding: identity']],
    ['TE in quotes', ['Content-Length: 4', 'Transfer-Encoding: "chunked"']],
    ['TE behind a bare LF', [`X: y\nTransfer-Encoding: chunked`, 'Content-Length: 4']],
    ['TE behind a bare CR', [`X: y\rTransfer-Encoding: chunked`, 'Content-Length: 4']],
    ['TE behind a NUL', [`X: y\0\r\nTransfer-Encoding: chunked`, 'Content-Length: 4']],
  ];
  const lengths: readonly string[] = [
    '4\r\nContent-Length: 5',
    '0\r\nContent-Length: 4',
    '4, 4',
    '4,5',
    '+4',
    '-1',
    '0x4',
    '4 4',
    '4;',
    '1e1',
    '',
    '٤',
    '18446744073709551616',
    '9223372036854775808',
    '99999999999999999999999999',
  ].map((value) => Buffer.from(value, 'utf8').toString('latin1'));
  const sizes: readonly string[] = [
    '0x5',
    '-5',
    '+5',
    ' 5',
    '5 ',
    'fffffffffffffffff',
    '10000000000000005',
    'g',
    '',
    '5\n',
    `5;${'a'.repeat(70_000)}`,
    '5;\n',
  ];
  return [
    ...both.map(([name, lines]) => attack(`smuggled: ${name}`, post(lines, `0\r\n\r\n${hidden}`), 'refused')),
    ...lengths.map((value) =>
      attack(`Content-Length: ${value}`, post([`Content-Length: ${value}`], hidden), 'refused'),
    ),
    ...sizes.map((size) =>
      attack(
        `chunk size ${JSON.stringify(size.slice(0, 20))}`,
        post([chunked], `${size}\r\nhello\r\n0\r\n\r\n${hidden}`),
      ),
    ),
    attack('a chunk without its line end', post([chunked], `5\r\nhello0\r\n\r\n${hidden}`)),
    attack('chunks with bare LF', post([chunked], `5\nhello\n0\n\n${hidden}`)),
    attack('a trailer that is a request', post([chunked], `0\r\n${hidden}`)),
    // These are requests as they should be: what they hide is their body.
    attack('a request in a chunk', post([chunked], chunk), 'refused', once),
    attack('a request in a body', post([`Content-Length: ${hidden.length}`], hidden), 'refused', once),
    attack(
      'a request in the body of a GET',
      requestOf(target, 'GET', '/status', [`Content-Length: ${hidden.length}`]) + hidden,
      'read',
      once,
    ),
    attack(
      'a request in the body of one whose method is refused',
      requestOf(target, 'PUT', '/status', [`Content-Length: ${hidden.length}`]) + hidden,
      'refused',
      once,
    ),
    attack(
      'a request in the body of one that is not found',
      `POST /nowhere HTTP/1.1\r\n${host}\r\nContent-Length: ${hidden.length}\r\n\r\n${hidden}`,
      'refused',
      once,
    ),
    attack(
      'a request in a body that is expected to be asked for',
      post([`Content-Length: ${hidden.length}`, 'Expect: 100-continue'], hidden),
      'refused',
      once,
    ),
    attack('an expectation nobody knows', requestOf(target, 'POST', `/ensure-loaded/${target.cold}`, ['Expect: tea'])),
    ...['websocket', 'h2c', 'TLS/1.0'].map((upgrade) =>
      attack(
        `an upgrade to ${upgrade} with a request behind it`,
        requestOf(target, 'GET', '/status', ['Connection: Upgrade', `Upgrade: ${upgrade}`, 'Origin: x']) +
          hidden.replace('\r\n', '\r\nOrigin: x\r\n'),
      ),
    ),
    attack('bare LF for every line end', hidden.replaceAll('\r\n', '\n')),
    attack('bare CR for every line end', hidden.replaceAll('\r\n', '\r')),
    attack('a bare LF behind the first line', hidden.replace('\r\n', '\n')),
    attack('a folded Host', hidden.replace('Host: ', 'Host:\r\n ')),
    attack('a header without a colon', hidden.replace('\r\n', '\r\nnonsense\r\n')),
    attack('a header without a name', hidden.replace('\r\n', '\r\n: x\r\n')),
    attack('a header with a NUL', hidden.replace('\r\n', '\r\nX: a\0b\r\n')),
    attack('a header name with a space', hidden.replace('\r\n', '\r\nX Y: z\r\n')),
    attack('a space before the first header', hidden.replace('\r\n', '\r\n ')),
    // Two are read as one, which RFC 9112, 3, allows where nobody else reads it: no way around the guard.
    attack('two spaces before the target', page.replace('POST ', 'POST  ')),
    attack('two spaces before the version', page.replace(' HTTP', '  HTTP')),
    attack('a tab in the first line', hidden.replace('POST /', 'POST\t/')),
    ...['HTTP/0.9', 'HTTP/1.2', 'HTTP/2.0', 'HTTP/9.9', 'http/1.1', 'HTTP/1.1.1', 'HTTP/11', 'ICY/1.1', 'HTTP', ''].map(
      (version) => attack(`the version ${version}`, hidden.replace('HTTP/1.1', version)),
    ),
    attack('HTTP/0.9 as it was', `GET /ensure-loaded/${target.cold}\r\n`),
    attack('HTTP/0.9 with headers', `GET /ensure-loaded/${target.cold}?wait;/1.1\r\n${host}\r\n\r\n`),
    attack('a good one behind HTTP/0.9', `GET /status\r\n\r\n${hidden}`, 'refused', once),
    attack('a good one behind a rebound one', hidden.replace(hostOf(target), 'evil.example') + hidden, 'refused', once),
    attack('the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0'),
    attack('a TLS hello', Buffer.from('16030100700100006c0303'.padEnd(220, 'a5'), 'hex')),
    attack('nothing', ''),
    attack('only line ends', '\r\n'.repeat(100)),
    attack('NULs', Buffer.alloc(1_000)),
    attack('fifty requests in one write', requestOf(target, 'GET', '/healthz').repeat(50), 'read', { most: 50 }),
    attack(
      'a rebound one behind a good one in one write',
      requestOf(target, 'GET', '/healthz') + hidden.replace(hostOf(target), 'evil.example'),
      'read',
      { most: 2 },
    ),
    attack('garbage behind a good one', `${requestOf(target, 'GET', '/healthz')}\0\0garbage`, 'read', { most: 2 }),
  ];
};
