import assert from 'node:assert/strict';
import { test } from 'node:test';
import { httpRefusal, speaksHttp } from '../../helper/gateway/proxy/refusal.ts';

test('a request line is known as soon as it can be', () => {
  for (const line of [
    'GET / HTTP/1.1\r\n',
    'POST /v1/chat/completions HTTP/1.1',
    'OPTIONS * HTTP/1.1',
    'CONNECT example.com:443 HTTP/1.1',
    'GET http://localhost/v1/models HTTP/1.1',
    'HEAD /health',
    'UPDATEREDIRECTREF /x HTTP/1.1',
  ])
    assert.equal(speaksHttp(line), 'yes', line);
});

test('the beginning of a request line waits for more', () => {
  const line = 'POST http://localhost/ HTTP/1.1';
  for (let length = 0; length <= 'POST http'.length; length += 1)
    assert.equal(speaksHttp(line.slice(0, length)), 'unknown', JSON.stringify(line.slice(0, length)));
  assert.equal(speaksHttp('CONNECT exam'), 'unknown');
});

test('what is no request of HTTP/1 is answered with nothing', () => {
  for (const bytes of [
    '\x16\x03\x01\x02\x00',
    'get / http',
    'SSH-2.0-OpenSSH_9.2',
    '{"jsonrpc":"2.0"}',
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    'PRI * HTTP/2',
    'HELLO\r\n',
    'A'.repeat(18),
    `CONNECT ${'a'.repeat(64)}`,
  ])
    assert.equal(speaksHttp(bytes), 'no', JSON.stringify(bytes));
});

test('the reply is complete, and the error is one that clients of the OpenAI API show', () => {
  const said = 'council needs 20 GB – 3 GB are missing.';
  const reply = httpRefusal({ seat: 'council', code: 'needs_shedding', state: 'absent', said, retryAfterSeconds: 30 });
  const [head = '', body = ''] = reply.split('\r\n\r\n');
  const [status, ...headers] = head.split('\r\n');
  assert.equal(status, 'HTTP/1.1 503 Service Unavailable');
  const fields = new Map(headers.map((line) => line.split(': ') as [string, string]));
  assert.equal(fields.get('Content-Length'), String(Buffer.byteLength(body)));
  assert.equal(fields.get('Retry-After'), '30');
  assert.equal(fields.get('Connection'), 'close');
  const next = 'Use another server, or ask again later; `castellan fits council` shows what is missing.';
  assert.deepEqual(JSON.parse(body), {
    error: { message: `${said} ${next}`, type: 'seat_unavailable', code: 'needs_shedding', param: null },
    seat: 'council',
    state: 'absent',
    next,
    retryAfterSeconds: 30,
  });
  const hopeless = httpRefusal({ seat: 'council', code: 'refused', state: 'failed', said, retryAfterSeconds: null });
  assert.doesNotMatch(hopeless, /^Retry-After/im);
  assert.match(hopeless, /castellan explain council/);
});
