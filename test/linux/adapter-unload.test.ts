import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Config, GB, MB } from '../../helper/config/config.ts';
import { createLinuxHost } from '../../helper/host/linux/host.ts';
import { createAdapterAccount } from '../../helper/keeper/acting/adapter-account.ts';
import { createAdapters } from '../../helper/keeper/acting/adapters.ts';
import { createRuntimeWatch } from '../../helper/keeper/acting/runtimes.ts';
import { createUnload } from '../../helper/keeper/acting/runtimes-unload.ts';
import { decide } from '../../helper/keeper/judgement/decide.ts';
import type { KeeperEvent } from '../../helper/keeper/judgement/events.ts';
import { initialState } from '../../helper/keeper/judgement/state.ts';
import { heartbeatPath } from '../../helper/keeper/life/run-directory.ts';
import { machineReading, readingOf } from '../fakes/readings.ts';
import { openReliefWorld, skip } from '../fakes/relief-keeper.ts';
import { until } from '../fakes/relief-look.ts';
import { liveConfig } from '../fakes/relief-world.ts';
import type { RuntimeProcessOptions } from '../fakes/runtime-process.ts';
import { startHostileServer } from '../fakes/runtime-server.ts';

/** A runtime with real memory, unloaded by a real adapter and measured by the real host. Only the time is virtual. */

const script = fileURLToPath(new URL('../fakes/runtime-process.ts', import.meta.url));

const startRuntime = async (t: TestContext, options: RuntimeProcessOptions): Promise<string> => {
  const child = spawn(process.execPath, ['--no-warnings', script, JSON.stringify(options)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  t.after(async () => {
    const ended = once(child, 'exit');
    child.stdin.end();
    child.kill('SIGKILL');
    await ended;
  });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return line.toString('utf8').trim();
};

/** The second step of the ladder, by swap; memory itself is green. */
const machineAt = (atMs: number) =>
  machineReading({ atMs, swap: { totalBytes: 64 * GB, usedBytes: 21 * GB, inBytes: 0, outBytes: 0 } });

const keeperOf = async (t: TestContext, config: Config) => {
  const host = await createLinuxHost({});
  t.after(() => host.close());
  const uid = process.getuid?.() ?? -1;
  const account = createAdapterAccount({ hostKind: 'linux', ownUid: uid, consoleUid: () => uid });
  const adapters = createAdapters({ account });
  t.after(adapters.close);
  const unload = createUnload({ adapters, host, config: () => config });
  let state = initialState(0);
  let nowMs = 0;
  const outcomes: string[] = [];

  const step = async (events: readonly KeeperEvent[], looks = true): Promise<void> => {
    const reading = looks
      ? readingOf('full', machineAt(nowMs), { table: { ...host.readProcesses(), atMs: nowMs } })
      : null;
    const decision = decide(state, { nowMs, reading, events }, config);
    state = decision.state;
    for (const effect of decision.effects) {
      if (effect.kind !== 'act' || effect.plan.act.verb !== 'unload') continue;
      const { outcome, detail } = await unload(effect.plan.act, 'automatic');
      outcomes.push(`${outcome}: ${detail}`);
      await step([{ type: 'effect', id: effect.id, outcome, detail }], false);
    }
  };
  const heard: KeeperEvent[] = [];
  const clock = { ...host.clock, nowMs: () => nowMs };
  const watch = createRuntimeWatch({
    host: {
      clock,
      portOwner: (address) => host.portOwner?.(address) ?? Promise.resolve(null),
      identify: host.identify,
    },
    config: () => config,
    adapters,
    post: (event) => heard.push(event),
    warn: (text) => t.diagnostic(text),
  });
  return {
    outcomes,
    state: () => state,
    /** Lets time go by, in full looks; the runtime is listed anew whenever that is due. */
    go: async (byMs: number): Promise<void> => {
      for (const endMs = nowMs + byMs; nowMs < endMs; ) {
        nowMs += 10_000;
        await step([]);
        const due = heard.length;
        watch(state);
        if (state.relief.ladder.step > 0 && nowMs % 30_000 === 0)
          await until('the runtime is listed', () => heard.length > due);
        for (const event of heard.splice(0)) await step([event], false);
      }
    },
  };
};

const configOf = (url: string): Config =>
  liveConfig({
    entries: [],
    runtimes: [
      {
        kind: 'llama_cpp',
        name: 'llama.cpp',
        url,
        tokenFile: null,
        cli: null,
        at: 'ladder_2',
        leastBillions: 35,
        withoutAsking: false,
      },
    ],
  });

describe('a runtime with real memory', { concurrency: 3 }, () => {
  test('gives back what the large model held, and keeps the small one', async (t) => {
    const url = await startRuntime(t, {
      kind: 'llama_cpp',
      models: [
        { id: 'big-70b', mb: 300 },
        { id: 'small-14b', mb: 1 },
      ],
    });
    const keeper = await keeperOf(t, configOf(url));
    await keeper.go(120_000);
    assert.deepEqual(keeper.outcomes, ['ok: big-70b of llama.cpp is not listed any more']);
    await keeper.go(30_000);
    const [deed] = keeper.state().relief.deeds;
    assert.equal(deed?.outcome, 'effective', String(deed?.got));
    assert.match(deed?.got ?? '', /^Gave back 3\d\d MB/);
    const left = keeper.state().relief.explanation.passedOver.filter(({ act }) => act === 'unload');
    assert.deepEqual(
      left.map(({ target, code }) => [target, code]),
      [['small-14b of llama.cpp', 'too_small']],
    );
  });

  test('that lets go of a name and keeps the memory has not helped', async (t) => {
    const url = await startRuntime(t, { kind: 'llama_cpp', models: [{ id: 'kept-70b', mb: 280 }], keepsMemory: true });
    const keeper = await keeperOf(t, configOf(url));
    await keeper.go(120_000);
    assert.deepEqual(keeper.outcomes, ['ok: kept-70b of llama.cpp is not listed any more']);
    await keeper.go(90_000);
    const [deed] = keeper.state().relief.deeds;
    assert.equal(deed?.outcome, 'useless', String(deed?.got));
    assert.equal(keeper.state().relief.tries[0]?.useless, 1);
  });

  test('an adapter that hangs delays no tick of the keeper', { skip }, async (t) => {
    const server = await startHostileServer('hanging');
    t.after(server.close);
    const world = openReliefWorld(t);
    world.configure([`[[relief.runtime]]\nkind = "ollama"\nurl = "${server.url}"`]);
    await world.keeper();
    const sequence = (): number =>
      (JSON.parse(readFileSync(heartbeatPath(world.runDirectory), 'utf8')) as { sequence: number }).sequence;
    const log = (): string => readFileSync(join(world.runDirectory, 'state/logs/keeper.log'), 'utf8');
    world.memory.set(world.memory.yellowBytes - 20 * MB);
    await until('the runtime is asked', () => server.asked.length > 0);
    const before = sequence();
    await until('the keeper goes on', () => sequence() > before);
    assert.equal((await world.status()).level.name, 'yellow');
    assert.doesNotMatch(log(), /models of ollama/, 'the adapter hangs all the while');
    await until('its time is up', () => /models of ollama at [^ ]+ are not known/.test(log()));
  });
});
