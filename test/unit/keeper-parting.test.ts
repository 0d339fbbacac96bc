import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { newSetting } from '../../helper/arbiter/setting.ts';
import type { BandName, Host } from '../../helper/host/port.ts';
import type { ProcessId } from '../../helper/host/reading.ts';
import type { HeldFreeze } from '../../helper/keeper/acting/held.ts';
import { initialState, type KeeperState } from '../../helper/keeper/judgement/state.ts';
import { createParting } from '../../helper/keeper/life/parting.ts';
import { undoEffects } from '../../helper/keeper/life/removal.ts';
import { launchdLogs } from '../../helper/keeper/life/removal-data.ts';

/** What a keeper that goes does, in which order; with real processes in test/linux/install-parting.test.ts. */

const idOf = (pid: number): ProcessId => ({ pid, start: `${pid}.1` });

const wanted = (pid: number, band: BandName, kind: 'own' | 'seat' = 'seat') => ({
  id: idOf(pid),
  name: `p${pid}`,
  kind,
  band,
  setting: newSetting,
  found: null,
  goneMs: null,
});

interface World {
  readonly host: Host;
  readonly said: string[];
  readonly bands: Map<number, BandName>;
  readonly held: { freezes: HeldFreeze[]; stays: boolean };
  readonly pass: (ms: number) => void;
  isGone: boolean;
}

const openWorld = (kind: 'darwin' | 'sim' = 'darwin'): World => {
  const said: string[] = [];
  const bands = new Map<number, BandName>();
  let nowMs = 0;
  let due: { readonly atMs: number; readonly call: () => void } | null = null;
  const world: World = {
    said,
    bands,
    held: { freezes: [], stays: false },
    isGone: false,
    pass: (ms) => {
      const end = nowMs + ms;
      for (let next = due; next !== null && next.atMs <= end; next = due) {
        nowMs = next.atMs;
        due = null;
        next.call();
      }
      nowMs = end;
    },
    host: {
      kind,
      identify: (pid: number) => idOf(pid),
      isExecutableGone: () => world.isGone,
      signal: ({ pid }: ProcessId, signal: string) => {
        said.push(`${signal} ${pid}`);
        return { ok: true };
      },
      readBand: ({ pid }: ProcessId) => ({ ok: true, band: bands.get(pid) ?? null, raw: 0 }),
      setBand: ({ pid }: ProcessId, band: BandName) => {
        said.push(`${band} ${pid}`);
        if (pid === 66) return { ok: false, problem: 'refused', detail: 'not allowed' };
        if (pid === 77) return { ok: false, problem: 'vanished', detail: 'gone' };
        bands.set(pid, band);
        return { ok: true, band, raw: 0 };
      },
      setGpuLimit: (bytes: number) => {
        said.push(`gpu ${bytes}`);
        return { ok: true, bytes };
      },
      services: {
        bootstrap: async (label: string) => {
          said.push(`bootstrap ${label}`);
          return label === 'com.example.broken'
            ? { ok: false, problem: 'failed', detail: 'it does not start' }
            : { ok: true };
        },
      },
      clock: {
        nowMs: () => nowMs,
        at: (atMs: number, call: () => void) => {
          due = { atMs, call };
          return () => {
            due = null;
          };
        },
      },
    } as unknown as Host,
  };
  return world;
};

const stateWith = (change: (state: KeeperState) => Partial<KeeperState>): KeeperState => {
  const state = initialState(0);
  return { ...state, ...change(state) };
};

const parting = (world: World, state: KeeperState | null = null) =>
  createParting({
    host: world.host,
    state: () => state,
    audit: ({ kind }) => void world.said.push(kind),
    freezer: {
      held: () => world.held.freezes,
      close: async () => {
        world.said.push('resumed');
        if (!world.held.stays) world.held.freezes = [];
      },
    },
    stopJudging: async () => void world.said.push('stopped judging'),
    others: () => [81, 82],
  });

const caller = { uid: 501, gid: 20, pid: 9, client: 'app', tier: 'console' } as never;
const oneFrozen: HeldFreeze[] = [{ plan: 1, targets: [idOf(5), idOf(6)] }];

describe('a refresh', () => {
  test('stops judging, resumes, answers, and only then ends gateway and deadman', async () => {
    const world = openWorld();
    world.held.freezes = oneFrozen;
    const { handlers, ended } = parting(world);
    const answer = await handlers['keeper.refresh']({}, caller);
    assert.deepEqual(answer, { ok: true, result: { resumed: 2, left: [] } });
    assert.deepEqual(world.said, ['mutation', 'stopped judging', 'resumed']);
    assert.deepEqual(await ended, { kind: 'refresh' });
    assert.deepEqual(world.said.slice(3), ['SIGTERM 81', 'SIGTERM 82']);
  });

  test('leaves the deadman alone while something is still frozen', async () => {
    const world = openWorld();
    world.held.freezes = oneFrozen;
    world.held.stays = true;
    const { handlers, ended } = parting(world);
    const answer = await handlers['keeper.refresh']({}, caller);
    assert.ok(answer.ok);
    assert.deepEqual([answer.result.resumed, answer.result.left.length], [0, 2]);
    await ended;
    assert.ok(!world.said.some((line) => line.startsWith('SIGTERM')));
  });
});

describe('a removal', () => {
  test('gives back what is as it was set, and nothing else', async () => {
    const world = openWorld();
    for (const [pid, band] of [
      [1, 'CRITICAL'],
      [2, 'CRITICAL'],
      [3, 'IDLE'],
      [4, 'HOME'],
      [66, 'IDLE'],
      [77, 'IDLE'],
    ] as const)
      world.bands.set(pid, band);
    const state = stateWith(({ arbiter, relief }) => ({
      arbiter: {
        ...arbiter,
        // 4 was changed by somebody else meanwhile, and is theirs.
        bands: [
          wanted(1, 'CRITICAL', 'own'),
          wanted(2, 'CRITICAL'),
          wanted(3, 'IDLE'),
          wanted(4, 'IDLE'),
          wanted(66, 'IDLE'),
          wanted(77, 'IDLE'),
        ],
        gpu: { ...arbiter.gpu, isOurs: true },
      },
      relief: {
        ...relief,
        sheds: ['com.example.agent', 'com.example.broken'].map(
          (label) => ({ label, sinceMs: 0, plan: 1, staysDown: false }) as never,
        ),
      },
    }));
    const undone = await undoEffects({ host: world.host, state });
    assert.deepEqual(undone, {
      bands: 2,
      gpuLimit: 'restored',
      left: [
        'The band of p66 (pid 66) stays IDLE: not allowed.',
        'com.example.broken, which was shed, does not run: it does not start.',
      ],
    });
    assert.deepEqual(world.said, [
      'DEFAULT 2',
      'DEFAULT 3',
      'DEFAULT 66',
      'DEFAULT 77',
      'gpu 0',
      'bootstrap com.example.agent',
      'bootstrap com.example.broken',
    ]);
  });

  test('of a keeper that never judged has nothing to give back, and ends with what it was asked about its data', async () => {
    const world = openWorld();
    const { handlers, ended } = parting(world);
    const answer = await handlers['keeper.remove']({ removeData: true }, caller);
    assert.deepEqual(answer, {
      ok: true,
      result: { resumed: 0, bands: 0, gpuLimit: 'untouched', seats: [], left: [] },
    });
    assert.deepEqual(await ended, { kind: 'removed', removeData: true });
    assert.ok(!world.said.some((line) => line.startsWith('SIGTERM')), 'launchd ends the others');
  });

  test('comes to rest once, however often it is asked', async () => {
    const world = openWorld();
    const { handlers, rest } = parting(world);
    await Promise.all([
      handlers['keeper.remove']({ removeData: false }, caller),
      handlers['keeper.refresh']({}, caller),
      rest(),
    ]);
    assert.equal(world.said.filter((line) => line === 'resumed').length, 1);
  });
});

describe('a keeper whose executable is gone', () => {
  test('gives everything back and ends', async () => {
    const world = openWorld();
    world.bands.set(2, 'CRITICAL');
    world.held.freezes = oneFrozen;
    const state = stateWith(({ arbiter }) => ({ arbiter: { ...arbiter, bands: [wanted(2, 'CRITICAL')] } }));
    const { ended } = parting(world, state);
    world.pass(60_000);
    await turn();
    assert.deepEqual(world.said, []);
    world.isGone = true;
    world.pass(40_000);
    assert.deepEqual(await ended, { kind: 'executable_gone' });
    assert.deepEqual(world.said, ['stopped judging', 'resumed', 'DEFAULT 2']);
  });

  test('is not looked for on a simulated machine, which does not know this process', async () => {
    const world = openWorld('sim');
    world.isGone = true;
    parting(world);
    world.pass(600_000);
    await turn();
    assert.deepEqual(world.said, []);
  });
});

describe('what launchd keeps of the daemons', () => {
  const support = '/Library/Application Support/Sanctum';

  test('goes with the data of an installed keeper, of a development build its own', () => {
    const logs = ['deadman.log', 'log', 'gateway.log'].map((end) => `/var/log/com.sanctum.castellan.${end}`);
    assert.deepEqual(launchdLogs(`${support}/Castellan/run`, 'darwin'), logs);
    const development = logs.map((path) => path.replace(/log$/, 'dev.log'));
    assert.deepEqual(launchdLogs(`${support}/Castellan-dev/run`, 'darwin'), development);
  });

  test('is nothing of a keeper somewhere else, nor on another system', () => {
    assert.deepEqual(launchdLogs('/tmp/run', 'darwin'), []);
    assert.deepEqual(launchdLogs('/run/castellan', 'linux'), []);
    assert.deepEqual(launchdLogs(`${support}/Castellan/run`, 'linux'), []);
  });
});
