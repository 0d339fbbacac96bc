import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Connection, Registration } from '../../app/ipc/contract.ts';
import { noRegistration } from '../../app/state.ts';
import { failure } from '../../helper/protocol/errors.ts';
import { bannersFor } from '../../renderer/data/screens/banners.ts';
import { registrationScreen } from '../../renderer/data/screens/registration.ts';
import { screenFor } from '../../renderer/data/screens/screen.ts';
import { status } from '../e2e/popover-fixtures.ts';
import { registrationStates } from '../e2e/popover-states-registration.ts';

const now = 1_700_000_000_000;
const missing: Connection = { kind: 'missing', failure: failure('not_running', 'castellan.sock does not exist') };
const connected: Connection = { kind: 'connected', tier: 'console' };
const is = (change: Partial<Registration>): Registration => ({ ...noRegistration, ...change });

const kindOf = (registration: Registration, connection: Connection = missing): string | null =>
  registrationScreen(registration, connection, now)?.kind ?? null;

describe('screens of the registration', () => {
  test('where nothing can be registered the connection speaks for itself', () => {
    assert.equal(kindOf(noRegistration), null);
    assert.equal(screenFor(missing, now)?.kind, 'missing');
  });

  test('each state of a helper that does not answer has its own, with one button at most', () => {
    const table: readonly (readonly [Partial<Registration>, string, string | null])[] = [
      [{ state: 'not_registered' }, 'not_installed', 'install'],
      [{ state: 'registering' }, 'registering', null],
      [{ state: 'needs_approval' }, 'needs_approval', 'login-items'],
      [{ state: 'enabled', enabledSinceMs: now - 3_000 }, 'starting', null],
      [{ state: 'enabled', enabledSinceMs: now - 30_000 }, 'enabled_silent', 'retry'],
      [{ state: 'enabled', update: { kind: 'refreshing', helper: '1', app: '2' } }, 'refreshing', null],
    ];
    for (const [change, kind, action] of table) {
      const screen = registrationScreen(is(change), missing, now);
      assert.equal(screen?.kind, kind);
      assert.equal(screen?.button?.action ?? null, action);
      assert.equal(screen?.others ?? null, null);
      assert.ok((screen?.lines.length ?? 0) > 0);
    }
  });

  test('one that answers needs no word of macOS: health is the answer', () => {
    for (const state of ['not_registered', 'registering', 'needs_approval', 'enabled'] as const)
      assert.equal(kindOf(is({ state }), connected), null);
  });

  test('one that answered before and is gone is told by its connection, as long as it is enabled', () => {
    const lost: Connection = { kind: 'lost', sinceMs: now - 1_000, failure: failure('connection_lost') };
    assert.equal(kindOf(is({ state: 'enabled', enabledSinceMs: 0 }), lost), null);
    assert.equal(kindOf(is({ state: 'needs_approval' }), lost), 'needs_approval');
  });

  test('the question of a removal stands alone, and what is asked first is to cancel', () => {
    const screen = registrationScreen(is({ removal: { kind: 'asking' } }), connected, now);
    assert.equal(screen?.button?.action, 'cancel_removal');
    assert.deepEqual(
      screen?.others?.map(({ action }) => action),
      ['remove', 'remove_with_data'],
    );
    assert.equal(screen?.isAlone, true);
  });

  test('what became of it is said whole', () => {
    const undone = { resumed: 1, bands: 1, gpuLimit: 'untouched', seats: ['Cilghal'] } as const;
    const done = (left: readonly string[]) =>
      registrationScreen(is({ removal: { kind: 'done', withData: true, undone, left } }), missing, now);
    assert.deepEqual(done([])?.lines, [
      '1 frozen process runs again, 1 band was given back.',
      'Cilghal serves on.',
      'History, log and castellan.toml are gone.',
      'Quit it, and move it to the Bin.',
    ]);
    assert.equal(done(['Something stays.'])?.title, 'Castellan is not removed entirely');
    assert.ok(done(['Something stays.'])?.lines.includes('Something stays.'));
  });

  test('a helper of another version is a banner above the figures', () => {
    for (const kind of ['refreshing', 'app_older'] as const) {
      const [banner] = bannersFor(status(now), null, { kind, helper: '0.1.0', app: '0.2.0' });
      assert.equal(banner?.kind, 'helper');
      assert.match(banner?.text ?? '', /0\.1\.0.*0\.2\.0/);
    }
    const failed = { kind: 'refresh_failed', helper: '0.1.0', app: '0.2.0', why: 'It refuses' } as const;
    assert.match(bannersFor(status(now), null, failed)[0]?.text ?? '', /It refuses\./);
  });

  test('every state that is drawn has the screen it says', () => {
    for (const [name, make] of Object.entries(registrationStates)) {
      const { snapshot, screen } = make(now);
      assert.equal(kindOf(snapshot.registration, snapshot.connection), screen ?? null, name);
    }
  });
});
