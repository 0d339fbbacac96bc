import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { eventually, type SeatWorld, startSeatWorld } from '../fakes/model-server-world.ts';

/** Seats that fail, with real processes: what is answered, what is left of them, and what the audit log says. */

const skip = process.platform === 'linux' ? false : 'its seats run under the supervisor that stands in for launchd';

interface Reply {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

describe('seats that fail', { skip, timeout: 150_000 }, () => {
  const ends: (() => Promise<void> | void)[] = [];
  let world: SeatWorld;
  before(async () => {
    world = await startSeatWorld({ after: (end) => void ends.push(end) }, [
      { name: 'Wrong', class: 'on_call', args: ['--exit', '78'] },
      { name: 'Never', class: 'on_call', args: ['--load-ms', '600000'], lines: ['ready_timeout = "3 s"'] },
      { name: 'Huge', class: 'on_call', peakMb: 4_000_000 },
      { name: 'Whole', class: 'on_call', args: ['--anon-mb', '150'], peakMb: 400 },
    ]);
  });
  after(async () => {
    for (const end of ends.reverse()) await end();
  });

  const ensure = async (name: string): Promise<Reply> => {
    const response = await fetch(`${world.api.url}/ensure-loaded/${name}`, { method: 'POST' });
    return { status: response.status, body: (await response.json()) as Reply['body'] };
  };
  const stateOf = async (name: string): Promise<string | undefined> =>
    (await world.status()).seats.find((seat) => seat.name === name)?.state;

  test('one that ends with 78 is given up at once and not tried again, and its service is booted out', async () => {
    const first = await ensure('Wrong');
    assert.notEqual(first.status, 200);
    await eventually('it has failed', async () => (await stateOf('Wrong')) === 'failed');
    const { starts } = world.seat('Wrong');
    await eventually('it is booted out', () =>
      world.rows().some((row) => row.kind === 'intent' && row.verb === 'stop' && row.target === 'Wrong'),
    );
    const before = starts();
    const again = await ensure('Wrong');
    assert.equal(again.status, 503);
    assert.equal(starts(), before);
  });

  test('one that never becomes ready is told of with 504 and ended', async () => {
    const answer = await ensure('Never');
    assert.equal(answer.status, 504);
    const pid = world.seat('Never').pid();
    await eventually('its process is gone', () => !isThere(pid));
    assert.equal(await stateOf('Never'), 'failed');
  });

  test('one that cannot fit is refused with its sum, and starts nothing', async () => {
    const { status, body } = await ensure('Huge');
    assert.equal(status, 503);
    assert.match(JSON.stringify(body), /"slackBytes":/);
    assert.equal(world.seat('Huge').starts(), 0);
    const row = world.rows().find((each) => each.kind === 'admission' && each.seat === 'Huge');
    assert.equal(row?.kind === 'admission' && row.verdict, 'refuse');
  });

  test('one that is released gets a TERM, and what it held is written down when its claim is let go', async () => {
    assert.equal((await ensure('Whole')).status, 200);
    const { pid } = await world.seat('Whole').figures();
    await eventually('it is released', async () => (await world.castellan('release', 'Whole')).code === 0);
    await eventually('its claim is let go', () =>
      world.rows().some((row) => row.kind === 'observed' && row.what === 'returned' && row.target === 'Whole'),
    );
    assert.equal(isThere(pid), false);
    const returned = world
      .rows()
      .find((row) => row.kind === 'observed' && row.what === 'returned' && row.target === 'Whole');
    const held = Number(/it held (\d+) MB/.exec(returned?.kind === 'observed' ? returned.detail : '')?.[1]);
    assert.ok(held >= 150 && held < 400, `${held} MB`);
    assert.equal(
      world.rows().some((row) => row.kind === 'observed' && row.what === 'killed' && row.target === 'Whole'),
      false,
    );
  });
});

const isThere = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};
