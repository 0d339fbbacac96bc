import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { defaultConfig, type SeatConfig } from '../../helper/config/config.ts';
import type { AskSeat } from '../../helper/gateway/health/ask.ts';
import { createQuestions } from '../../helper/gateway/health/questions.ts';
import type { Ask } from '../../helper/gateway/keeper-link.ts';
import { gatewayView } from '../../helper/keeper/answering/gateway-view.ts';
import { channelRules } from '../../helper/probes/channels.ts';
import type { Finding, NetworkChannel } from '../../helper/protocol/health.ts';
import { isReady, onCallSeat, type SeatKeeper, startSeatKeeper } from '../fakes/seat-keeper.ts';

/** The keeper's step and the gateway's questions together, in virtual time: the seat answers as the test wants, or not at all. */

const health: NonNullable<SeatConfig['health']> = {
  listUrls: ['http://127.0.0.1:1337/v1/models'],
  chatUrl: 'http://127.0.0.1:1337/v1/chat/completions',
  model: 'codestral',
  files: null,
  tls: null,
};
const seat = { class: 'protected', health } as const;
const config = { ...defaultConfig, seats: [onCallSeat(seat)] };

interface Outstanding {
  readonly channel: NetworkChannel;
  readonly sinceMs: number;
  readonly answer: (finding: Finding) => void;
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const startBoth = (keeper: SeatKeeper) => {
  const outstanding = new Set<Outstanding>();
  const asked: { readonly channel: NetworkChannel; readonly atMs: number }[] = [];
  let most = 0;
  const askSeat: AskSeat = (_, channel, signal) =>
    new Promise((resolve) => {
      asked.push({ channel, atMs: keeper.nowMs() });
      const one: Outstanding = {
        channel,
        sinceMs: keeper.nowMs(),
        answer: (finding) => {
          outstanding.delete(one);
          resolve(finding);
        },
      };
      outstanding.add(one);
      signal.addEventListener('abort', () => outstanding.delete(one), { once: true });
      most = Math.max(most, [...outstanding].filter((each) => each.channel === channel).length);
    });
  const ask = (async (_: string, args: object) => {
    keeper.post({ type: 'finding', ...args } as Parameters<SeatKeeper['post']>[0]);
    return { ok: true, result: {} };
  }) as unknown as Ask;
  const questions = createQuestions(askSeat, ask, assert.fail);

  /** Beats of 2 s. `hangs`: what is not answered before its time is over. */
  const runUntil = async (untilMs: number, hangs: (channel: NetworkChannel) => boolean): Promise<void> => {
    while (keeper.nowMs() < untilMs) {
      keeper.runUntil(keeper.nowMs() + 2_000);
      questions.onView(gatewayView(keeper.state(), config, keeper.nowMs()));
      for (const { channel, sinceMs, answer } of [...outstanding])
        if (!hangs(channel)) answer({ ok: true, code: 'ok', detail: '', ms: 5 });
        else if (keeper.nowMs() - sinceMs >= channelRules[channel].withinMs)
          answer({ ok: false, code: 'timeout', detail: 'does not answer', ms: null });
      await turn();
    }
  };
  return { runUntil, asked, outstanding, most: () => most };
};

const serving = (): SeatKeeper => {
  const keeper = startSeatKeeper({ seat });
  keeper.runUntil(3_000);
  keeper.post(isReady);
  return keeper;
};

const probesOf = (keeper: SeatKeeper) => {
  const [probes] = keeper.state().probing.seats;
  assert.ok(probes !== undefined);
  return probes;
};

describe('a generation of fifteen minutes that blocks the chat', () => {
  test('that begins while a question is under way: one is outstanding, and no verdict comes of it', async () => {
    const keeper = serving();
    const both = startBoth(keeper);
    await both.runUntil(590_000, () => false);
    const isChat = (channel: NetworkChannel): boolean => channel === 'inference';
    // The next chat finds it resting, and the generation begins right behind it.
    while (![...both.outstanding].some(({ channel }) => isChat(channel)))
      await both.runUntil(keeper.nowMs() + 2_000, isChat);
    const fromMs = keeper.nowMs();
    keeper.see({ cpuShare: 0.9 });
    await both.runUntil(fromMs + 15 * 60_000, isChat);
    const during = both.asked.filter(({ channel, atMs }) => isChat(channel) && atMs > fromMs);
    assert.deepEqual(during, [], 'it is not asked while it is at work');
    assert.equal(both.most(), 1);
    const { tracks, judged } = probesOf(keeper);
    // While ours is under way nobody can tell whose work it is: once is held against it, and proves nothing.
    assert.ok(tracks.inference.strikes <= 1);
    assert.equal(judged.verdict, 'busy');
    keeper.see({ cpuShare: 0 });
    await both.runUntil(keeper.nowMs() + 60_000, () => false);
    assert.equal(probesOf(keeper).judged.verdict, 'healthy');
    assert.equal(probesOf(keeper).tracks.inference.strikes, 0);
    assert.deepEqual(keeper.orders(), [], 'nothing was started or stopped');
    assert.deepEqual(keeper.alerts(), []);
  });

  test('is told from a chat that hangs at rest: that is a zombie after two, and is not restarted either', async () => {
    const keeper = serving();
    const both = startBoth(keeper);
    await both.runUntil(20 * 60_000, (channel) => channel === 'inference');
    assert.equal(probesOf(keeper).judged.verdict, 'zombie');
    assert.equal(both.most(), 1);
    const view = gatewayView(keeper.state(), config, keeper.nowMs());
    assert.equal(view.seats[0]?.health?.isDead, true);
    assert.deepEqual(keeper.orders(), []);
    assert.deepEqual(keeper.alerts(), ['seat_inference_failing Codestral']);
  });
});
