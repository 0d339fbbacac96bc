import { type Attack, attack } from './attack.ts';
import { hostOf, requestOf, type Target } from './target.ts';

/** More of everything than anybody needs. */
export const sizeAttacks = (target: Target): readonly Attack[] => {
  const path = `/ensure-loaded/${target.cold}`;
  const host = `Host: ${hostOf(target)}`;
  const many = (count: number, of: (n: number) => string): readonly string[] =>
    Array.from({ length: count }, (_, n) => of(n));
  const big = 'a'.repeat(2 ** 20);
  const preview = (lines: readonly string[], body: string): string =>
    ['POST /admit/preview HTTP/1.1', host, 'Content-Type: application/json', ...lines, '', body].join('\r\n');
  const previewOf = (body: string): string => preview([`Content-Length: ${Buffer.byteLength(body)}`], body);
  return [
    attack('a header of 64 KiB', requestOf(target, 'POST', path, [`X: ${'a'.repeat(2 ** 16)}`])),
    attack('a header of 1 MiB', requestOf(target, 'POST', path, [`X: ${big}`])),
    attack('a header name of 64 KiB', requestOf(target, 'POST', path, [`${'a'.repeat(2 ** 16)}: x`])),
    attack(
      '5,000 headers',
      requestOf(
        target,
        'POST',
        path,
        many(5_000, (n) => `X-${n}: ${n}`),
      ),
    ),
    attack(
      '100,000 headers',
      requestOf(
        target,
        'POST',
        path,
        many(100_000, () => 'X: x'),
      ),
    ),
    attack('a first line of 100 KiB', requestOf(target, 'POST', `${path}?${'a'.repeat(100_000)}`)),
    attack('a first line of 1 MiB', requestOf(target, 'POST', `${path}?${big}`)),
    attack('a method of 64 KiB', requestOf(target, 'A'.repeat(2 ** 16), path)),
    attack('a seat name of 10,000 letters', requestOf(target, 'POST', `/ensure-loaded/${'a'.repeat(10_000)}`)),
    attack('a body of 10 MiB', previewOf(`{"seat":"${'a'.repeat(10 * 2 ** 20)}"}`)),
    attack('a length of 1 TiB and no body', preview([`Content-Length: ${2 ** 40}`], '{')),
    attack(
      '4,000 chunks of 1 KiB',
      preview(['Transfer-Encoding: chunked'], `400\r\n${'a'.repeat(1024)}\r\n`.repeat(4_000)),
    ),
    attack('1 MiB in chunks of a byte', preview(['Transfer-Encoding: chunked'], '1\r\na\r\n'.repeat(100_000))),
    attack('JSON nested 100,000 deep', previewOf('['.repeat(100_000))),
    attack('JSON nested 60 deep', previewOf(`${'{"a":'.repeat(60)}1${'}'.repeat(60)}`)),
    ...[
      '',
      'nonsense',
      'null',
      '[]',
      '"x"',
      '{}',
      '{"seat":1}',
      '{"seat":null}',
      '{"seat":"\\u0000"}',
      '{"seat":"x","__proto__":{"a":1}}',
      '{"__proto__":{"seat":"x"}}',
      '{"seat":"constructor"}',
      '{"seat":"x","seat":"y"}',
      '{"seat":1e999}',
      `{"seat":"${'\\ud800'}"}`,
      '\ufeff{"seat":"x"}',
    ].map((body) => attack(`the preview of ${JSON.stringify(body)}`, Buffer.from(previewOf(body), 'utf8'))),
    attack('a preview that is no UTF-8', previewOf('{"seat":"\xff\xfe"}')),
    attack(
      'a preview of another type',
      requestOf(target, 'POST', '/admit/preview', ['Content-Type: text/plain'], '{"seat":"x"}'),
    ),
    ...['-1', '0x10', '1e9', '31', 'NaN', '', '1,2', '%00'].map((wait) =>
      attack(`?wait=${wait} for nobody`, requestOf(target, 'POST', `/ensure-loaded/nobody?wait=${wait}`)),
    ),
  ];
};
