import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { createDarwinHost } from '../../helper/host/darwin/host.ts';
import { securityConstants } from '../../helper/host/darwin/security-bindings.ts';
import { unsignedSentence } from '../../helper/host/darwin/security-host.ts';
import { createCodeCheck } from '../../helper/host/darwin/security-static.ts';
import { createSimHost } from '../../helper/host/sim/host.ts';
import { createStandIn } from '../fakes/libsystem.ts';
import { standInSkip } from '../fakes/libsystem-build.ts';
import { openWorld, startPeerKeeper } from '../fakes/peer-keeper.ts';

describe('the signature of a program on disk', () => {
  test('is valid, broken or unknown, each in words', async (t) => {
    const world = await openWorld(t);
    if (world === null) return;
    const check = createCodeCheck(() => world.security);
    const verdict = async (name: string, signed: Parameters<typeof world.program>[1]) =>
      check(world.program(name, signed));
    assert.deepEqual(await verdict('good', {}), { kind: 'valid', signed: 'developer_id' });
    assert.deepEqual(await verdict('unsigned', null), { kind: 'invalid', detail: 'it is not signed (-67062)' });
    for (const [at, staticError] of [-67061, -67054, -67034, -67030].entries()) {
      const broken = await verdict(`broken ${at}`, { staticError });
      assert.equal(broken.kind, 'invalid');
      assert.match(broken.kind === 'invalid' ? broken.detail : '', new RegExp(`\\(${staticError}\\)$`));
    }
    for (const [staticError, detail] of [
      [100_001, 'it cannot be read: EPERM (100001)'],
      [-67_070, 'macOS does not understand the question (-67070)'],
      [-67_048, 'macOS failed at it (-67048)'],
      [-36, 'error -36'],
    ] as const)
      assert.deepEqual(await verdict(`unread ${staticError}`, { staticError }), { kind: 'unknown', detail });
    const script = world.program('server', null);
    writeFileSync(script, '#!/opt/venv/bin/python\nimport mlx_lm.server\n');
    assert.deepEqual(await check(script), { kind: 'unsigned' });
    const gone = await check('/nonexistent/program');
    assert.deepEqual(gone, { kind: 'unknown', detail: 'there is no such program (-67068)' });
    assert.equal((await check('')).kind, 'unknown');
    assert.deepEqual([world.living(), world.faults()], [0, 0]);
  });

  test('says who signed it: a Developer ID of whatever team, nobody, or another certificate', async (t) => {
    const world = await openWorld(t);
    if (world === null) return;
    const check = createCodeCheck(() => world.security);
    const { kSecCodeSignatureAdhoc: adHoc, kSecCodeSignatureRuntime: runtime } = securityConstants;
    const nobody = { team: '', isDeveloperId: false } as const;
    const rows = [
      [{ team: 'ZZZZZ99999', identifier: 'org.mlx.server' }, 'developer_id'],
      // What a build of its own is on a machine whose keychain is locked: the hardened runtime, and nobody behind it.
      [{ ...nobody, flags: adHoc | runtime }, 'ad_hoc'],
      [{ ...nobody, flags: adHoc }, 'ad_hoc'],
      [{ isDeveloperId: false }, 'other'],
      [{ ...nobody, flags: runtime }, 'other'],
    ] as const;
    for (const [at, [how, signed]] of rows.entries())
      assert.deepEqual(await check(world.program(`signed ${at}`, how)), { kind: 'valid', signed }, JSON.stringify(how));
    const broken = await check(world.program('broken', { ...nobody, flags: adHoc, staticError: -67061 }));
    assert.equal(broken.kind, 'invalid', 'who signed it is no excuse');
    assert.deepEqual([world.living(), world.faults()], [0, 0]);
  });

  test('is looked at one at a time, and no longer than it may take', async (t) => {
    const world = await openWorld(t);
    if (world === null) return;
    const file = world.program('slow', {});
    world.delay(60);
    const check = createCodeCheck(() => world.security);
    const verdicts = await Promise.all([check(file), check(file), check(file)]);
    assert.deepEqual(new Set(verdicts.map(({ kind }) => kind)), new Set(['valid']));
    assert.equal(world.mostChecking(), 1);
    world.delay(1_500);
    const late = await createCodeCheck(() => world.security, 20)(file);
    assert.deepEqual(late, { kind: 'unknown', detail: 'no verdict within 0.02 s' });
    world.delay(0);
    // The late one still has its thread; its objects are let go of when it comes back.
    for (let tries = 0; tries < 1_000 && world.living() > 0; tries += 1)
      await new Promise((done) => setTimeout(done, 10));
    assert.deepEqual([world.living(), world.faults()], [0, 0]);
  });
});

describe('the host of macOS', { skip: standInSkip }, () => {
  const standIn = () => createStandIn(createSimHost());

  test('of a build without a stamp says that the user is the boundary, and checks no code', async () => {
    const host = createDarwinHost({ ...standIn(), uid: 0, stamp: null, runLaunchctl: (_args, done) => done('') });
    assert.ok(host.facts.missing.includes(unsignedSentence));
    assert.equal(host.peerCode, undefined);
    await host.close();
  });

  test('of a release tells programs apart, whatever its environment says', async () => {
    const stamp = { teamId: 'ABCDE12345', build: 7 };
    process.env.CASTELLAN_BUILD_STAMP = 'null';
    const host = createDarwinHost({ ...standIn(), uid: 0, stamp, runLaunchctl: (_args, done) => done('') });
    delete process.env.CASTELLAN_BUILD_STAMP;
    assert.equal(host.facts.missing.includes(unsignedSentence), false);
    assert.notEqual(host.peerCode, undefined);
    await host.close();
  });
});

describe('the command line tool itself', () => {
  test('gets its answer from a keeper that tells programs apart, and none when it is not signed', async (t) => {
    const keeper = await startPeerKeeper(t);
    if (keeper === null) return;
    const main = path.resolve(import.meta.dirname, '../../helper/main.ts');
    const args = [main, 'doctor', '--run-dir', keeper.runDirectory, '--json'];
    const unsigned = await keeper.visit(process.execPath, ...args).said;
    assert.match(unsigned.join('\n'), /client_untrusted/);
    keeper.world.sign(process.execPath, { identifier: 'com.sanctum.castellan.helper', build: '' });
    const signed = await keeper.visit(process.execPath, ...args).said;
    assert.match(signed.join('\n'), /"name":\s*"sensors"/);
  });
});
