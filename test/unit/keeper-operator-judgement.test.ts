import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { type Config, defaultConfig } from '../../helper/config/config.ts';
import { createSimHost } from '../../helper/host/sim/host.ts';
import type { AuditFacts } from '../../helper/journal/audit.ts';
import { createOperatorHandlers } from '../../helper/keeper/answering/operator-handlers.ts';
import type { Effect, EffectOutcome } from '../../helper/keeper/judgement/effect.ts';
import { explanationOf, proposalsOf, reliefStatus } from '../../helper/keeper/judgement/relief-status.ts';
import { statusOf } from '../../helper/keeper/judgement/status.ts';
import { startLoop } from '../../helper/keeper/loop.ts';
import { statusSchema } from '../../helper/protocol/status.ts';
import { caller } from '../fakes/operator-keeper.ts';
import { set } from './sim-tools.ts';

/** The operator's verbs over the judgement as it is: the simulated Mac, the real loop, virtual time. */

const configOf = (mode: 'live' | 'dry_run'): Config => ({
  ...defaultConfig,
  relief: { ...defaultConfig.relief, mode, purge: 'ask' },
});

const start = (t: TestContext, mode: 'live' | 'dry_run', outcome: EffectOutcome = 'ok') => {
  const host = createSimHost({ clock: 'manual' });
  const config = configOf(mode);
  const acts: Extract<Effect, { readonly kind: 'act' }>[] = [];
  const rows: AuditFacts[] = [];
  const faults: unknown[] = [];
  const loop = startLoop({
    host,
    config: () => config,
    carryOut: async (effect) => {
      if (effect.kind !== 'act') return { outcome: 'ok', detail: '' };
      acts.push(effect);
      return { outcome, detail: 'caches were flushed' };
    },
    onStep: (_, decision) => rows.push(...decision.rows),
    onFault: (fault) => faults.push(fault),
  });
  t.after(async () => {
    loop.stop();
    await host.close();
    assert.deepEqual(faults, []);
  });
  loop.post({ type: 'adapters', names: ['purge'] });
  const times = () => ({ nowMs: host.clock.nowMs(), wallMs: host.clock.wallMs() });
  const status = () =>
    statusOf(loop.state(), config, {
      ...times(),
      keeper: { version: '0', pid: 1, instance: 'i', host: 'sim', os: 'sim', cpuPercent: 0 },
      telemetry: { history: 'ok', droppedRows: 0, journal: 'ok', lostRows: 0 },
      wentDown: null,
      advice: null,
      configPath: '/c.toml',
      configProblems: [],
      ownPids: new Set(),
    });
  const handlers = createOperatorHandlers({
    clock: host.clock,
    reporter: {
      status,
      fresh: () => Promise.resolve(),
      proposals: () => proposalsOf(loop.state(), config, times()),
      explanation: () => explanationOf(loop.state(), times().wallMs),
    },
    state: loop.state,
    post: loop.post,
    completion: loop.completion,
    audit: (row) => rows.push(row),
    readAudit: () => ({ rows: [], cursor: '', missed: false, skipped: 0 }),
  });
  return { host, loop, handlers, acts, rows, status, relief: () => reliefStatus(loop.state(), config, times()) };
};

type Keeper = ReturnType<typeof start>;

const waiting = async ({ handlers }: Keeper) => {
  const answer = await handlers['read.pending']({}, caller());
  assert.ok(answer.ok);
  return answer.result.pending;
};

const codeOf = async (answer: unknown): Promise<string> => {
  const given = (await answer) as { readonly ok: boolean; readonly failure?: { readonly code: string } };
  return given.ok ? 'ok' : (given.failure?.code ?? '');
};

/** Free memory under a tenth of the machine: the third step of the ladder, where caches may be flushed. */
const pinch = ({ host }: Keeper): void => {
  host.advance(10_000);
  set(host, 'available', '3 GB');
  host.advance(70_000);
};

describe('the operator and the judgement', () => {
  test('what is proposed is shown with its words, approved once, carried out, and told', async (t) => {
    const keeper = start(t, 'live');
    pinch(keeper);
    const [first] = await waiting(keeper);
    assert.ok(first !== undefined, JSON.stringify(keeper.relief()));
    const { proposal, nonce } = first;
    assert.deepEqual([proposal.verb, proposal.title, proposal.dryRun], ['purge', 'Flush disk caches?', false]);
    assert.ok(proposal.expiresInSeconds > 0 && proposal.expiresInSeconds <= 120);

    const word = { id: proposal.id, hash: proposal.hash, nonce, confirmed: false };
    const [mine, yours] = [
      keeper.handlers.approve(word, caller({ client: 'app' })),
      keeper.handlers.approve(word, caller({ client: 'app' })),
    ];
    const answer = await mine;
    assert.ok(answer.ok, JSON.stringify(answer));
    assert.deepEqual([answer.result.outcome, answer.result.detail], ['done', 'caches were flushed']);
    assert.equal(await codeOf(yours), 'approval_used');
    assert.equal(keeper.acts.length, 1);
    assert.deepEqual(keeper.acts[0]?.by, { uid: 501, client: 'app' });

    const kinds = keeper.rows.map(({ kind }) => kind);
    for (const kind of ['plan', 'approval', 'mutation', 'refusal'] as const) assert.ok(kinds.includes(kind), kind);
    statusSchema.parse(keeper.status());
    assert.equal(keeper.relief().activity[0]?.verb, 'purge');
  });

  test('what was approved and failed says so', async (t) => {
    const keeper = start(t, 'live', 'failed');
    pinch(keeper);
    const [first] = await waiting(keeper);
    assert.ok(first !== undefined);
    const { id, hash } = first.proposal;
    const answer = await keeper.handlers.approve({ id, hash, nonce: first.nonce, confirmed: false }, caller());
    assert.ok(answer.ok);
    assert.equal(answer.result.outcome, 'failed');
  });

  test('what was denied is not asked again in the episode', async (t) => {
    const keeper = start(t, 'live');
    pinch(keeper);
    const [first] = await waiting(keeper);
    assert.ok(first !== undefined);
    const { id, hash } = first.proposal;
    assert.equal(await codeOf(keeper.handlers.deny({ id, hash }, caller())), 'ok');
    keeper.host.advance(300_000);
    assert.deepEqual(await waiting(keeper), []);
    assert.equal(await codeOf(keeper.handlers.deny({ id, hash: '' }, caller())), 'approval_used');
  });

  test('in the dry run it is listed and not carried out; the plan can be marked as wrong', async (t) => {
    const keeper = start(t, 'dry_run');
    pinch(keeper);
    const [first] = await waiting(keeper);
    assert.ok(first?.proposal.dryRun);
    const { id, hash } = first.proposal;
    const word = { id, hash, nonce: first.nonce, confirmed: true };
    assert.equal(await codeOf(keeper.handlers.approve(word, caller())), 'only_dry_run');
    assert.deepEqual(keeper.acts, []);

    assert.ok(keeper.relief().gate.observedSeconds > 0);
    const plan = keeper.loop.state().relief.approvals.open[0]?.plan.id ?? -1;
    const marked = await keeper.handlers['relief.wrong']({ plan }, caller());
    assert.ok(marked.ok);
    assert.deepEqual([marked.result.gate.observedSeconds, marked.result.gate.wrong], [0, 1]);
    assert.equal(await codeOf(keeper.handlers['relief.wrong']({ plan: 999 }, caller())), 'plan_unknown');
  });

  test('going live waits for the gate; six hours of dry run open it', async (t) => {
    const keeper = start(t, 'dry_run');
    keeper.host.advance(60_000);
    const early = await keeper.handlers['relief.mode']({ to: 'live' }, caller());
    assert.ok(!early.ok && early.failure.code === 'gate_closed');
    assert.match(early.failure.detail, /5 h 59 min/);
    keeper.host.advance(6 * 3600_000);
    assert.equal(keeper.relief().gate.state, 'open');
    const live = await keeper.handlers['relief.mode']({ to: 'live' }, caller());
    assert.ok(live.ok);
    assert.deepEqual([live.result.mode, live.result.gate.state], ['live', 'live']);
    assert.match(live.result.said, /^Relief is live\. .*planned in the time observed/);
    const back = await keeper.handlers['relief.mode']({ to: 'dry_run' }, caller());
    assert.ok(back.ok && back.result.mode === 'dry_run');
  });

  test('automatic actions are paused for as long as asked, go on by themselves, and at once when told to', async (t) => {
    const keeper = start(t, 'live');
    keeper.host.advance(10_000);
    const pause = async (minutes: number): Promise<string> => {
      const answer = await keeper.handlers['relief.pause']({ minutes }, caller());
      assert.ok(answer.ok);
      assert.deepEqual(answer.result.paused, minutes === 0 ? null : { endsInSeconds: minutes * 60 });
      return answer.result.said;
    };
    const left = (): number | null => keeper.relief().paused?.endsInSeconds ?? null;
    assert.equal(left(), null);
    assert.match(await pause(15), /paused for 15 minutes, then they go on by themselves/);
    assert.equal(left(), 900);
    keeper.host.advance(899_000);
    assert.equal(left(), 1);
    assert.match(await pause(1), /for 1 minute,/);
    assert.equal(left(), 60, 'counted anew');
    keeper.host.advance(60_000);
    assert.equal(left(), null);
    await pause(60);
    assert.equal(await pause(0), 'Automatic actions go on.');
    assert.equal(left(), null);
    assert.equal(await pause(0), 'Automatic actions were not paused.');
  });

  test('there is nothing to resume, restore or approve where nothing was done, and explain says why', async (t) => {
    const keeper = start(t, 'live');
    const early = { id: 1, hash: '', nonce: '', confirmed: false };
    assert.equal(await codeOf(keeper.handlers.approve(early, caller())), 'not_ready');
    keeper.host.advance(10_000);
    const { handlers } = keeper;
    assert.equal(await codeOf(handlers.approve(early, caller())), 'approval_unknown');
    assert.equal(await codeOf(handlers['relief.resume']({ freeze: null }, caller())), 'not_frozen');
    assert.equal(await codeOf(handlers['relief.resume']({ freeze: 4 }, caller())), 'not_frozen');
    assert.equal(await codeOf(handlers['relief.restore']({ label: 'com.example' }, caller())), 'not_shed');
    assert.equal(await codeOf(handlers['relief.clear_leak']({}, caller())), 'no_leak');
    const explained = await handlers['read.explain']({}, caller());
    assert.ok(explained.ok && explained.result.chosen === null && explained.result.noop !== '');
  });
});
