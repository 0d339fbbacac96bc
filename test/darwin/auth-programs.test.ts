import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { modeRequest, nothingDone, startPeerKeeper, until } from '../fakes/peer-keeper.ts';

/** Which programs get a session: real processes, signed as the stand-in says (test/fakes/peer-security.c). */

const app = 'com.sanctum.castellan.app';
const helper = 'com.sanctum.castellan.helper';

describe('programs of ours', () => {
  test('the app and the role executable get a session, and may change what their user may', async (t) => {
    const keeper = await startPeerKeeper(t);
    if (keeper === null) return;
    const programs = [
      [keeper.world.program('Castellan', { identifier: app }), 'app'],
      [keeper.world.program('castellan-helper', { identifier: helper, build: '' }), 'cli'],
    ] as const;
    for (const [program, client] of programs) {
      const { said } = keeper.visit(
        program,
        'connect',
        keeper.path,
        'read',
        'hello',
        client,
        'read',
        'send',
        modeRequest(),
        'read',
      );
      const types = (await said).map((line) => (JSON.parse(line) as { type: string; ok?: boolean }).type);
      assert.deepEqual(types, ['greeting', 'welcome', 'reply']);
    }
    assert.deepEqual(keeper.done, ['dry_run by app', 'dry_run by cli']);
    assert.deepEqual(keeper.log, []);
    assert.deepEqual([keeper.world.living(), keeper.world.faults()], [0, 0]);
  });
});

describe('programs that are not ours', () => {
  const hard = 0x301;
  const strangers: readonly (readonly [what: string, signed: Record<string, unknown> | null, why: RegExp])[] = [
    ['is not signed', null, /client_untrusted.*not signed \(-67062\)/],
    ['is signed by another team', { team: 'ZZZZZ99999' }, /client_untrusted.*\(-67050\)/],
    ['is another program of our team', { identifier: 'com.sanctum.other' }, /client_untrusted.*\(-67050\)/],
    ['is a helper of our app', { identifier: `${app}.helper.Renderer` }, /client_untrusted.*\(-67050\)/],
    ['was signed for development', { isDeveloperId: false }, /client_untrusted.*\(-67050\)/],
    ['is signed ad hoc', { flags: 0x10002 }, /ad hoc/],
    ['has no hardened runtime', { flags: 0 }, /without the hardened runtime/],
    ['is not held to its signature', { status: 0x1 }, /does not hold it to its signature/],
    ['was changed in memory', { status: hard & ~1 }, /client_untrusted.*\(-67063\)/],
    ['was in a debugger', { status: hard | 0x1000_0000 }, /debugger/],
    ['lets others get at it', { entitlement: 'com.apple.security.get-task-allow' }, /get-task-allow/],
    [
      'takes libraries of others',
      { entitlement: 'com.apple.security.cs.disable-library-validation' },
      /disable-library-validation/,
    ],
    [
      'takes libraries from its environment',
      { entitlement: 'com.apple.security.cs.allow-dyld-environment-variables' },
      /allow-dyld-environment-variables/,
    ],
    ['has entitlements that cannot be read', { hasOddEntitlements: true }, /entitlements cannot be read/],
  ];

  test('are turned away before the greeting, each with why', async (t) => {
    const keeper = await startPeerKeeper(t);
    if (keeper === null) return;
    for (const [at, [what, signed, why]] of strangers.entries()) {
      const program = keeper.world.program(`stranger ${at}`, signed);
      const said: readonly string[] = await keeper.visit(program, 'connect', keeper.path, 'rest').said;
      assert.equal(said.length, 2, what);
      assert.match(said[0] ?? '', /"type":"goodbye"/, what);
      assert.match(said[0] ?? '', why, what);
    }
    await nothingDone(keeper);
  });

  test('an app too old to be trusted is told so, whatever it says of itself', async (t) => {
    const keeper = await startPeerKeeper(t, { oldestBuild: 10 });
    if (keeper === null) return;
    const old = keeper.world.program('Castellan', { identifier: app, build: '9' });
    assert.match((await keeper.visit(old, 'connect', keeper.path, 'rest').said)[0] ?? '', /client_too_old/);
    const none = keeper.world.program('Castellan without plist', { identifier: app, build: '' });
    assert.match((await keeper.visit(none, 'connect', keeper.path, 'rest').said)[0] ?? '', /client_too_old/);
    keeper.world.sign(old, { identifier: app, build: '10' });
    assert.match((await keeper.visit(old, 'connect', keeper.path, 'read').said)[0] ?? '', /"greeting"/);
    await nothingDone(keeper);
  });

  test('the role executable is not taken for the app, nor the app for the command line', async (t) => {
    const keeper = await startPeerKeeper(t);
    if (keeper === null) return;
    const pairs = [
      [keeper.world.program('castellan-helper', { identifier: helper }), 'app'],
      [keeper.world.program('Castellan', { identifier: app }), 'cli'],
    ] as const;
    for (const [program, client] of pairs) {
      const said = await keeper.visit(program, 'connect', keeper.path, 'read', 'hello', client, 'rest').said;
      assert.match(said[1] ?? '', new RegExp(`client_untrusted.*says it is the ${client}`));
    }
    await nothingDone(keeper);
  });
});

describe('programs of several users', () => {
  const becoming = process.getuid?.() === 0 ? false : 'becoming another user needs root';

  test('one whose signature takes without end holds up its own user, and nobody else', {
    skip: becoming,
  }, async (t) => {
    const keeper = await startPeerKeeper(t, { times: { helloMs: 1_000, idleMs: 60_000 } });
    if (keeper === null) return;
    const slow = keeper.world.program('slow', { identifier: app });
    const genuine = keeper.world.program('Castellan', { identifier: app });
    keeper.world.delayOf(slow, 1_500);
    const nobody = keeper.visitAs(65_534, slow, 'connect', keeper.path, 'rest');
    await until(() => keeper.asked() === 1);
    const { said } = keeper.visit(genuine, 'connect', keeper.path, 'read', 'hello', 'app', 'read');
    assert.match((await said)[1] ?? '', /"welcome"/);
    assert.deepEqual([keeper.asked(), keeper.checks()], [3, 2], 'the other is still under way');
    assert.match((await nobody.said)[0] ?? '', /could not be checked in time/);
    await nothingDone(keeper);
  });
});
