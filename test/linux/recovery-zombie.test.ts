import assert from 'node:assert/strict';
import { copyFileSync, linkSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { build } from 'plist';
import type { HealthStatus } from '../../helper/protocol/health.ts';
import { servicesPath } from '../../helper/supervisor/places.ts';
import { modelServerCommand } from '../fakes/model-server-start.ts';
import { eventually, openSeatWorld, type SeatWorld } from '../fakes/model-server-world.ts';

/**
 * A server whose drain never ends, with real processes: two TERMs, and it lists its model out of a small shell and answers no chat.
 * Its program is deleted meanwhile, and put back.
 */

const skip = process.platform === 'linux' ? false : 'its seats run under the supervisor that stands in for launchd';

const scaled = join(import.meta.dirname, '../fakes/gateway-scaled.ts');

/** The same file under another name, or a copy where that cannot be. */
const putProgram = (path: string): void => {
  try {
    linkSync(process.execPath, path);
  } catch {
    copyFileSync(process.execPath, path);
  }
};

describe('a zombie with real processes', { skip, timeout: 150_000 }, () => {
  const ends: (() => Promise<void> | void)[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'castellan-program-'));
  const program = join(folder, 'node');
  let world: SeatWorld;

  before(async () => {
    ends.push(() => rmSync(folder, { recursive: true, force: true }));
    putProgram(program);
    world = await openSeatWorld(
      { after: (end) => void ends.push(end) },
      [
        {
          name: 'Stuck',
          class: 'protected',
          args: ['--model', 'right-model', '--anon-mb', '80', '--stuck-drain'],
          program,
          lines: (port) => [
            'drain = "2 s"',
            'fallback = "test.castellan.spare"',
            '[seat.health]',
            `list = ["http://127.0.0.1:${port}/v1/models"]`,
            `chat = "http://127.0.0.1:${port}/v1/chat/completions"`,
            'model = "right-model"',
            `program = "${program}"`,
          ],
        },
        { name: 'Calm', class: 'on_call', lines: ['fallback = "test.castellan.calm"'] },
      ],
      ['[relief]', 'mode = "live"'],
    );
    const spare = (label: string, seat: string): void => {
      const command = modelServerCommand('--port', String(world.seat(seat).port), '--anon-mb', '60');
      const list = build({ Label: label, ProgramArguments: [...command] });
      writeFileSync(join(servicesPath(world.runDirectory), `${label}.plist`), list, { mode: 0o644 });
    };
    spare('test.castellan.spare', 'Stuck');
    spare('test.castellan.calm', 'Calm');
    await world.start('supervisor');
  });
  after(async () => {
    for (const end of ends.reverse()) await end();
  });

  /** With a gateway that waits a second for a chat, and not a minute. */
  const startKeeper = async (): Promise<void> => {
    const gateway = [process.execPath, '--no-warnings', scaled, String(1 / 60)] as const;
    await Promise.all([world.start('keeper'), world.start('gateway', gateway)]);
  };
  const endKeeper = async (): Promise<void> => {
    await Promise.all([world.end('gateway'), world.end('keeper')]);
  };
  interface Described {
    readonly state: string;
    readonly health: HealthStatus | null;
  }
  const stuck = async (): Promise<Described | undefined> => {
    const served = await fetch(`${world.api.url}/status`);
    const { seats } = (await served.json()) as { readonly seats?: readonly (Described & { readonly name: string })[] };
    return seats?.find(({ name }) => name === 'Stuck');
  };
  const strikes = async (): Promise<number> =>
    (await stuck())?.health?.channels.find(({ channel }) => channel === 'inference')?.strikes ?? 0;
  const proposed = () => world.rows().filter((row) => row.kind === 'approval' && row.how === 'proposed');

  test('it is known for one after two failures in a row, over a restart of the keeper; without its program nothing is offered', async () => {
    const seat = world.seat('Stuck');
    await eventually('it serves', async () => (await seat.figures().catch(() => null))?.isLoaded === true);
    rmSync(program);
    const pid = seat.pid();
    process.kill(pid, 'SIGTERM');
    process.kill(pid, 'SIGTERM');
    await eventually('it is a shell', async () => (await seat.figures()).heldBytes === 0);

    await startKeeper();
    await eventually('it has a strike', async () => (await strikes()) === 1);
    assert.notEqual((await stuck())?.health?.verdict, 'zombie', 'once is no proof');
    await endKeeper();
    await startKeeper();
    await eventually('it is a zombie', async () => (await stuck())?.health?.verdict === 'zombie');
    await eventually('its program is missed', async () => (await stuck())?.state === 'doomed');
    await eventually('it is said why nothing is offered', async () =>
      /recover +Stuck +files_failing +its next start would fail: /.test((await world.castellan('explain')).out),
    );
    assert.deepEqual(proposed(), []);
    assert.equal(seat.starts(), 1);
    assert.equal((await seat.figures()).pid, pid);
  });

  test('its fallback is not started beside it, and it is said who has the port', async () => {
    const refused = await world.castellan('fallback', 'Stuck');
    assert.equal(refused.code, 4);
    const said = world.rows().findLast((row) => row.kind === 'refusal');
    assert.equal(said?.kind === 'refusal' && said.code, 'fallback_refused');
    assert.match(
      said?.kind === 'refusal' ? said.detail : '',
      new RegExp(`still runs \\(pid ${world.seat('Stuck').pid()}\\)`),
    );
  });

  test('a fallback runs where nothing of the seat does, in its place and in its memory, and ends before the seat is loaded', async () => {
    const seat = world.seat('Calm');
    const started = await world.castellan('fallback', 'Calm');
    assert.equal(started.code, 0, started.out);
    assert.equal(started.out, 'test.castellan.calm stands in for Calm.\n');
    await eventually(
      'it answers at the port of the seat',
      async () => (await seat.figures().catch(() => null))?.isLoaded === true,
    );
    assert.equal(seat.starts(), 0, 'it is not the seat');
    const loaded = await world.castellan('load', 'Calm');
    assert.equal(loaded.code, 1);
    assert.match(loaded.out, /stands in for Calm: `castellan fallback Calm --stop` ends it first\./);
    assert.equal((await world.castellan('fallback', 'Calm', '--stop')).code, 0);
    await eventually('it has ended', async () => (await seat.figures().catch(() => null)) === null);
    // Its end is seen with the next look.
    await eventually('it is loaded', async () => (await world.castellan('load', 'Calm')).code === 0);
    assert.equal(seat.starts(), 1);
  });

  test('with its program back its recovery is asked for; approved it is ended, started, and answers ten prompts', async () => {
    const seat = world.seat('Stuck');
    const before = seat.pid();
    putProgram(program);
    // Its files are looked at again in five minutes, or when castellan.toml wants others looked at.
    const toml = join(world.runDirectory, 'castellan.toml');
    const written = readFileSync(toml, 'utf8');
    writeFileSync(toml, written.replace(`program = "${program}"`, `$&\nbeside = ["node"]`));
    assert.equal((await world.castellan('config', 'reload')).code, 0);
    await eventually('the operator is asked', () => proposed().length === 1);
    const [proposal] = (await world.status()).relief.pending;
    assert.equal(proposal?.title, 'Recover the seat Stuck?');
    assert.equal(proposal?.needsConfirmation, true);
    assert.equal(seat.starts(), 1, 'nothing is started by itself');
    const id = String(proposal?.id);
    const approved = await world.castellan('approve', id, '--confirm');
    assert.equal(approved.code, 0, approved.out);

    const receipt = () => world.rows().find((row) => row.kind === 'receipt');
    await eventually('it is recovered', () => {
      const failed = world.rows().find((row) => row.kind === 'observed' && /It failed/.test(row.detail));
      assert.equal(failed, undefined, JSON.stringify(failed));
      return receipt() !== undefined;
    });
    const row = receipt();
    assert.ok(row?.kind === 'receipt');
    assert.deepEqual([row.verb, row.expected, row.actual, row.effective], ['recover', 10, 10, true]);
    assert.equal(row.text, '10/10 prompts were answered.');
    assert.equal(seat.starts(), 2);
    const { pid, completions } = await seat.figures();
    assert.notEqual(pid, before);
    assert.ok(completions >= 10);
    assert.throws(() => process.kill(before, 0), 'the zombie is gone');
    const steps = world
      .rows()
      .flatMap((each) => (each.kind === 'observed' && each.what === 'recovery' ? [each.detail] : []))
      .map((text) => /^Recovery, step (\d)/.exec(text)?.[1] ?? 'end');
    assert.deepEqual(steps, ['1', '2', '3', '4', '5', 'end']);
    const intents = world
      .rows()
      .flatMap((each) => (each.kind === 'intent' && each.verb === 'recover' ? [each.reason] : []));
    assert.deepEqual(intents.slice(0, 2), ['It is told to end.', 'It did not end when it was told to.']);
    await eventually('it is well', async () => (await stuck())?.health?.verdict === 'healthy');
  });
});
