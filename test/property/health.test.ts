import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { SeatConfig } from '../../helper/config/config.ts';
import { deadWords } from '../../helper/probes/seat-health.ts';
import { questionsOf, type SeatProbes } from '../../helper/probes/seat-probes.ts';
import type { NetworkChannel } from '../../helper/protocol/health.ts';
import { replyOf, type ServerMood } from '../fakes/health-server.ts';
import { isReady, type SeatKeeper, seatName, startSeatKeeper } from '../fakes/seat-keeper.ts';

/**
 * Whatever happens to a seat, its keeper and the gateway, in whatever order: a server that is dead is not called healthy for
 * longer than was promised, one that works is not called dead, and asking changes nothing. What is true is kept here, beside the
 * keeper and without its code.
 */

const seed = Number(process.env.CASTELLAN_SEED ?? Math.floor(Math.random() * 2 ** 31));

const second = 1_000;
const minute = 60 * second;
/** Files are looked at each five minutes, and a look may take half of one. */
const filesWithinMs = 5 * minute + 40 * second;
const chatWithinMs = 20 * minute;
/** What spins cannot be told from what works; that nobody knows is told after this. */
const silenceWithinMs = 47 * minute;
/** One that works again has been asked again, and has answered. */
const backWithinMs = 12 * minute;

interface Phase extends ServerMood {
  readonly minutes: number;
  readonly hasFiles: boolean;
  readonly hasGateway: boolean;
  readonly next: 'nothing' | 'sleep' | 'keeper' | 'seat' | 'reload' | 'other_address';
}

const phase: fc.Arbitrary<Phase> = fc.record({
  minutes: fc.integer({ min: 1, max: 30 }),
  server: fc.constantFrom('works', 'works', 'lists', 'lists', 'gone'),
  work: fc.constantFrom('none', 'none', 'none', 'queued', 'beside'),
  isStopped: fc.integer({ min: 0, max: 9 }).map((each) => each === 0),
  hasFiles: fc.integer({ min: 0, max: 3 }).map((each) => each > 0),
  hasGateway: fc.integer({ min: 0, max: 5 }).map((each) => each > 0),
  next: fc.constantFrom('nothing', 'nothing', 'sleep', 'keeper', 'seat', 'reload', 'other_address'),
});

const healthAt = (port: number): NonNullable<SeatConfig['health']> => ({
  listUrls: [`http://127.0.0.1:${port}/v1/models`],
  chatUrl: `http://127.0.0.1:${port}/v1/chat/completions`,
  model: 'codestral',
  files: { program: '/opt/mlx', beside: [], sha256: null },
  tls: null,
});

/** For how long each has been so without a break, milliseconds of time in which the keeper was awake. */
interface Truth {
  readonly deadMs: number;
  /** Dead, at rest, and with a gateway that asks: it must be found out. */
  readonly findableMs: number;
  readonly worksMs: number;
  readonly wellMs: number;
  readonly brokenMs: number;
  /** It serves as far as anybody can see, and nobody can know better. */
  readonly silentMs: number;
}

const unknown: Truth = { deadMs: 0, findableMs: 0, worksMs: 0, wellMs: 0, brokenMs: 0, silentMs: 0 };

const lived = (truth: Truth, now: Phase, isReady: boolean, ms: number): Truth => {
  const { server, work, isStopped, hasFiles, hasGateway } = now;
  const more = (isSo: boolean, before: number): number => (isSo ? before + ms : 0);
  const isDead = server !== 'works';
  const works = !isDead && !isStopped;
  return {
    deadMs: more(isDead && !isStopped, truth.deadMs),
    findableMs: more(isReady && isDead && !isStopped && work === 'none' && hasGateway, truth.findableMs),
    worksMs: more(!isDead, truth.worksMs),
    // While others keep it from answering, nobody can know better.
    wellMs: more(works && work !== 'queued' && hasGateway, truth.wellMs),
    brokenMs: more(!hasFiles, truth.brokenMs),
    silentMs: more(
      isReady && !isStopped && (!hasGateway || (work !== 'none' && (isDead || work === 'queued'))),
      truth.silentMs,
    ),
  };
};

interface Outstanding {
  readonly number: number;
  readonly sinceMs: number;
}

const probesOf = (keeper: SeatKeeper): SeatProbes => {
  const probes = keeper.state().probing.seats.find(({ name }) => name === seatName);
  assert.ok(probes !== undefined);
  return probes;
};

/** The gateway's part, each second: what was asked long enough ago is answered. */
const answer = (keeper: SeatKeeper, now: Phase, waiting: Map<NetworkChannel, Outstanding>): void => {
  const questions = questionsOf(probesOf(keeper));
  for (const channel of ['cheap', 'inference'] as const) {
    const asked = questions.find((each) => each.channel === channel);
    const known = waiting.get(channel);
    if (asked === undefined || !now.hasGateway) {
      waiting.delete(channel);
      continue;
    }
    const one = known?.number === asked.number ? known : { number: asked.number, sinceMs: keeper.nowMs() };
    waiting.set(channel, one);
    const { finding, afterMs } = replyOf(now, channel);
    if (keeper.nowMs() - one.sinceMs >= afterMs)
      keeper.post({ type: 'finding', seat: seatName, channel, number: one.number, finding });
  }
};

const holds = (keeper: SeatKeeper, truth: Truth, hasTold: boolean, at: string): void => {
  const { judged } = probesOf(keeper);
  const { verdict } = judged;
  if (truth.deadMs > chatWithinMs) assert.notEqual(verdict, 'healthy', at);
  if (truth.findableMs > chatWithinMs && keeper.seat().run?.readyMs != null)
    assert.ok(verdict === 'zombie' || verdict === 'unreachable', `${verdict} ${at}`);
  if (truth.brokenMs > filesWithinMs) assert.ok(judged.isDoomed, at);
  // What was found before may stand until it is asked again, and not a round longer.
  if (truth.wellMs > backWithinMs) assert.equal(deadWords(probesOf(keeper)), null, at);
  if (truth.silentMs > silenceWithinMs && keeper.seat().run?.readyMs != null)
    assert.ok(hasTold || deadWords(probesOf(keeper)) !== null, `nobody is told ${at}`);
  if (verdict === 'healthy') {
    const { cheap, inference, integrity } = probesOf(keeper).tracks;
    for (const { found } of [cheap, inference, integrity]) assert.ok(found !== null, at);
  }
};

const play = (phases: readonly Phase[]): void => {
  let health = healthAt(1337);
  let keeper = startSeatKeeper({ seat: { class: 'protected', health } });
  const waiting = new Map<NetworkChannel, Outstanding>();
  let truth = unknown;
  let port = 1337;
  for (const [at, now] of phases.entries()) {
    const where = `in phase ${at}, ${JSON.stringify(now)}`;
    const settle = (): void => {
      keeper.see({
        cpuShare: now.work === 'none' ? 0 : 0.9,
        isStopped: now.isStopped,
        filesFault: now.hasFiles ? null : 'missing /opt/mlx is gone.',
      });
      keeper.post({ type: 'gateway', state: now.hasGateway ? 'present' : 'missing', listen: '', problems: [] });
    };
    settle();
    const untilMs = keeper.nowMs() + now.minutes * minute;
    while (keeper.nowMs() < untilMs) {
      keeper.runUntil(keeper.nowMs() + second);
      if (keeper.seat().run?.readyMs === null && now.hasGateway && now.server !== 'gone') keeper.post(isReady);
      const { strikes } = probesOf(keeper).tracks.inference;
      answer(keeper, now, waiting);
      // A failure that counts is told of as such.
      if (probesOf(keeper).tracks.inference.strikes > strikes) truth = { ...truth, silentMs: 0 };
      truth = lived(truth, now, keeper.seat().run?.readyMs != null, second);
      holds(keeper, truth, keeper.alerts().includes(`seat_unproven ${seatName}`), where);
    }
    assert.deepEqual(keeper.orders(), [], `a protected seat is only told of, ${where}`);
    switch (now.next) {
      case 'nothing':
        break;
      case 'sleep':
        keeper.sleepUntil(keeper.nowMs() + 8 * 60 * minute);
        waiting.clear();
        // What was known before the night is asked again after it.
        truth = { ...truth, findableMs: 0, silentMs: 0, wellMs: 0, brokenMs: 0 };
        break;
      case 'keeper': {
        const { memory } = keeper.state().relief.remembered;
        keeper = startSeatKeeper({ seat: { class: 'protected', health } });
        if (memory !== null) keeper.post({ type: 'remembered', memory, ageMs: second });
        waiting.clear();
        truth = { ...truth, findableMs: 0, silentMs: 0, wellMs: 0 };
        break;
      }
      case 'seat':
        keeper.respawn();
        waiting.clear();
        truth = { ...truth, findableMs: 0, silentMs: 0, wellMs: 0 };
        break;
      case 'reload':
        keeper.configure({ health: structuredClone(health) });
        break;
      case 'other_address':
        port += 1;
        health = healthAt(port);
        keeper.configure({ health });
        waiting.clear();
        truth = { ...truth, findableMs: 0, silentMs: 0 };
    }
  }
};

test('whatever happens, the dead are not called healthy, the living not dead, and nothing is started or ended', () => {
  fc.assert(
    fc.property(fc.array(phase, { minLength: 2, maxLength: 8 }), (phases) => play(phases)),
    { seed, numRuns: 25 },
  );
});

interface Spell {
  readonly seconds: number;
  /** Somebody who talks to it directly keeps it at work. */
  readonly isUsed: boolean;
  /** How long it takes over an answer, seconds; it works all the while. */
  readonly answerSeconds: number;
}

const spell: fc.Arbitrary<Spell> = fc.record({
  seconds: fc.integer({ min: 20, max: 240 }),
  isUsed: fc.boolean(),
  answerSeconds: fc.integer({ min: 0, max: 3 }),
});

/** When an on-call seat that is used so is unloaded. */
const unloadedMs = (spells: readonly Spell[], health: SeatConfig['health']): number => {
  const keeper = startSeatKeeper({ seat: { health, idleSeconds: 120 }, seen: { mark: 1 } });
  keeper.runUntil(3 * second);
  keeper.post(isReady);
  const waiting = new Map<NetworkChannel, Outstanding>();
  let mark = 1;
  const rest: Spell = { seconds: 3_600, isUsed: false, answerSeconds: 1 };
  for (const { seconds, isUsed, answerSeconds } of [...spells, rest]) {
    const untilMs = keeper.nowMs() + seconds * second;
    while (keeper.nowMs() < untilMs && keeper.orders().length === 0) {
      keeper.runUntil(keeper.nowMs() + second);
      const questions = health === null ? [] : questionsOf(probesOf(keeper));
      mark += isUsed || questions.length > 0 ? 1_000 : 0;
      keeper.see({ mark, cpuShare: isUsed || questions.length > 0 ? 0.9 : 0 });
      for (const { channel, number } of questions) {
        const known = waiting.get(channel);
        const one = known?.number === number ? known : { number, sinceMs: keeper.nowMs() };
        waiting.set(channel, one);
        if (keeper.nowMs() - one.sinceMs < answerSeconds * second) continue;
        const finding = { ok: true, code: 'ok', detail: '', ms: 25 } as const;
        keeper.post({ type: 'finding', seat: seatName, channel, number, finding });
      }
    }
  }
  const [stop] = keeper.orders();
  assert.ok(stop !== undefined, 'it is never unloaded');
  keeper.runUntil(keeper.nowMs() + 30 * minute);
  assert.deepEqual(
    keeper.orders().map(({ verb }) => verb),
    ['stop'],
    'what does not run is not loaded to be asked',
  );
  if (health !== null) assert.deepEqual(questionsOf(probesOf(keeper)), []);
  return stop.atMs;
};

test('a seat that is asked is unloaded when one is that is not', () => {
  fc.assert(
    fc.property(fc.array(spell, { minLength: 1, maxLength: 6 }), (spells) => {
      const [asked, left] = [unloadedMs(spells, healthAt(1337)), unloadedMs(spells, null)];
      // While it answers, what others do cannot be told from the answer.
      assert.ok(Math.abs(asked - left) <= 20 * second, `${asked} ms and ${left} ms`);
    }),
    { seed, numRuns: 25 },
  );
});
