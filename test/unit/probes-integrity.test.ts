import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import type { SeatFiles } from '../../helper/config/config.ts';
import type { CodeVerdict } from '../../helper/host/peer.ts';
import { createIntegrityCheck } from '../../helper/probes/integrity.ts';
import { findingOf, findingWords } from '../../helper/probes/integrity-finding.ts';
import type { Finding } from '../../helper/protocol/health.ts';
import { isReady, seatName, startSeatKeeper } from '../fakes/seat-keeper.ts';

/** Whether the files of a seat's next start are whole: real files, and what the keeper makes of a finding. */

const text = '#!/bin/sh\nexec sleep 1\n';
const digest = createHash('sha256').update(text).digest('hex');

const installed = (t: TestContext): { readonly folder: string; readonly files: SeatFiles } => {
  const folder = mkdtempSync(join(tmpdir(), 'integrity-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const program = join(folder, 'server');
  writeFileSync(program, text, { mode: 0o755 });
  writeFileSync(join(folder, 'mlx.metallib'), 'shaders');
  return { folder, files: { program, beside: ['mlx.metallib'], sha256: digest } };
};
const checkIntegrity = createIntegrityCheck({});
/** Less which file it was. */
const said = ({ version: _, ...finding }: Finding): Finding => finding;
const codeOf = async (files: SeatFiles): Promise<string> => (await checkIntegrity(files)).code;

describe('the files of a seat’s next start', () => {
  test('are whole: there, executable, what was pinned, and together', async (t) => {
    const { files } = installed(t);
    assert.deepEqual(said(await checkIntegrity(files)), { ok: true, code: 'ok', detail: '', ms: null });
    const { folder } = installed(t);
    symlinkSync(files.program, join(folder, 'link'));
    assert.equal(await codeOf({ ...files, program: join(folder, 'link') }), 'ok', 'a link to a program is one');
  });

  test('each fault has its code and names its file', async (t) => {
    const { folder, files } = installed(t);
    const at = (name: string): SeatFiles => ({ ...files, program: join(folder, name) });
    assert.equal(await codeOf(at('gone')), 'missing');
    assert.equal(await codeOf(at('server/below')), 'missing');
    mkdirSync(join(folder, 'folder'));
    assert.equal(await codeOf(at('folder')), 'missing');
    symlinkSync('round', join(folder, 'round'));
    assert.equal(await codeOf(at('round')), 'unreadable');
    assert.equal(await codeOf({ ...files, beside: ['mlx.metallib', 'default.metallib'] }), 'beside_missing');
    assert.match((await checkIntegrity({ ...files, beside: ['default.metallib'] })).detail, /^default\.metallib /);
    assert.equal(await codeOf({ ...files, sha256: '0'.repeat(64) }), 'digest_differs');
    chmodSync(files.program, 0o644);
    assert.equal(await codeOf(files), 'not_executable');
    truncateSync(files.program, 0);
    assert.equal(await codeOf(files), 'missing');
  });

  test('a file of holes in the place of a program is not read to its end', async (t) => {
    const { files } = installed(t);
    truncateSync(files.program, 2 ** 43);
    assert.match((await checkIntegrity(files)).detail, /too large for a program/);
  });

  test('which file it is is told, and changes with it', async (t) => {
    const { files } = installed(t);
    const version = async (): Promise<string | undefined> => (await checkIntegrity({ ...files, sha256: null })).version;
    const before = await version();
    assert.match(before ?? '', /^\d+-\d+-\d+$/);
    assert.equal(await version(), before);
    writeFileSync(files.program, `${text}# built anew\n`);
    assert.notEqual(await version(), before);
  });

  test('what is pinned is read again when it has changed, also into something as long and as old', async (t) => {
    const { files } = installed(t);
    const pinned = createIntegrityCheck({});
    assert.equal((await pinned(files)).code, 'ok');
    const { atime, mtime } = statSync(files.program);
    writeFileSync(files.program, text.replace('1', '2'));
    utimesSync(files.program, atime, mtime);
    assert.equal((await pinned(files)).code, 'digest_differs');
    writeFileSync(files.program, text);
    assert.equal((await pinned(files)).code, 'ok');
  });

  test('a signature counts where there is one: broken it is a fault, unknown it is said', async (t) => {
    const { files } = installed(t);
    const signed = (verdict: CodeVerdict) => createIntegrityCheck({ checkCode: async () => verdict })(files);
    assert.deepEqual(said(await signed({ kind: 'valid', signed: null })), {
      ok: true,
      code: 'ok',
      detail: '',
      ms: null,
    });
    assert.deepEqual(said(await signed({ kind: 'invalid', detail: 'modified' })), {
      ok: false,
      code: 'signature',
      detail: 'modified',
      ms: null,
    });
    const unknown = await signed({ kind: 'unknown', detail: 'no answer within 30 s' });
    assert.ok(unknown.ok && unknown.detail.includes('no answer within 30 s'));
  });

  test('who signed it is told, and none of it is a fault', async (t) => {
    const { files } = installed(t);
    const rows: readonly (readonly [CodeVerdict, Finding['signed'], RegExp])[] = [
      [{ kind: 'valid', signed: 'developer_id' }, 'developer_id', /with a Developer ID/],
      [{ kind: 'valid', signed: 'ad_hoc' }, 'ad_hoc', /ad hoc: sign it again .* when the keychain is unlocked/],
      [{ kind: 'valid', signed: 'other' }, 'other', /no Developer ID/],
      [{ kind: 'unsigned' }, 'unsigned', /script/],
    ];
    for (const [verdict, signed, words] of rows) {
      const finding = await createIntegrityCheck({ checkCode: async () => verdict })(files);
      assert.deepEqual([finding.ok, finding.code, finding.signed], [true, 'ok', signed]);
      assert.match(finding.detail, words);
      assert.deepEqual(findingOf({ outcome: 'ok', detail: findingWords(finding) }), finding);
    }
  });

  test('each check is made on every machine: the pin before what lies beside, the signature last', async (t) => {
    const { folder, files } = installed(t);
    let asked = 0;
    const check = createIntegrityCheck({
      checkCode: async () => {
        asked += 1;
        return { kind: 'invalid', detail: 'modified' };
      },
    });
    assert.equal((await check({ ...files, sha256: '0'.repeat(64), beside: ['gone'] })).code, 'digest_differs');
    assert.equal((await check({ ...files, beside: ['gone'] })).code, 'beside_missing');
    assert.equal((await check({ ...files, program: join(folder, 'gone') })).code, 'missing');
    assert.equal(asked, 0, 'what is not there is not asked about');
    assert.equal((await check(files)).code, 'signature');
  });

  test('a finding survives the words it is carried in', () => {
    for (const finding of [
      { ok: false, code: 'missing', detail: '/opt/a b is gone.', ms: null },
      { ok: true, code: 'ok', detail: '', ms: null },
      { ok: true, code: 'ok', detail: 'a b', ms: null, version: '7-9-11' },
      { ok: true, code: 'ok', detail: '', ms: null, signed: 'ad_hoc', version: '7-9-11' },
    ] as const)
      assert.deepEqual(findingOf({ outcome: finding.ok ? 'ok' : 'failed', detail: findingWords(finding) }), finding);
    assert.equal(findingOf({ outcome: 'timed_out', detail: 'no answer' }).code, 'unreadable');
    assert.equal(findingOf({ outcome: 'ok', detail: '' }).ok, true);
  });
});

describe('a file that is deleted while its program runs', () => {
  const files: SeatFiles = { program: '/opt/mlx/server', beside: [], sha256: null };
  const health = { listUrls: [], chatUrl: null, model: null, files, tls: null };

  test('is told of within five minutes, dooms the seat, which goes on serving, and is taken back when it is there again', () => {
    const keeper = startSeatKeeper({ seat: { class: 'protected', health } });
    keeper.runUntil(3_000);
    keeper.post(isReady);
    keeper.runUntil(60_000);
    const verdict = () => keeper.state().probing.seats[0]?.judged.verdict;
    assert.equal(keeper.seat().state, 'ready');
    keeper.see({ filesFault: 'missing /opt/mlx/server is gone.' });
    keeper.runUntil(60_000 + 302_000);
    assert.deepEqual(
      keeper.alerts().filter((alert) => alert.endsWith(seatName)),
      [`seat_files_failing ${seatName}`],
      'once, and as the one thing it is',
    );
    assert.equal(keeper.seat().state, 'doomed');
    assert.match(keeper.seat().why, /cannot start again\. \/opt\/mlx\/server is gone/);
    assert.equal(verdict(), 'doomed');
    keeper.see({ filesFault: null });
    keeper.runUntil(60_000 + 610_000);
    assert.equal(keeper.seat().state, 'ready');
    assert.deepEqual(keeper.orders(), []);
  });
});
