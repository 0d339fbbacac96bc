import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { callNames, channelOf, pushNames } from '../../app/ipc/channels.ts';
import { type Bridge, contract, type Handlers, type HistoryAnswer } from '../../app/ipc/contract.ts';
import { judgeSender, makeSenders, serveRenderer, trustedOrigin } from '../../app/ipc/main-side.ts';
import { makeBridge, type RendererIpc } from '../../app/ipc/preload-side.ts';
import { initialState } from '../../app/state.ts';
import { failure } from '../../helper/protocol/errors.ts';
import type { requests, Verb } from '../../helper/protocol/requests.ts';

type Listener = (event: unknown, data: unknown) => void;

const state = initialState('0.1.0', { numbersInTray: true, colourInTray: true, shortcut: null, openAtLogin: null });
const noHistory: HistoryAnswer = { ok: false, failure: failure('not_running') };
const mainFrame = { parent: null, origin: trustedOrigin };

/** Both sides of the bridge, joined as Electron joins them; `frame` and `page` say who seems to call. */
const joined = (change: Partial<Handlers> = {}, frame: unknown = mainFrame) => {
  const calls: (readonly unknown[])[] = [];
  const note =
    (name: string) =>
    (...args: readonly unknown[]): undefined =>
      void calls.push([name, ...args]);
  const handlers: Handlers = {
    snapshot: () => state,
    history: (range, columns) => {
      note('history')(range, columns);
      return noHistory;
    },
    setPinned: note('setPinned'),
    setSettings: (settings) => ({ ...state.settings, ...settings }),
    painted: note('painted'),
    hide: note('hide'),
    openWindow: note('openWindow'),
    watchProcesses: note('watchProcesses'),
    read: (verb, args) => {
      note('read')(verb, args);
      return { ok: false, failure: failure('not_running') };
    },
    exportLog: (format, query) => {
      note('exportLog')(format, query);
      return { kind: 'cancelled' };
    },
    exportHistory: (format, range) => {
      note('exportHistory')(format, range);
      return { kind: 'written', path: '/tmp/a.csv', rows: 2 };
    },
    retry: note('retry'),
    open: note('open'),
    quit: note('quit'),
    registration: note('registration'),
    approve: (...args) => {
      note('approve')(...args);
      return { ok: false, failure: failure('approval_expired') };
    },
    deny: (...args) => {
      note('deny')(...args);
      return { ok: true, result: {} };
    },
    markWrong: () => ({ ok: false, failure: failure('plan_unknown') }),
    pauseRelief: (minutes) => {
      note('pauseRelief')(minutes);
      return { ok: true, result: { paused: null, said: '' } };
    },
    setReliefMode: () => ({ ok: false, failure: failure('gate_closed') }),
    resume: (freeze) => {
      note('resume')(freeze);
      return { ok: true, result: { resumed: 1 } };
    },
    restore: (label) => {
      note('restore')(label);
      return { ok: true, result: {} };
    },
    release: (...args) => {
      note('release')(...args);
      return { ok: false, failure: failure('seat_protected') };
    },
    keep: (...args) => {
      note('keep')(...args);
      return { ok: true, result: { said: 'It stays.' } };
    },
    load: (seat) => {
      note('load')(seat);
      return { ok: false, failure: failure('unknown_seat') };
    },
    preview: (seat) => {
      note('preview')(seat);
      return { ok: false, failure: failure('unknown_seat') };
    },
    ...change,
  };
  const served = new Map<string, (event: unknown, ...args: unknown[]) => unknown>();
  const listeners = new Map<string, Set<Listener>>();
  const log: string[] = [];
  const page = {
    isDestroyed: () => false,
    send: (channel: string, data: unknown) => {
      for (const listener of listeners.get(channel) ?? []) listener({ sender: 'electron' }, data);
    },
  };
  serveRenderer({
    ipcMain: { handle: (channel, handler) => void served.set(channel, handler as never) },
    handlers: { popover: handlers, window: handlers },
    pages: { popover: () => page as never, window: () => null },
    log: (line) => void log.push(line),
  });
  const ipc: RendererIpc = {
    invoke: async (channel, ...args) => served.get(channel)?.({ sender: page, senderFrame: frame }, ...args),
    on: (channel, listener) => listeners.set(channel, (listeners.get(channel) ?? new Set()).add(listener)),
    off: (channel, listener) => listeners.get(channel)?.delete(listener),
  };
  return { bridge: makeBridge(ipc), senders: makeSenders(() => page), calls, log, served, ipc };
};

/** Which call carries which verb of seats. */
const seatCalls = {
  release: 'seat.release',
  keep: 'seat.keep',
  load: 'seat.load',
  preview: 'read.preview',
} as const satisfies { readonly [K in keyof typeof contract]?: Verb };
type OperatorSeatVerb = {
  [V in Verb]: (typeof requests)[V]['tier'] extends 'console' ? (V extends `seat.${string}` ? V : never) : never;
}[Verb];
/** Every verb of seats that an operator may use has a call: a new one that was forgotten there does not compile. */
const everySeatVerbHasACall: Exclude<OperatorSeatVerb, (typeof seatCalls)[keyof typeof seatCalls]> extends never
  ? true
  : never = true;

describe('bridge between main and renderer', () => {
  test('every row of the contract is a channel on both sides', () => {
    assert.ok(everySeatVerbHasACall);
    assert.deepEqual([...callNames, ...pushNames].sort(), Object.keys(contract).sort());
    const { served, bridge } = joined();
    assert.deepEqual([...served.keys()].sort(), callNames.map(channelOf).sort());
    const listening = pushNames.map((name) => `on${name.charAt(0).toUpperCase()}${name.slice(1)}`);
    assert.deepEqual(Object.keys(bridge).sort(), [...callNames, ...listening].sort());
  });

  test('a call brings its arguments and its result', async () => {
    const { bridge, calls } = joined();
    assert.deepEqual(await bridge.snapshot(), state);
    assert.deepEqual(await bridge.history('6h', 356), noHistory);
    await bridge.setPinned(true);
    assert.deepEqual(await bridge.setSettings({ numbersInTray: false }), { ...state.settings, numbersInTray: false });
    await bridge.open('operations-manual');
    assert.deepEqual(await bridge.approve(7, 'abc', true), { ok: false, failure: failure('approval_expired') });
    assert.deepEqual(await bridge.deny(7, 'abc'), { ok: true, result: {} });
    assert.deepEqual(await bridge.resume(null), { ok: true, result: { resumed: 1 } });
    assert.deepEqual(await bridge.release('Codestral', true, ''), { ok: false, failure: failure('seat_protected') });
    assert.deepEqual(await bridge.keep('Codestral', 60), { ok: true, result: { said: 'It stays.' } });
    await bridge.load('Codestral');
    await bridge.preview('Codestral');
    assert.deepEqual(calls, [
      ['history', '6h', 356],
      ['setPinned', true],
      ['open', 'operations-manual'],
      ['approve', 7, 'abc', true],
      ['deny', 7, 'abc'],
      ['resume', null],
      ['release', 'Codestral', true, ''],
      ['keep', 'Codestral', 60],
      ['load', 'Codestral'],
      ['preview', 'Codestral'],
    ]);
  });

  test('wrong arguments never reach a handler', async () => {
    const { bridge, calls } = joined();
    const loose = bridge as unknown as Readonly<Record<string, (...args: readonly unknown[]) => Promise<unknown>>>;
    const wrong: readonly (readonly [keyof Bridge, ...unknown[]])[] = [
      ['history', '2d', 356],
      ['history', '1h', 0],
      ['history', '1h', 356, 'more'],
      ['setPinned', 'yes'],
      ['setPinned'],
      ['setSettings', { numbersInTray: 1 }],
      ['setSettings', { unknown: true }],
      ['open', 'https://example.org/'],
      ['hide', { at: 1 }],
      ['approve', 1, 'hash'],
      ['approve', '1', 'hash', true],
      ['approve', 1, 'h'.repeat(65), true],
      ['approve', 1, 'hash', 1],
      ['deny', 1.5, 'hash'],
      ['markWrong'],
      ['setReliefMode', 'observe_only'],
      ['resume'],
      ['resume', 'all'],
      ['release', 'Codestral', true],
      ['release', 'n'.repeat(65), true, ''],
      ['release', 'Codestral', true, 'n'.repeat(65)],
      ['keep', 'Codestral', -1],
      ['keep', 'Codestral', 1441],
      ['keep', 'Codestral', 0.5],
      ['load'],
      ['preview', null],
      ['restore'],
      ['openWindow', 'elsewhere'],
      ['openWindow', 'constructor'],
      ['watchProcesses', 1],
      ['read', 'read.pending', {}],
      ['read', 'relief.mode', { to: 'live' }],
      ['read', '__proto__', {}],
      ['exportLog', 'xml', null],
      ['exportLog', 'csv', null, '/etc/passwd'],
      ['exportLog', 'csv', '/etc/passwd'],
      ['exportLog', 'csv', [{ wallMs: 1 }]],
      ['exportLog', 'csv', Array(10_001).fill({ kind: 'act' })],
      ['exportHistory', 'csv', '1y'],
      ['pauseRelief', 61],
      ['pauseRelief', 0.5],
      ['setSettings', { shortcut: 'M' }],
    ];
    for (const [name, ...args] of wrong) {
      await assert.rejects(async () => loose[name]?.(...args), /bad arguments/, `${name} ${JSON.stringify(args)}`);
    }
    assert.deepEqual(calls, []);
  });

  test('a caller that is not the main frame of the popover is refused and nothing runs', async () => {
    const frames = [
      null,
      { parent: mainFrame, origin: trustedOrigin },
      { parent: null, origin: 'https://example.org' },
    ];
    for (const frame of frames) {
      const { bridge, calls, log } = joined({}, frame);
      await assert.rejects(bridge.quit(), /not allowed/);
      assert.deepEqual(calls, []);
      assert.match(log[0] ?? '', /ipc: quit refused/);
    }
  });

  test('another page is refused, whatever it shows', () => {
    const popover = {};
    const window = {};
    const pages = { popover: () => popover, window: () => window };
    const none = { popover: () => null, window: () => null };
    const whyNot = (
      sender: Parameters<typeof judgeSender>[0],
      of = pages as Parameters<typeof judgeSender>[1],
    ): string => {
      const judged = judgeSender(sender, of);
      return judged.ok ? '' : judged.why;
    };
    assert.deepEqual(judgeSender({ sender: popover, senderFrame: mainFrame }, pages), { ok: true, surface: 'popover' });
    assert.deepEqual(judgeSender({ sender: window, senderFrame: mainFrame }, pages), { ok: true, surface: 'window' });
    assert.match(whyNot({ sender: {}, senderFrame: mainFrame }), /not from a window of ours/);
    assert.match(whyNot({ sender: null, senderFrame: mainFrame }, none), /not from a window of ours/);
    const lookalike = { parent: null, origin: 'castellan://app.example.org' };
    assert.match(whyNot({ sender: popover, senderFrame: lookalike }), /from castellan/);
  });

  test('a handler that fails tells the page so, and the log why', async () => {
    const broken = { retry: () => Promise.reject(new Error('secret path')) };
    const { bridge, log } = joined(broken);
    await assert.rejects(bridge.retry(), (error: Error) => error.message === 'retry failed');
    assert.match(log[0] ?? '', /secret path/);
  });

  test('a push reaches listeners until they unsubscribe, without the event', () => {
    const { bridge, senders } = joined();
    const heard: unknown[] = [];
    const stop = bridge.onPatch((...all: readonly unknown[]) => void heard.push(all));
    senders.patch({ pinned: true });
    stop();
    senders.patch({ pinned: false });
    assert.deepEqual(heard, [[{ pinned: true }]]);
  });

  test('without a page a push is dropped', () => {
    makeSenders(() => null).patch({ pinned: true });
    let sent = 0;
    makeSenders(() => ({ isDestroyed: () => true, send: () => void sent++ })).patch({ pinned: true });
    assert.equal(sent, 0);
  });
});
