import { createRandom, type Random } from '../random.ts';
import { hostOf, requestOf, type Target } from './target.ts';

/** A request that was valid, and was changed at random. */
export interface Fuzzed {
  readonly bytes: Buffer;
  /** Where it is cut into writes of their own. */
  readonly cuts: readonly number[];
  /** Half of the clients leave before their answer. */
  readonly patienceMs: number;
}

const seedsOf = (target: Target): readonly [string, ...string[]] => {
  const { cold, warm } = target;
  const json = ['Content-Type: application/json'];
  const preview = JSON.stringify({ seat: cold });
  const chunked = `${preview.length.toString(16)}\r\n${preview}\r\n0\r\n\r\n`;
  return [
    requestOf(target, 'GET', '/status'),
    requestOf(target, 'GET', '/services', ['Accept: application/json', 'User-Agent: curl/8.0', 'Connection: close']),
    requestOf(target, 'GET', '/explain'),
    requestOf(target, 'GET', '/healthz', ['Accept-Encoding: gzip', 'Connection: keep-alive']),
    requestOf(target, 'GET', '/metrics', ['Accept: text/plain; version=0.0.4']),
    requestOf(target, 'POST', `/ensure-loaded/${warm}`),
    requestOf(target, 'GET', `/ensure-loaded/${cold}?wait=5`),
    requestOf(target, 'POST', `/ensure-loaded/${cold}`),
    requestOf(target, 'POST', '/ensure-loaded/nobody', ['Content-Type: text/plain']),
    requestOf(target, 'POST', `/load/${cold}`, [`Authorization: Bearer ${'0123456789abcdef'.repeat(4)}`]),
    requestOf(target, 'POST', `/release/${cold}`, [`Authorization: Bearer ${'0123456789abcdef'.repeat(4)}`]),
    requestOf(target, 'POST', '/admit/preview', json, preview),
    `POST /admit/preview HTTP/1.1\r\nHost: ${hostOf(target)}\r\nTransfer-Encoding: chunked\r\n${json[0]}\r\n\r\n${chunked}`,
    requestOf(target, 'POST', '/admit/preview', [...json, 'Expect: 100-continue'], preview),
    requestOf(target, 'GET', '/status') + requestOf(target, 'POST', `/ensure-loaded/${warm}`),
  ];
};

const pieces: readonly [string, ...string[]] = [
  '\r\n',
  '\n',
  '\r',
  '\r\n\r\n',
  '\0',
  ' ',
  '\t',
  ':',
  ';',
  '/',
  '//',
  '/../',
  '/./',
  '\\',
  '?',
  '#',
  '%',
  '%00',
  '%2f',
  '%2e%2e',
  '%0d%0a',
  '%c0%af',
  '%zz',
  '*',
  '@',
  '\xff',
  '\xc3\xa9',
  '\xef\xbb\xbf',
  '\x0b',
  '\x7f',
  'HTTP/1.1',
  'HTTP/1.0',
  ' HTTP/9.9',
  'http://evil.example',
  'Host: evil.example\r\n',
  'Origin: null\r\n',
  'Referer: http://evil.example/\r\n',
  'Sec-Fetch-Site: cross-site\r\n',
  'Content-Length: 0\r\n',
  'Content-Length: 5\r\n',
  'Content-Length: -1\r\n',
  'Content-Length: 99999999999\r\n',
  'Transfer-Encoding: chunked\r\n',
  'Transfer-Encoding: gzip, chunked\r\n',
  'Connection: close\r\n',
  'Connection: Upgrade\r\nUpgrade: websocket\r\n',
  'Expect: 100-continue\r\n',
  'Authorization: Bearer x\r\n',
  'X: y\r\n z\r\n',
  '0\r\n\r\n',
  'ffffffffffffffff\r\n',
  '{}',
  '[[[[[[[[',
  '"__proto__":{}',
  'wait=-1',
  '&wait=1e9',
];

const methods: readonly [string, ...string[]] = [
  'GET',
  'POST',
  'PUT',
  'HEAD',
  'OPTIONS',
  'DELETE',
  'TRACE',
  'get',
  'G',
];

type Change = (text: string, random: Random, seeds: readonly [string, ...string[]]) => string;

const placeIn = (text: string, random: Random): number => random.whole(0, text.length);
const rangeIn = (text: string, random: Random, most: number): readonly [number, number] => {
  const from = placeIn(text, random);
  return [from, Math.min(text.length, from + random.whole(1, most))];
};
const spliced = (text: string, from: number, to: number, middle: string): string =>
  text.slice(0, from) + middle + text.slice(to);

const changes: readonly [Change, ...Change[]] = [
  // A letter becomes another, or has a bit turned.
  (text, random) => {
    const at = placeIn(text, random);
    return spliced(text, at, at + 1, String.fromCharCode(random.whole(0, 255)));
  },
  (text, random) => {
    const at = Math.min(placeIn(text, random), text.length - 1);
    return spliced(text, at, at + 1, String.fromCharCode((text.charCodeAt(at) ^ (1 << random.whole(0, 7))) & 255));
  },
  // Something is put in, taken out, doubled.
  (text, random) => {
    const at = placeIn(text, random);
    return spliced(text, at, at, random.pick(pieces));
  },
  (text, random) => {
    const [from, to] = rangeIn(text, random, 20);
    return spliced(text, from, to, random.pick(pieces));
  },
  (text, random) => {
    const [from, to] = rangeIn(text, random, 40);
    return spliced(text, from, to, '');
  },
  (text, random) => {
    const [from, to] = rangeIn(text, random, 60);
    return spliced(text, to, to, text.slice(from, to));
  },
  (text, random) => {
    const at = placeIn(text, random);
    return spliced(text, at, at, random.pick(pieces).repeat(random.whole(2, 200)));
  },
  (text, random) => {
    const at = placeIn(text, random);
    const letter = String.fromCharCode(random.whole(0, 255));
    return spliced(text, at, at, letter.repeat(random.whole(100, 20_000)));
  },
  // Lines change places, or are there twice; a line is put between the headers.
  (text, random) => {
    const lines = text.split('\r\n');
    const [from, to] = [random.whole(0, lines.length - 1), random.whole(0, lines.length - 1)];
    const [line = ''] = lines.splice(from, 1);
    lines.splice(to, 0, ...(random.chance(0.5) ? [line] : [line, line]));
    return lines.join('\r\n');
  },
  (text, random) => {
    const lines = text.split('\r\n');
    lines.splice(random.whole(1, lines.length), 0, random.pick(pieces).trim());
    return lines.join('\r\n');
  },
  // Another method, another end of lines, less of it, more of it, a part of another one.
  (text, random) => text.replace(/^\S+/, random.pick(methods)),
  (text, random) => text.replaceAll('\r\n', random.pick(['\n', '\r', '\r\n\r\n', '\r\n '])),
  (text, random) => text.slice(0, placeIn(text, random)),
  (text, random, seeds) => text + random.pick(seeds),
  (text, random, seeds) => text.slice(0, placeIn(text, random)) + random.pick(seeds).slice(random.whole(0, 60)),
];

const decoded = (text: string): string =>
  text.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

/**
 * A change can leave a request valid, and a valid one starts the seat as it should. So each first line that names the cold
 * seat is followed by one that says a web page asks: nothing may come of it, whatever else has been changed. Without its
 * version it is no first line, and nothing may come of it by itself.
 */
const asPage = (text: string, cold: string): string =>
  text
    .split('\n')
    .map((line, index, lines) =>
      decoded(line).includes(cold) && line.includes('HTTP/') && index < lines.length - 1
        ? `${line}\nOrigin: http://evil.example${line.endsWith('\r') ? '\r' : ''}`
        : line,
    )
    .join('\n');

/** The same for the same seed. */
export const fuzzedOf = (target: Target, seed: number): Fuzzed => {
  const random = createRandom(seed);
  const seeds = seedsOf(target);
  let text = random.pick(seeds);
  for (let left = random.whole(1, 4); left > 0; left -= 1) text = random.pick(changes)(text, random, seeds);
  const bytes = Buffer.from(asPage(text, target.cold), 'latin1');
  const cuts = random.chance(0.2)
    ? Array.from({ length: random.whole(1, 4) }, () => random.whole(1, Math.max(1, bytes.length)))
    : [];
  return { bytes, cuts, patienceMs: random.chance(0.5) ? 0 : 100 };
};
