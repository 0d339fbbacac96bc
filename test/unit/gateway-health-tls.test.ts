import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import type { TlsOptions } from 'node:tls';
import { createAskSeat } from '../../helper/gateway/health/ask.ts';
import { faultOf } from '../../helper/gateway/health/faults.ts';
import { createTlsFiles, type TlsPaths } from '../../helper/gateway/health/tls-files.ts';
import { createAuthority, type Issued } from '../fakes/gateway-certificates.ts';
import { eventually } from '../fakes/gateway-keeper.ts';
import {
  chatOf,
  findingOf,
  httpServer,
  httpsServer,
  listOf,
  longTimes,
  rawServer,
  sampleQuestions,
  shortTimes,
} from '../fakes/gateway-servers.ts';

/** Listeners that ask for a certificate, for real. */

const authority = createAuthority({ name: 'Castellan test authority' });
const stranger = createAuthority({ name: 'Somebody else' });
const here = ['127.0.0.1', 'localhost'];
const server = authority.issue({ name: 'seat', hosts: here });
const client = authority.issue({ name: 'castellan' });

const folderOf = (t: TestContext): string => {
  const folder = mkdtempSync(join(tmpdir(), 'castellan-tls-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

const filesOf = (t: TestContext, change: { readonly ca?: string; readonly shown?: Partial<Issued> } = {}): TlsPaths => {
  const folder = folderOf(t);
  const paths = { ca: join(folder, 'ca.pem'), cert: join(folder, 'shown.pem'), key: join(folder, 'shown.key') };
  const shown = { ...client, ...change.shown };
  writeFileSync(paths.ca, change.ca ?? authority.cert);
  writeFileSync(paths.cert, shown.cert);
  writeFileSync(paths.key, shown.key, { mode: 0o600 });
  return paths;
};

const mutual = (issued: Issued, change: TlsOptions = {}): TlsOptions => ({
  cert: issued.cert,
  key: issued.key,
  ca: authority.cert,
  requestCert: true,
  rejectUnauthorized: true,
  ...change,
});

const startSeat = (t: TestContext, options: TlsOptions = mutual(server)) =>
  httpsServer(
    t,
    options,
    (request, response) => void response.end(request.method === 'GET' ? listOf('a') : chatOf('a', { content: 'OK' })),
  );

const ask = (url: string, tls: TlsPaths | null) => findingOf('cheap', { listUrls: [url], tls });

describe('a listener that asks for a certificate', () => {
  test('is asked for its list and a chat with the one that is configured', async (t) => {
    const { url, open } = await startSeat(t);
    const tls = filesOf(t);
    const listed = await ask(`${url}/v1/models`, tls);
    assert.deepEqual([listed.ok, listed.detail], [true, 'lists "a"']);
    const chatted = await findingOf('inference', { chatUrl: `${url}/v1/chat/completions`, model: 'a', tls });
    assert.equal(chatted.code, 'ok', chatted.detail);
    await eventually(() => open() === 0);
  });

  test('may be named localhost, by which it is then known', async (t) => {
    const named = await startSeat(t, mutual(authority.issue({ name: 'seat', hosts: ['localhost'] })));
    const tls = filesOf(t);
    assert.equal((await ask(`https://localhost:${named.port}/`, tls)).code, 'ok');
    const { code, detail } = await ask(`https://127.0.0.1:${named.port}/`, tls);
    assert.equal(code, 'tls');
    assert.match(detail, /shows a certificate that does not name 127\.0\.0\.1$/);
  });

  test('stands beside one that does not, and both must answer', async (t) => {
    const secure = await startSeat(t);
    const plain = await httpServer(t, (_, response) => void response.end(listOf('a')));
    const tls = filesOf(t);
    const listUrls = [`${plain.url}/v1/models`, `${secure.url}/v1/models`];
    assert.equal((await findingOf('cheap', { listUrls, tls })).code, 'ok');
    const { code, detail } = await findingOf('cheap', { listUrls, tls: filesOf(t, { ca: stranger.cert }) });
    assert.equal(code, 'tls');
    assert.ok(detail.startsWith(`${secure.url}/v1/models `), detail);
  });

  for (const [what, options, words] of [
    [
      'has expired',
      mutual(authority.issue({ name: 'seat', hosts: here, years: [-2, -1] })),
      /shows a certificate that has expired, or whose signer’s has$/,
    ],
    [
      'is not valid yet',
      mutual(authority.issue({ name: 'seat', hosts: here, years: [1, 2] })),
      /shows a certificate that is not valid yet$/,
    ],
    [
      'somebody else signed',
      mutual(stranger.issue({ name: 'seat', hosts: here })),
      /shows a certificate that the one in `ca` did not sign$/,
    ],
    ['it signed itself', mutual(stranger), /shows a certificate that the one in `ca` did not sign$/],
    [
      'is for another name',
      mutual(authority.issue({ name: 'seat', hosts: ['seat.example'] })),
      /shows a certificate that does not name 127\.0\.0\.1$/,
    ],
  ] as const)
    test(`is not spoken to when its certificate ${what}`, async (t) => {
      const { url } = await startSeat(t, options);
      const { ok, code, detail, ms } = await ask(url, filesOf(t));
      assert.deepEqual([ok, code, ms], [false, 'tls', null], detail);
      assert.match(detail, words);
    });

  for (const [what, shown, version, words] of [
    ['somebody else signed', stranger.issue({ name: 'x' }), 'TLSv1.3', /`cert`$/],
    ['somebody else signed', stranger.issue({ name: 'x' }), 'TLSv1.2', /`cert`$/],
    ['has expired', authority.issue({ name: 'x', years: [-2, -1] }), 'TLSv1.3', /; `cert` has expired$/],
  ] as const)
    test(`may not accept ours, which ${what} (${version})`, async (t) => {
      const { url } = await startSeat(t, mutual(server, { maxVersion: version }));
      const { code, detail } = await ask(url, filesOf(t, { shown }));
      assert.equal(code, 'tls', detail);
      assert.match(detail, words);
    });

  test('that speaks no TLS, or none of today, is told as that', async (t) => {
    const plain = await httpServer(t, (_, response) => void response.end(listOf('a')));
    const tls = filesOf(t);
    const { code, detail } = await ask(`https://127.0.0.1:${plain.port}/`, tls);
    assert.equal(code, 'tls');
    assert.match(detail, /does not speak TLS$/);
    const quiet = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
    t.after(() => quiet.close());
    await eventually(() => quiet.listening);
    const bound = quiet.address();
    assert.ok(bound !== null && typeof bound !== 'string');
    const gone = await ask(`https://127.0.0.1:${bound.port}/`, tls);
    assert.deepEqual([gone.code, /hangs up before the connection is secure, /.test(gone.detail)], ['tls', true]);
    const secure = await startSeat(t);
    assert.equal((await ask(`http://127.0.0.1:${secure.port}/`, null)).code, 'bad_answer', 'asked without TLS');
  });
});

test('a handshake that does not come to its end is given up in its time', async (t) => {
  const { port, open } = await rawServer(t, () => {});
  const listUrls = [`https://127.0.0.1:${port}/`];
  const { code, ms } = await findingOf('cheap', { listUrls, tls: filesOf(t) }, shortTimes);
  assert.deepEqual([code, ms], ['timeout', null]);
  await eventually(() => open() === 0);
});

test('what OpenSSL says is told in words, and what it does not say is not made up', () => {
  const connection = { secure: true, isOpen: false, name: 'localhost', isExpired: false };
  const error = (code: string, message = ''): Error => Object.assign(new Error(message), { code });
  const eproto = (reason: string): Error =>
    error('EPROTO', `write EPROTO 00:error:0A000415:SSL routines:x:${reason}:a.c:1`);
  for (const [fault, words] of [
    [eproto('ssl/tls alert certificate expired'), 'says that `cert` has expired'],
    [eproto('sslv3 alert certificate expired'), 'says that `cert` has expired'],
    [error('ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE'), 'does not accept `cert`'],
    [error('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED'), 'wants a certificate and was shown none'],
    [error('ERR_SSL_TLSV1_ALERT_UNKNOWN_CA'), 'does not know who signed `cert`'],
    [eproto('something new'), 'cannot be spoken to securely (ERR_SSL_SOMETHING_NEW)'],
    [error('EPROTO', 'a message with a secret'), 'cannot be spoken to securely (EPROTO)'],
  ] as const)
    assert.deepEqual(faultOf(fault, connection), { code: 'tls', detail: words });
});

describe('the files of a certificate', () => {
  const wrong = async (tls: TlsPaths | null): Promise<string> => {
    const { code, detail } = await ask('https://127.0.0.1:1/', tls);
    assert.equal(code, 'tls', detail);
    return detail;
  };

  test('that are not there, not files, or not readable are named', async (t) => {
    const tls = filesOf(t);
    assert.match(await wrong({ ...tls, ca: `${tls.ca}.gone` }), /ca\.pem\.gone cannot be read \(ENOENT\)$/);
    assert.match(await wrong({ ...tls, cert: folderOf(t) }), /is no PEM file$/);
    const pipe = join(folderOf(t), 'pipe');
    execFileSync('mkfifo', [pipe]);
    assert.match(await wrong({ ...tls, key: pipe }), /pipe is no PEM file$/);
    assert.match(await wrong(null), /castellan\.toml names no \[seat\.health\.tls\] for it$/);
    if (process.getuid?.() === 0) return t.diagnostic('root may read everything');
    chmodSync(tls.key, 0);
    assert.match(await wrong(tls), /shown\.key cannot be read \(EACCES\)$/);
  });

  test('that hold something else are named, and nothing of what they hold', async (t) => {
    const secret = 'hunter2-hunter2-hunter2';
    const broken = client.key.replace('\n', `\n${secret}`);
    const locked = generateKeyPairSync('ec', {
      namedCurve: 'P-256',
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: secret },
    }).privateKey;
    const details = [
      await wrong(filesOf(t, { ca: secret })),
      await wrong(filesOf(t, { shown: { cert: secret } })),
      await wrong(filesOf(t, { shown: { key: broken } })),
      await wrong(filesOf(t, { shown: { key: locked } })),
      await wrong(filesOf(t, { shown: { key: stranger.key } })),
    ];
    for (const [n, words] of [
      /ca\.pem holds no certificate/,
      /shown\.pem holds no certificate/,
      /shown\.key holds no key without a password/,
      /shown\.key holds no key without a password/,
      /shown\.key is not the key of \/.*shown\.pem$/,
    ].entries())
      assert.match(details[n] ?? '', words);
    for (const detail of details) assert.ok(!detail.includes(secret) && !detail.includes('PRIVATE'), detail);
  });

  test('are read again when they have changed, and by a link, too', async (t) => {
    const seat = await startSeat(t);
    const tls = filesOf(t, { ca: stranger.cert });
    const link = join(folderOf(t), 'ca.pem');
    symlinkSync(tls.ca, link);
    const files = createTlsFiles();
    const questions = sampleQuestions({ listUrls: [seat.url], tls: { ...tls, ca: link } });
    const code = async (): Promise<string> =>
      (await createAskSeat(files, longTimes)(questions, 'cheap', new AbortController().signal)).code;
    assert.equal(await code(), 'tls');
    writeFileSync(tls.ca, `${authority.cert}\n`);
    assert.equal(await code(), 'ok');
    rmSync(tls.key);
    assert.equal(await code(), 'tls', 'what is gone is not used any more');
    writeFileSync(tls.key, client.key);
    assert.equal(await code(), 'ok');
  });

  test('are looked at once while they are the same', async (t) => {
    const tls = filesOf(t);
    const files = createTlsFiles();
    const [first, second] = [await files.secured(tls), await files.secured(tls)];
    assert.ok(first.ok && second.ok && first.context === second.context);
  });
});
