import type { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import type { FindingCode } from '../../helper/protocol/health.ts';
import { listOf } from './gateway-servers.ts';

/** What a server that means ill puts in the place of an answer, and by what code whoever asks tells it. For any client of ours. */

export const goodBody = listOf('a');
const head = (...lines: readonly string[]): string => `${lines.join('\r\n')}\r\n\r\n`;
export const ok = (...lines: readonly string[]): string =>
  head('HTTP/1.1 200 OK', 'Content-Type: application/json', ...lines);
export const whole = ok(`Content-Length: ${goodBody.length}`) + goodBody;

/** Writes for as long as it is read. */
const pour = (socket: Socket, piece: string | Buffer): void => {
  const write = (): void => {
    while (!socket.destroyed && socket.write(piece));
  };
  socket.on('drain', write);
  write();
};

export interface Hostile {
  readonly what: string;
  readonly code: FindingCode;
  readonly words?: RegExp;
  readonly answer: (socket: Socket) => void;
  /** It is there to be waited for. */
  readonly isSlow?: true;
}

const mb = 'x'.repeat(2 ** 20);
export const says =
  (...bytes: readonly (string | Buffer)[]) =>
  (socket: Socket): void =>
    void socket.end(Buffer.concat(bytes.map((each) => Buffer.from(each))));
const stays =
  (bytes: string) =>
  (socket: Socket): void =>
    void socket.write(bytes);

export const hostileAnswers: readonly Hostile[] = [
  {
    what: 'a body of a gigabyte, as it says itself',
    code: 'bad_answer',
    words: /says more than 512 KB$/,
    answer: (socket) => {
      socket.write(`${ok(`Content-Length: ${2 ** 30}`)}{"data":["`);
      pour(socket, mb);
    },
  },
  {
    what: 'chunks without end',
    code: 'bad_answer',
    answer: (socket) => {
      socket.write(`${ok('Transfer-Encoding: chunked')}1\r\n[\r\n`);
      pour(socket, `100000\r\n${mb}\r\n`);
    },
  },
  {
    what: 'chunks of a byte, with as much around them as fits',
    code: 'bad_answer',
    answer: (socket) => {
      socket.write(ok('Transfer-Encoding: chunked'));
      pour(socket, `1;${'e'.repeat(8_000)}\r\n \r\n`.repeat(100));
    },
  },
  {
    what: 'spaces without end before the connection ends',
    code: 'bad_answer',
    words: /says more than 512 KB$/,
    answer: (socket) => {
      socket.write(ok());
      pour(socket, ' '.repeat(2 ** 20));
    },
  },
  {
    what: 'headers without end',
    code: 'bad_answer',
    words: /sends headers without end$/,
    answer: (socket) => {
      socket.write('HTTP/1.1 200 OK\r\n');
      pour(socket, `X-More: ${'x'.repeat(1_000)}\r\n`);
    },
  },
  {
    what: 'a header without end',
    code: 'bad_answer',
    answer: (socket) => {
      socket.write('HTTP/1.1 200 OK\r\nX-More: ');
      pour(socket, mb);
    },
  },
  {
    what: 'trailers without end',
    code: 'bad_answer',
    answer: (socket) => {
      socket.write(`${ok('Transfer-Encoding: chunked')}${goodBody.length.toString(16)}\r\n${goodBody}\r\n0\r\n`);
      pour(socket, `X-More: ${'x'.repeat(1_000)}\r\n`);
    },
  },
  {
    what: 'interim answers without end',
    code: 'bad_answer',
    answer: (socket) => pour(socket, head('HTTP/1.1 103 Early Hints', 'Link: </a>').repeat(100)),
  },
  { what: 'bytes that are no HTTP', code: 'bad_answer', answer: says(Buffer.alloc(4_096, 0x90)) },
  { what: 'HTTP/0.9', code: 'bad_answer', answer: says(goodBody) },
  { what: 'a first line of HTTP/0.9', code: 'bad_answer', answer: says(head('HTTP/0.9 200 OK'), goodBody) },
  { what: 'a first line of HTTP/2', code: 'bad_answer', answer: says(head('HTTP/2.0 200 OK'), goodBody) },
  { what: 'HTTP of a status that is none', code: 'bad_answer', answer: says(head('HTTP/1.1 9999 OK')) },
  { what: 'two lengths', code: 'bad_answer', answer: says(ok('Content-Length: 5', 'Content-Length: 6'), goodBody) },
  {
    what: 'a length and chunks',
    code: 'bad_answer',
    answer: says(ok('Content-Length: 5', 'Transfer-Encoding: chunked'), goodBody),
  },
  {
    what: 'a line end that ends the headers twice',
    code: 'bad_answer',
    answer: says('HTTP/1.1 200 OK\nContent-Length: 2\n\n{}'),
  },
  {
    what: 'more length than body',
    code: 'bad_answer',
    words: /ends in the middle of its answer$/,
    answer: says(ok('Content-Length: 5000'), goodBody),
  },
  { what: 'less length than body', code: 'bad_answer', answer: says(ok('Content-Length: 5'), goodBody) },
  {
    what: 'a bomb, packed',
    code: 'bad_answer',
    words: /packed, which was not asked for$/,
    answer: says(ok('Content-Encoding: gzip'), gzipSync(Buffer.alloc(2 ** 24))),
  },
  { what: 'packed bytes that are not said to be', code: 'bad_answer', answer: says(ok(), gzipSync(goodBody)) },
  {
    what: 'another protocol on the same connection',
    code: 'bad_status',
    words: /answers 101$/,
    answer: stays(head('HTTP/1.1 101 Switching Protocols', 'Connection: upgrade', 'Upgrade: websocket')),
  },
  {
    what: 'a redirect to another machine',
    code: 'bad_status',
    words: /answers 302$/,
    answer: says(head('HTTP/1.1 302 Found', 'Location: http://192.0.2.1/', 'Content-Length: 0')),
  },
  {
    what: 'a demand for a password',
    code: 'bad_status',
    answer: says(head('HTTP/1.1 401 No', 'WWW-Authenticate: Basic')),
  },
  {
    what: 'nothing, and hangs up',
    code: 'bad_answer',
    words: /hangs up without an answer/,
    answer: (socket) => void socket.end(),
  },
  { what: 'a reset', code: 'bad_answer', answer: (socket) => void socket.resetAndDestroy() },
  {
    what: 'a reset in the middle',
    code: 'bad_answer',
    answer: (socket) => void socket.write(`${ok('Content-Length: 500')}{`, () => socket.resetAndDestroy()),
  },
  { what: 'nothing at all', code: 'timeout', isSlow: true, answer: () => {} },
  { what: 'its headers, and hangs', code: 'timeout', isSlow: true, answer: stays(ok('Content-Length: 50')) },
  {
    what: 'its body, and never its end',
    code: 'timeout',
    isSlow: true,
    answer: stays(`${ok('Transfer-Encoding: chunked')}${goodBody.length.toString(16)}\r\n${goodBody}\r\n`),
  },
  {
    what: 'a byte of its headers now and then',
    code: 'timeout',
    isSlow: true,
    answer: (socket) => {
      let at = 0;
      const drip = setInterval(() => socket.write(whole.charAt(at++)), 15);
      socket.on('close', () => clearInterval(drip));
    },
  },
];
