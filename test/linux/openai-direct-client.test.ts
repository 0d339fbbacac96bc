import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import OpenAI from 'openai';
import { type Config, defaultConfig, GB, type SeatConfig, seatDefaults } from '../../helper/config/config.ts';
import { createLinuxHost } from '../../helper/host/linux/host.ts';
import type { PortTraffic } from '../../helper/host/port.ts';
import { decide } from '../../helper/keeper/judgement/decide.ts';
import type { Effect } from '../../helper/keeper/judgement/effect.ts';
import type { KeeperEvent } from '../../helper/keeper/judgement/events.ts';
import { initialState, type KeeperState } from '../../helper/keeper/judgement/state.ts';
import { tokenAt } from '../fakes/model-server-chat.ts';
import { type ModelServer, startModelServer } from '../fakes/model-server-start.ts';
import { machineReading, processReading, processTable, readingOf } from '../fakes/readings.ts';

const skip = process.platform === 'linux' ? false : 'reads traffic by sock_diag';
const label = 'com.example.direct';
const idleSeconds = 60;
/** Real time for each slot of two virtual seconds: a token comes in every one of them. */
const paceMs = 12;

const configFor = (port: number): Config => {
  const seat: SeatConfig = {
    ...seatDefaults,
    name: 'Direct',
    class: 'on_call',
    label,
    peakBytes: 4 * GB,
    idleSeconds,
    port,
  };
  return { ...defaultConfig, seats: [seat] };
};

interface Virtual {
  readonly state: KeeperState;
  /** When the seat was told to end, virtual milliseconds; null: it was not. */
  readonly stoppedAtMs: number | null;
}

/**
 * The judgement of a keeper without a gateway, slot by slot in virtual time, while the traffic at the seat's port is what
 * the kernel tells of real sockets. Its process seems never to work: the traffic alone speaks for it.
 */
const openJudgement = (t: TestContext, port: number) => {
  const host = createLinuxHost();
  t.after(() => host.close());
  const config = configFor(port);
  const members = [processReading(500, { footprintBytes: 3 * GB, peakFootprintBytes: 3 * GB })];
  let state = initialState(0);
  let stoppedAtMs: number | null = null;
  const marks = new Set<number | null>();
  const until = async (untilMs: number, pace: number): Promise<Virtual> => {
    while (state.next.atMs <= untilMs && stoppedAtMs === null) {
      const { atMs: nowMs, depth } = state.next;
      if (pace > 0) await sleep(pace);
      const traffic: readonly PortTraffic[] | null = host.portTraffic([port]);
      for (const each of traffic ?? []) marks.add(each.mark);
      const reading = readingOf(depth, machineReading({ atMs: nowMs }), {
        services: [[label, 500]],
        table: depth === 'full' ? processTable(members, nowMs) : null,
        chosen: depth === 'fast' ? [] : members,
        signs:
          depth === 'fast'
            ? null
            : {
                lastExits: [],
                traffic,
                executableGone: [],
                bands: [],
                gpuLimit: { kind: 'not_evaluated', why: 'a test' },
              },
      });
      let decision = decide(state, { nowMs, reading, events: [] }, config);
      const effects: Effect[] = [...decision.effects];
      const done = effects.map(({ id }): KeeperEvent => ({ type: 'effect', id, outcome: 'ok', detail: '' }));
      if (done.length > 0) decision = decide(decision.state, { nowMs, reading: null, events: done }, config);
      state = decision.state;
      for (const effect of [...effects, ...decision.effects])
        if (effect.kind === 'seat' && effect.order.verb === 'stop') stoppedAtMs = nowMs;
    }
    return { state, stoppedAtMs };
  };
  return { until, marks };
};

const stream = async ({ url }: ModelServer, count: number, signal: AbortSignal): Promise<number> => {
  const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'none', maxRetries: 0, timeout: 60_000 });
  const messages = [{ role: 'user' as const, content: 'count' }];
  const chunks = await client.chat.completions.create(
    { model: 'any', messages, max_tokens: count, stream: true },
    { signal },
  );
  let got = 0;
  for await (const chunk of chunks) {
    const content = chunk.choices[0]?.delta.content;
    if (typeof content !== 'string') continue;
    assert.equal(content, tokenAt(got));
    got += 1;
  }
  return got;
};

describe('a client that talks to its seat past the proxy', { skip, timeout: 60_000 }, () => {
  test('streams for ten minutes and is not cut; when it is done, the seat idles out', async (t) => {
    const server = await startModelServer(t, '--token-ms', '4');
    await server.loaded();
    const { until, marks } = openJudgement(t, server.port);
    const minute = 60_000;
    const leave = new AbortController();
    const tokens = stream(server, 1_000_000, leave.signal);
    const during = await until(10 * minute, paceMs);
    assert.equal(during.stoppedAtMs, null, 'its seat was told to end');
    const seat = during.state.seating.seats.find(({ name }) => name === 'Direct');
    assert.equal(seat?.state, 'busy');
    assert.ok(marks.size > 100, `the kernel told of ${marks.size} different counts of bytes`);
    assert.equal((await server.figures()).cut, 0);
    leave.abort();
    await tokens.catch(() => {});
    const { stoppedAtMs } = await until(20 * minute, 0);
    assert.ok(stoppedAtMs !== null, 'nobody uses it any more, and it is not told to end');
    const waited = (stoppedAtMs - 10 * minute) / 1000;
    assert.ok(waited >= idleSeconds && waited < idleSeconds + 30, `it was told to end after ${waited} s`);
  });
});
