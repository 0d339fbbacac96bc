import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { type TestContext, test } from 'node:test';
import type { Config } from '../../helper/config/config.ts';
import { replay } from '../../helper/incidents/replay.ts';
import { readScenario, type Scenario } from '../../helper/incidents/scenario.ts';
import type { Snapshot } from '../../helper/incidents/snapshot.ts';
import { createAdviceDesk } from '../../helper/keeper/answering/advice-desk.ts';
import { gatewayView } from '../../helper/keeper/answering/gateway-view.ts';
import { explanationOf } from '../../helper/keeper/judgement/relief-status.ts';
import { statusOf } from '../../helper/keeper/judgement/status.ts';
import type { ProvenCaller } from '../../helper/keeper/server/proven-caller.ts';
import type { Status } from '../../helper/protocol/status.ts';
import { eventually, startGatewayKeeper, startTestGateway } from '../fakes/gateway-keeper.ts';
import { chatOf } from '../fakes/gateway-servers.ts';

/**
 * Who would be asked what is wrong runs in the virtual machine that is starved. So somebody is asked who is on another machine;
 * when nobody there can be reached the last answer is shown with its age, and when there is none, the runbook. The judgement is
 * replayed in virtual time; gateway, sockets and advisor are real.
 */

const scenarioOf = (): Scenario => {
  const read = readScenario(readFileSync(new URL('./S-07-oracle.json', import.meta.url), 'utf8'));
  if (!read.ok) throw new Error(read.failure.detail);
  return read.scenario;
};

const scenario = scenarioOf();
const { snapshots, log } = replay(scenario);

const at = (seconds: number): Snapshot => {
  const found = snapshots.get(seconds * 1000);
  if (found === undefined) throw new Error(`nothing is known of ${seconds} s`);
  return found;
};

const configWith = (url: string | null): Config => ({
  ...scenario.config,
  advisor:
    url === null
      ? null
      : {
          url,
          model: 'qwen3-32b',
          keyFile: null,
          caFile: null,
          afterSeconds: 60,
          everySeconds: 300,
          withinSeconds: 20,
        },
});

interface Far {
  readonly url: string;
  readonly bodies: readonly string[];
  readonly leave: () => Promise<void>;
}

const farAdvisor = async (t: TestContext): Promise<Far> => {
  const bodies: string[] = [];
  const server: Server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on('end', () => {
      bodies.push(body);
      response.end(chatOf('qwen3-32b', { content: 'The virtual machine is short itself: unload LM Studio first.' }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const leave = (): Promise<void> =>
    new Promise((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    });
  t.after(() => (server.listening ? leave() : undefined));
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('no port');
  return { url: `http://127.0.0.1:${bound.port}/v1/chat/completions`, bodies, leave };
};

/** A keeper that is at one moment of the replay, with its gateway. */
const keeperAt = async (t: TestContext, url: string | null) => {
  const desk = createAdviceDesk();
  const now = { snapshot: at(30), config: configWith(url) };
  const status = (): Status => {
    const { state, atMs } = now.snapshot;
    const shown = statusOf(state, now.config, {
      nowMs: atMs,
      wallMs: Date.now(),
      keeper: { version: '0.0.0', pid: 1, instance: 'i', host: 'sim', os: 'macOS', cpuPercent: 0 },
      telemetry: { history: 'ok', droppedRows: 0, journal: 'ok', lostRows: 0 },
      wentDown: null,
      advice: desk.report(),
      configPath: 'castellan.toml',
      configProblems: [],
      ownPids: new Set(),
    });
    if (shown === null) throw new Error('the machine has not been read');
    return shown;
  };
  const view = () => gatewayView(now.snapshot.state, now.config, now.snapshot.atMs).advisor;
  const keeper = await startGatewayKeeper(t, {
    seats: [],
    advisor: view(),
    handlers: {
      'read.status': () => ({ ok: true, result: status() }),
      'read.explain': () => ({ ok: true, result: explanationOf(now.snapshot.state, 0) }),
      'advice.report': (report) => desk.handlers['advice.report'](report, {} as ProvenCaller),
    },
  });
  return {
    keeper,
    status,
    go: (seconds: number): void => {
      now.snapshot = at(seconds);
      keeper.show({ advisor: view() });
    },
    told: () => desk.report(),
  };
};

test('the oracle is starved: an advisor off the machine is asked when red has lasted, and not before', async (t) => {
  const far = await farAdvisor(t);
  const world = await keeperAt(t, far.url);
  await startTestGateway(t, world.keeper);
  assert.equal(world.status().level.name, 'red');
  assert.equal(world.status().advice.cause, null);
  assert.equal(far.bodies.length, 0);
  world.go(70);
  await eventually(() => world.told()?.state === 'ready');
  const { advice } = world.status();
  assert.equal(advice.cause?.code, 'red');
  assert.equal(advice.advisor.state, 'answered');
  assert.equal(advice.answer?.text, 'The virtual machine is short itself: unload LM Studio first.');
  assert.equal(advice.answer?.isOld, false);
  // The same red, minutes later: once is enough.
  world.go(100);
  world.go(300);
  assert.equal(far.bodies.length, 1);
  const sent = far.bodies[0] ?? '';
  assert.match(sent, /qemu-system-aarch64/);
  // Of the command lines and homes of the story nothing has left.
  assert.doesNotMatch(sent, /openclaw|-m |\/Users|\bneo\b|worker\.js|homebrew/);
});

test('it cannot be reached: what it said last is shown, with its age, and that it is old', async (t) => {
  const far = await farAdvisor(t);
  const world = await keeperAt(t, far.url);
  world.go(70);
  const first = await startTestGateway(t, world.keeper);
  await eventually(() => world.told()?.state === 'ready');
  await first.gateway.close();
  await far.leave();
  // Another day: the gateway was started anew, and so is the trouble.
  await startTestGateway(t, world.keeper);
  await eventually(() => world.told()?.answer?.isOld === true);
  const { advice } = world.status();
  assert.equal(advice.answer?.isOld, true);
  assert.ok((advice.answer?.ageSeconds ?? -1) >= 0);
  assert.ok(advice.runbook.length > 0);
});

test('nothing was ever said: the runbook says what to look at, and that the question waits', async (t) => {
  const far = await farAdvisor(t);
  await far.leave();
  const world = await keeperAt(t, far.url);
  world.go(70);
  await startTestGateway(t, world.keeper);
  await eventually(() => world.told()?.state === 'failed');
  const { advice } = world.status();
  assert.equal(advice.answer, null);
  assert.match(advice.advisor.detail, /accepts no connection/);
  const steps = advice.runbook.flatMap((page) => page.steps);
  assert.ok(steps.some((step) => step.includes('`castellan ')));
});

test('without an advisor the runbook is there all the same, and without a gateway', async (t) => {
  const world = await keeperAt(t, null);
  world.go(70);
  const { advice } = world.status();
  assert.equal(advice.advisor.state, 'off');
  assert.ok(advice.runbook.length > 0);
  // What is needed to judge the trouble is not sent away lightly here either.
  world.go(100);
  const steps = world.status().advice.runbook.flatMap((page) => page.steps);
  assert.ok(steps.includes('Before you close it: it hosts the council gateway.'), steps.join('\n'));
});

test('the judgement is the same with an advisor and without: nothing it says is heard there', () => {
  const with_ = replay({ ...scenario, config: configWith('http://192.168.1.9/v1/chat/completions') });
  assert.deepEqual(with_.log, log);
  assert.deepEqual(with_.deviations, []);
});
