import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { Registration } from '../../app/ipc/contract.ts';
import { faultOf, skewOf, stateOf } from '../../app/registration/model.ts';
import { createRegistration, type RegistrationHandle } from '../../app/registration/registration.ts';
import {
  electronServices,
  readStatus,
  type ServiceStatus,
  serviceFile,
  services,
} from '../../app/registration/services.ts';
import { registrationTimes } from '../../app/registration/settle.ts';
import { noRegistration } from '../../app/state.ts';
import { daemonPlistFile } from '../../helper/install/daemon-plists.ts';
import { failure } from '../../helper/protocol/errors.ts';
import type { Session } from '../../helper/protocol/session.ts';
import { createFakeServices, type FakeServices, type MacKind } from '../fakes/registration-services.ts';

const all = (status: ServiceStatus): readonly ServiceStatus[] => [status, status, status];

describe('what macOS says of the daemons', () => {
  const table: readonly (readonly [readonly ServiceStatus[], ReturnType<typeof stateOf>])[] = [
    [all('enabled'), 'enabled'],
    [all('not-registered'), 'not_registered'],
    [all('not-found'), 'not_registered'],
    [all('unknown'), 'not_registered'],
    [all('requires-approval'), 'needs_approval'],
    [['enabled', 'requires-approval', 'enabled'], 'needs_approval'],
    [['enabled', 'not-registered', 'requires-approval'], 'needs_approval'],
    [['enabled', 'not-registered', 'enabled'], 'not_registered'],
    [['enabled', 'not-found', 'enabled'], 'not_registered'],
  ];
  for (const [statuses, state] of table)
    test(`${statuses.join(', ')}: ${state}`, () => {
      assert.equal(stateOf(statuses), state);
      assert.equal(faultOf(statuses) === null, state !== 'not_registered');
    });

  test('a word that is none of those it has is not known', () => {
    for (const word of ['enabled', 'not-registered', 'requires-approval', 'not-found'] as const)
      assert.equal(readStatus(word), word);
    for (const word of [undefined, null, '', 'Enabled', 7]) assert.equal(readStatus(word), 'unknown');
  });

  test('they are asked of Electron as daemons, by the names of the property lists', () => {
    const asked: unknown[] = [];
    const port = electronServices(
      {
        getLoginItemSettings: ((options: unknown) => {
          asked.push(options);
          return { status: 'requires-approval' };
        }) as never,
        setLoginItemSettings: (options: unknown) => void asked.push(options),
      },
      false,
    );
    assert.equal(port.status('keeper'), 'requires-approval');
    port.set('gateway', true);
    assert.deepEqual(asked, [
      { type: 'daemonService', serviceName: 'com.sanctum.castellan.plist' },
      { type: 'daemonService', serviceName: 'com.sanctum.castellan.gateway.plist', openAtLogin: true },
    ]);
    for (const isDevelopment of [true, false])
      for (const service of services)
        assert.equal(serviceFile(service, isDevelopment), daemonPlistFile(service, isDevelopment));
  });
});

describe('versions', () => {
  for (const [helper, app, skew] of [
    ['0.1.0', '0.1.0', 'same'],
    ['0.1.0', '0.1.1', 'older'],
    ['0.9.9', '0.10.0', 'older'],
    ['1.0.0', '0.10.0', 'newer'],
    ['0.2.0-dev', '0.2.0', 'same'],
    ['', '0.2.0', 'same'],
    ['unknown', '0.2.0', 'same'],
  ] as const)
    test(`helper ${helper}, app ${app}: ${skew}`, () => assert.equal(skewOf(helper, app), skew));
});

interface Opened {
  readonly mac: FakeServices;
  readonly handle: RegistrationHandle;
  readonly now: () => Registration;
  /** Every state there was, in order. */
  readonly states: string[];
  readonly asked: string[];
  readonly waited: number[];
  /** How often it waited to look again. */
  readonly watches: () => number;
  /** Nothing more happens by itself. */
  readonly quiet: () => Promise<void>;
  readonly world: {
    answers: Record<string, unknown>;
    isConnected: boolean;
    loginItemGone: boolean;
    reconnects: number;
  };
}

const open = (
  t: TestContext,
  kind: MacKind,
  start: ServiceStatus = 'not-registered',
  waitsForRefresh = false,
): Opened => {
  const mac = createFakeServices(kind, start);
  let now: Registration = noRegistration;
  const states: string[] = [];
  const asked: string[] = [];
  const waited: number[] = [];
  let watches = 0;
  let isConnected = true;
  const world: Opened['world'] = {
    answers: {},
    loginItemGone: false,
    reconnects: 0,
    get isConnected() {
      return isConnected;
    },
    set isConnected(is) {
      isConnected = is;
      if (!is) handle.parted();
    },
  };
  let nowMs = 1_000;
  const request: Session['request'] = async (verb, args) => {
    asked.push(`${verb} ${JSON.stringify(args)}`);
    const result = world.answers[verb];
    return result === undefined
      ? { ok: false, failure: failure('connection_lost') }
      : { ok: true, result: result as never };
  };
  const handle = createRegistration({
    port: mac,
    version: '0.2.0',
    tell: (event) => {
      if (event.kind !== 'registration') return;
      now = event.registration;
      const word = now.removal === null ? (now.update?.kind ?? now.state) : now.removal.kind;
      if (word !== states.at(-1)) states.push(word);
    },
    request,
    isConnected: () => world.isConnected,
    reconnect: () => {
      world.reconnects += 1;
    },
    forgetLoginItem: () => {
      world.loginItemGone = true;
    },
    nowMs: () => nowMs,
    pause: async (ms) => {
      // The watch and a refresh that is waited for take as long as the test does.
      if (ms === registrationTimes.watchEveryMs) watches += 1;
      if (ms === registrationTimes.watchEveryMs || (waitsForRefresh && ms === registrationTimes.refreshMs)) {
        await turn();
        await turn();
        if (ms === registrationTimes.refreshMs) await new Promise(() => {});
        return;
      }
      waited.push(ms);
      nowMs += ms;
      await turn();
    },
    log: () => {},
  });
  t.after(handle.stop);
  const quiet = async (): Promise<void> => {
    for (let n = 0; n < 300; n += 1) await turn();
  };
  return { mac, handle, now: () => now, states, asked, waited, watches: () => watches, quiet, world };
};

const nothing = { resumed: 1, bands: 2, gpuLimit: 'untouched', seats: ['Cilghal'], left: [] };
const older = { helperVersion: '0.1.0', instance: 'one', tier: 'console' } as const;

describe('registering', () => {
  test('all three, the deadman first; enabled at once where macOS asks nobody', async (t) => {
    const { mac, handle, states, quiet, world } = open(t, 'willing');
    handle.act('install');
    await quiet();
    assert.deepEqual(mac.sets, ['deadman on', 'keeper on', 'gateway on']);
    assert.deepEqual(states, ['not_registered', 'registering', 'enabled']);
    assert.ok(world.reconnects > 0, 'the helper starts this moment');
  });

  test('a Mac that never saw the app says not-found first, and that is no fault', async (t) => {
    const { handle, now, states, quiet } = open(t, 'fresh');
    assert.deepEqual([now().state, now().fault], ['not_registered', null]);
    handle.act('install');
    await quiet();
    assert.equal(states.at(-1), 'enabled');
    assert.equal(now().fault, null);
  });

  test('needs approval: looked for by itself until somebody turns the switch on', async (t) => {
    const { mac, handle, now, states, quiet, world } = open(t, 'asks');
    handle.act('install');
    await quiet();
    assert.equal(now().state, 'needs_approval');
    assert.deepEqual(mac.sets.length, 3);
    const before = world.reconnects;
    mac.approve();
    await quiet();
    assert.deepEqual(states, ['not_registered', 'registering', 'needs_approval', 'enabled']);
    assert.ok(world.reconnects > before);
    assert.notEqual(now().enabledSinceMs, null);
  });

  test('switched off in System Settings: seen as soon as the helper is gone, and how to switch it on', async (t) => {
    const { mac, now, quiet, world } = open(t, 'asks', 'enabled');
    await quiet();
    for (const service of services) mac.statuses.set(service, 'requires-approval');
    await quiet();
    assert.equal(now().state, 'enabled', 'who is connected is not asked about');
    world.isConnected = false;
    await quiet();
    assert.equal(now().state, 'needs_approval');
    mac.approve();
    await quiet();
    assert.equal(now().state, 'enabled');
    assert.ok(world.reconnects > 0);
  });

  test('who is connected and approved is not looked at again, until that changes', async (t) => {
    const { mac, handle, now, watches, quiet, world } = open(t, 'asks', 'enabled');
    await quiet();
    assert.equal(watches(), 0);
    world.isConnected = false;
    await quiet();
    assert.ok(watches() > 0);
    world.isConnected = true;
    await quiet();
    const before = watches();
    await quiet();
    assert.equal(watches(), before);
    for (const service of services) mac.statuses.set(service, 'requires-approval');
    handle.welcomed({ ...older, helperVersion: '0.2.0' });
    await quiet();
    assert.equal(now().state, 'needs_approval');
    mac.approve();
    await quiet();
    assert.equal(now().state, 'enabled', 'looked for also while a helper is connected');
  });

  for (const [kind, words] of [
    ['refuses', /did not register the helper/],
    ['finds_nothing', /finds no helper/],
  ] as const)
    test(`a Mac that ${kind.replace('_', ' ')}: said after a wait that ends, and tried again when asked`, async (t) => {
      const { mac, handle, now, waited, quiet } = open(t, kind);
      handle.act('install');
      await quiet();
      assert.equal(now().state, 'not_registered');
      assert.match(now().fault ?? '', words);
      assert.equal(waited.length, registrationTimes.settleTries);
      handle.act('install');
      await quiet();
      assert.deepEqual(mac.sets, ['deadman on', 'deadman on']);
    });

  test('what is registered already is not registered again', async (t) => {
    const { mac, handle, quiet } = open(t, 'willing');
    mac.statuses.set('deadman', 'enabled').set('gateway', 'requires-approval');
    handle.act('install');
    await quiet();
    assert.deepEqual(mac.sets, ['keeper on']);
  });

  test('is offered nowhere but where it works', async (t) => {
    const states: string[] = [];
    const handle = createRegistration({
      port: null,
      version: '0.2.0',
      tell: () => states.push('told'),
      request: () => assert.fail('nothing is asked'),
      isConnected: () => true,
      reconnect: () => {},
      forgetLoginItem: () => {},
      nowMs: () => 0,
      pause: () => assert.fail('nothing is waited for'),
      log: () => {},
    });
    t.after(handle.stop);
    for (const act of ['install', 'remove', 'ask_removal', 'refresh'] as const) handle.act(act);
    handle.welcomed(older);
    assert.deepEqual([states, handle.isAvailable()], [[], false]);
  });
});

describe('a helper of another version', () => {
  test('an older one is asked to end, once, and the next one is the new one', async (t) => {
    const { mac, handle, now, states, asked, quiet, world } = open(t, 'willing', 'enabled', true);
    world.answers['keeper.refresh'] = { resumed: 0, left: [] };
    handle.welcomed(older);
    await quiet();
    assert.deepEqual(asked, ['keeper.refresh {}']);
    assert.equal(now().update?.kind, 'refreshing');
    handle.welcomed({ helperVersion: '0.2.0', instance: 'two', tier: 'console' });
    await quiet();
    assert.equal(now().update, null);
    assert.deepEqual(states, ['enabled', 'refreshing', 'enabled']);
    assert.deepEqual(mac.sets, [], 'it is never registered anew');
  });

  test('one that comes back the same is not asked for ever', async (t) => {
    const { handle, now, asked, quiet, world } = open(t, 'willing', 'enabled', true);
    world.answers['keeper.refresh'] = { resumed: 0, left: [] };
    handle.welcomed(older);
    await quiet();
    handle.welcomed({ ...older, instance: 'two' });
    await quiet();
    const { update } = now();
    assert.ok(update?.kind === 'refresh_failed');
    assert.match(update.why, /same version again/);
    handle.welcomed({ ...older, instance: 'two' });
    await quiet();
    assert.equal(asked.length, 2, 'once for each helper that was started');
  });

  test('that does not come back is said after a minute', async (t) => {
    const { handle, now, waited, quiet, world } = open(t, 'willing', 'enabled');
    world.answers['keeper.refresh'] = { resumed: 0, left: [] };
    handle.welcomed(older);
    await quiet();
    assert.ok(waited.includes(registrationTimes.refreshMs));
    assert.equal(now().update?.kind, 'refresh_failed');
  });

  test('that refuses, or does not know the verb, is left alone', async (t) => {
    const { handle, now, quiet } = open(t, 'willing', 'enabled', true);
    handle.welcomed(older);
    await quiet();
    assert.equal(now().update?.kind, 'refresh_failed');
  });

  test('is not asked where launchd would not start another: not registered here, or nobody who may', async (t) => {
    for (const [start, ready] of [
      ['not-registered', older],
      ['enabled', { ...older, tier: 'read' as const }],
      ['enabled', { ...older, helperVersion: '0.2.0' }],
    ] as const) {
      const { handle, asked, quiet } = open(t, 'willing', start, true);
      handle.welcomed(ready);
      await quiet();
      assert.deepEqual(asked, []);
    }
  });

  test('a newer one is told of, and not touched', async (t) => {
    const { handle, now, asked, quiet } = open(t, 'willing', 'enabled', true);
    handle.welcomed({ ...older, helperVersion: '0.3.0' });
    await quiet();
    assert.deepEqual(now().update, { kind: 'app_older', helper: '0.3.0', app: '0.2.0' });
    assert.deepEqual(asked, []);
  });
});

describe('"Remove Castellan…"', () => {
  test('asks before it does anything', async (t) => {
    const { mac, handle, now, asked, quiet } = open(t, 'willing', 'enabled');
    handle.act('ask_removal');
    assert.equal(now().removal?.kind, 'asking');
    handle.act('cancel_removal');
    await quiet();
    assert.deepEqual([now().removal, mac.sets, asked], [null, [], []]);
  });

  for (const withData of [false, true])
    test(`the helper gives back first, the deadman goes last${withData ? '; with its data' : ''}`, async (t) => {
      const { mac, handle, now, asked, waited, quiet, world } = open(t, 'willing', 'enabled');
      world.answers['keeper.remove'] = nothing;
      handle.act('ask_removal');
      handle.act(withData ? 'remove_with_data' : 'remove');
      await quiet();
      assert.deepEqual(asked, [`keeper.remove {"removeData":${withData}}`]);
      assert.deepEqual(mac.sets, ['gateway off', 'keeper off', 'deadman off']);
      const { left: _, ...undone } = nothing;
      assert.deepEqual(now().removal, { kind: 'done', withData, undone, left: [] });
      assert.ok(world.loginItemGone);
      assert.ok(!waited.includes(registrationTimes.deadmanMs), 'nothing was left to be resumed');
    });

  test('with a helper that does not answer: the deadman is given its time, and it is said', async (t) => {
    for (const isConnected of [false, true]) {
      const { mac, handle, now, waited, quiet, world } = open(t, 'willing', 'enabled');
      world.isConnected = isConnected;
      handle.act('remove_with_data');
      await quiet();
      const { removal } = now();
      assert.ok(removal?.kind === 'done');
      assert.equal(removal.undone, null);
      assert.ok(removal.left.some((line) => line.includes('did not answer')));
      assert.ok(removal.left.some((line) => line.includes('data')));
      assert.deepEqual(mac.sets, ['gateway off', 'keeper off', 'deadman off']);
      assert.ok(waited.includes(registrationTimes.deadmanMs));
    }
  });

  test('what macOS keeps registered is said, after a wait that ends', async (t) => {
    const { handle, now, waited, quiet, world } = open(t, 'clings', 'enabled');
    world.answers['keeper.remove'] = nothing;
    handle.act('remove');
    await quiet();
    const { removal } = now();
    assert.ok(removal?.kind === 'done');
    assert.equal(removal.left.length, 3);
    assert.equal(
      waited.filter((ms) => ms === registrationTimes.settleEveryMs).length,
      3 * registrationTimes.settleTries,
    );
  });

  test('a helper that answers afterwards is not refreshed: it is on its way out', async (t) => {
    const { handle, asked, quiet, world } = open(t, 'willing', 'enabled');
    world.answers['keeper.remove'] = nothing;
    handle.act('remove');
    await quiet();
    handle.welcomed({ ...older, instance: 'three' });
    await quiet();
    assert.equal(asked.length, 1);
  });
});
