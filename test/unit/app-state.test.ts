import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { AppSnapshot } from '../../app/ipc/contract.ts';
import { createStore, initialState, patchBetween, reduce, type StateEvent } from '../../app/state.ts';
import { failure } from '../../helper/protocol/errors.ts';
import { sampleStatus } from '../fakes/sample-status.ts';

const settings = { numbersInTray: true, colourInTray: true, shortcut: null, openAtLogin: null };
const fresh = initialState('0.1.0', settings);
const after = (...events: readonly StateEvent[]): AppSnapshot => events.reduce(reduce, fresh);

const ready: StateEvent = { kind: 'ready', tier: 'console' };
const status: StateEvent = { kind: 'status', status: sampleStatus(), atMs: 1000 };
const closed = (code: Parameters<typeof failure>[0], atMs = 9000, helperVersion: string | null = null): StateEvent => ({
  kind: 'closed',
  failure: failure(code),
  atMs,
  helperVersion,
});

describe('app state', () => {
  test('nothing ever answered: missing; it answered before: lost, since the last status', () => {
    assert.equal(after(closed('not_running')).connection.kind, 'missing');
    const lost = after(ready, status, closed('connection_lost'));
    assert.deepEqual(lost.connection, { kind: 'lost', sinceMs: 1000, failure: failure('connection_lost') });
    assert.equal(lost.status?.level.name, 'green', 'the last figures stay');
  });

  test('lost keeps its beginning through failed attempts and ends when the keeper is back', () => {
    const still = after(ready, status, closed('connection_lost'), closed('not_running', 12_000));
    assert.deepEqual(still.connection, { kind: 'lost', sinceMs: 1000, failure: failure('not_running') });
    assert.deepEqual(reduce(still, ready).connection, { kind: 'connected', tier: 'console' });
  });

  test('the same failure again is no change, so that nothing is redrawn', () => {
    const missing = after(closed('not_running'));
    assert.equal(reduce(missing, closed('not_running', 12_000)), missing);
  });

  test('a silence keeps the tier and ends with the next status', () => {
    const silent = after(ready, status, { kind: 'silent', sinceMs: 1000 });
    assert.deepEqual(silent.connection, { kind: 'silent', sinceMs: 1000, tier: 'console' });
    assert.deepEqual(reduce(silent, status).connection, { kind: 'connected', tier: 'console' });
    assert.equal(
      after({ kind: 'silent', sinceMs: 1 }).connection.kind,
      'connecting',
      'only a connection can be silent',
    );
  });

  test('versions that do not meet say which side is older', () => {
    assert.deepEqual(after(closed('client_too_new', 1, '0.0.9')).connection, {
      kind: 'helper_older',
      helper: '0.0.9',
      app: '0.1.0',
    });
    assert.equal(after(closed('client_too_old', 1, '2.0.0')).connection.kind, 'helper_newer');
  });

  test('who is there and cannot be worked with is refused, not missing', () => {
    for (const code of ['untrusted_server', 'not_allowed', 'too_many_connections', 'bad_answer'] as const) {
      assert.equal(after(closed(code)).connection.kind, 'refused', code);
    }
  });

  test('a patch holds the parts that changed and nothing else', () => {
    const before = after(ready, status);
    assert.equal(patchBetween(before, before), null);
    const later = reduce(before, { kind: 'pinned', pinned: true });
    assert.deepEqual(patchBetween(before, later), { pinned: true });
    assert.equal(reduce(later, { kind: 'pinned', pinned: true }), later);
    const next = reduce(later, { ...status, atMs: 3000 });
    assert.deepEqual(Object.keys(patchBetween(later, next) ?? {}), ['receivedAtMs']);
  });

  test('patches laid on top of each other give the state', () => {
    const store = createStore(fresh);
    let mirrored: AppSnapshot = fresh;
    store.onChange((now, before) => {
      mirrored = { ...mirrored, ...patchBetween(before, now) };
    });
    for (const event of [ready, status, closed('connection_lost'), ready, { ...status, atMs: 5000 }])
      store.dispatch(event);
    assert.deepEqual(mirrored, store.get());
  });

  test('a press on a notification is kept until it was looked at; a fault of notifications until one is shown', () => {
    const attention = { nth: 1, episode: 'a', confirm: null, said: null, health: null };
    const pressed = after({ kind: 'attention', attention });
    assert.equal(pressed.attention, attention);
    assert.equal(reduce(pressed, { kind: 'attention', attention: null }).attention, null);
    assert.equal(reduce(fresh, { kind: 'attention', attention: null }), fresh, 'nothing to forget is no change');
    const faulty = after({ kind: 'notifications', fault: 'no bus' });
    assert.equal(faulty.notificationFault, 'no bus');
    assert.equal(reduce(faulty, { kind: 'notifications', fault: 'no bus' }), faulty);
    assert.equal(reduce(faulty, { kind: 'notifications', fault: null }).notificationFault, null);
  });

  test('each page the window is asked for is another goal, until the window is gone', () => {
    const first = reduce(initialState('0.1.0', settings), { kind: 'window_page', page: 'log' });
    assert.deepEqual(first.windowGoal, { page: 'log', nth: 1 });
    assert.deepEqual(reduce(first, { kind: 'window_page', page: 'log' }).windowGoal, { page: 'log', nth: 2 });
    const gone = reduce(first, { kind: 'window_page', page: null });
    assert.equal(gone.windowGoal, null);
    assert.equal(reduce(gone, { kind: 'window_page', page: null }), gone);
  });

  test('a shortcut that cannot be had and an icon that is not there are part of it', () => {
    const faulty = reduce(initialState('0.1.0', settings), { kind: 'shortcut', fault: 'taken' });
    assert.equal(faulty.shortcutFault, 'taken');
    assert.equal(reduce(faulty, { kind: 'shortcut', fault: 'taken' }), faulty);
    const hidden = reduce(initialState('0.1.0', settings), { kind: 'icon', hidden: true });
    assert.equal(hidden.iconHidden, true);
    assert.equal(reduce(hidden, { kind: 'icon', hidden: true }), hidden);
  });

  test('what the app itself takes is no news while it is the same', () => {
    const own = { version: '0.1.0', pids: [7], memoryBytes: 1 };
    const told = after({ kind: 'own', own });
    assert.deepEqual(told.own, own);
    assert.equal(reduce(told, { kind: 'own', own: { ...own, pids: [7] } }), told);
  });
});
