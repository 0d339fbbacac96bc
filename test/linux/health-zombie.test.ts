import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { ChannelStatus, HealthStatus } from '../../helper/protocol/health.ts';
import { eventually, openSeatWorld, type SeatWorld } from '../fakes/model-server-world.ts';

/** A server that lists its model and does no work, with real processes: what is found by the first question of each channel. */

const skip = process.platform === 'linux' ? false : 'its seats run under the supervisor that stands in for launchd';

const scaled = join(import.meta.dirname, '../fakes/gateway-scaled.ts');

interface Described {
  readonly seats: readonly {
    readonly name: string;
    readonly inFlight?: number;
    readonly health: HealthStatus | null;
  }[];
}

describe('the health of real seats', { skip, timeout: 120_000 }, () => {
  const ends: (() => Promise<void> | void)[] = [];
  let world: SeatWorld;
  before(async () => {
    const seat = (name: string, ...args: readonly string[]) => ({
      name,
      class: 'protected' as const,
      args,
      lines: (port: number) => [
        '[seat.health]',
        `list = ["http://127.0.0.1:${port}/v1/models"]`,
        `chat = "http://127.0.0.1:${port}/v1/chat/completions"`,
        'model = "right-model"',
      ],
    });
    world = await openSeatWorld({ after: (end) => void ends.push(end) }, [
      seat('Well', '--model', 'right-model'),
      seat('Hung', '--model', 'right-model', '--hang-chat'),
      seat('Other', '--model', 'other-model'),
    ]);
    await world.start('supervisor');
    // A chat may take a second, and not a minute.
    const gateway = [process.execPath, '--no-warnings', scaled, String(1 / 60)] as const;
    await Promise.all([world.start('keeper'), world.start('gateway', gateway)]);
  });
  after(async () => {
    for (const end of ends.reverse()) await end();
  });

  const served = async (): Promise<Described> => (await (await fetch(`${world.api.url}/status`)).json()) as Described;
  const healthOf = async (name: string): Promise<HealthStatus | null> =>
    (await served()).seats.find((seat) => seat.name === name)?.health ?? null;
  /** What each channel of a seat was told, once it has been. */
  const told = async (name: string): Promise<Readonly<Record<string, ChannelStatus>>> => {
    let channels: readonly ChannelStatus[] = [];
    await eventually(`${name} has been asked`, async () => {
      channels = (await healthOf(name))?.channels ?? [];
      return channels.filter(({ channel, last }) => channel !== 'integrity' && last !== null).length === 2;
    });
    return Object.fromEntries(channels.map((each) => [each.channel, each]));
  };

  test('one that works is well, and its chat is no use of it', async () => {
    const { cheap, inference } = await told('Well');
    assert.deepEqual([cheap?.state, cheap?.last?.detail], ['pass', 'lists "right-model"']);
    assert.deepEqual([inference?.state, inference?.last?.detail], ['pass', '"right-model" answers']);
    await eventually('it rests', async () => (await healthOf('Well'))?.verdict === 'healthy');
    const { completions, requests } = await world.seat('Well').figures();
    assert.equal(completions, 1, 'it was asked to work once');
    assert.ok(requests >= 2);
    assert.equal((await served()).seats.find(({ name }) => name === 'Well')?.inFlight, 0);
  });

  test('one that lists its model and hangs at the chat has a strike on that channel alone', async () => {
    const { cheap, inference } = await told('Hung');
    assert.deepEqual([cheap?.state, cheap?.strikes], ['pass', 0]);
    assert.deepEqual([inference?.last?.code, inference?.strikes, inference?.limit], ['timeout', 1, 2]);
    assert.match(inference?.last?.detail ?? '', /does not answer within 1 s$/);
    const hung = await healthOf('Hung');
    assert.equal(hung?.verdict, null, 'once is no proof, and speaks for nothing');
  });

  test('one that answers as another model is told of by both names', async () => {
    const { inference } = await told('Other');
    assert.deepEqual([inference?.last?.code, inference?.strikes], ['wrong_model', 1]);
    assert.match(inference?.last?.detail ?? '', /answers as "other-model", and "right-model" was asked for$/);
  });

  test('nothing was restarted, and the figures tell of it', async () => {
    for (const name of ['Well', 'Hung', 'Other']) assert.equal(world.seat(name).starts(), 1, name);
    const text = await (await fetch(`${world.api.url}/metrics`)).text();
    assert.match(text, /^castellan_probe_strikes\{seat="Hung",channel="inference"\} 1$/m);
    assert.match(text, /^castellan_seat_health\{seat="Well",verdict="healthy"\} 1$/m);
    assert.match(text, /^castellan_probe_seconds\{seat="Well",channel="cheap"\} 0\.\d+$/m);
    const { code, out } = await world.castellan('health', '--json');
    assert.equal(code, 0);
    const hung = (JSON.parse(out) as Described).seats.find(({ name }) => name === 'Hung');
    assert.equal(hung?.health?.channels[1]?.strikes, 1);
  });
});
