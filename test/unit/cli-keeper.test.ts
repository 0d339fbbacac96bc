import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { connect } from '../../helper/cli/client.ts';
import { run } from '../../helper/cli/main.ts';
import { statusOutputSchema } from '../../helper/cli/status/output.ts';
import { capturedIo } from '../fakes/captured-io.ts';
import { testRunDirectory } from '../fakes/socket-keeper.ts';

/** The command line against a keeper that is a process of its own, on the simulated machine. */

const main = join(import.meta.dirname, '../../helper/main.ts');
const owner = { kind: 'root_or_user', uid: process.getuid?.() ?? -1 } as const;

const cli = async (...argv: string[]) => {
  const io = capturedIo();
  return { code: await run(argv, io), ...io.text };
};

const startKeeper = async (t: TestContext, runDirectory: string): Promise<ChildProcess> => {
  const child = spawn(process.execPath, [main, 'keeper', '--run-dir', runDirectory, '--host', 'sim'], {
    stdio: 'ignore',
  });
  t.after(() => child.kill('SIGKILL'));
  for (let tries = 0; tries < 150; tries += 1) {
    if ((await cli('status', '--run-dir', runDirectory)).code === 0) return child;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.fail('the keeper did not answer within 15 s');
};

const killed = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGKILL');
  });

describe('the command line and a keeper', () => {
  test('status, doctor and sim answer; a killed keeper is noticed, a restarted one is found again', async (t) => {
    const runDirectory = testRunDirectory(t);
    const first = await startKeeper(t, runDirectory);
    const place = ['--run-dir', runDirectory];

    const output = statusOutputSchema.parse(JSON.parse((await cli('status', '--json', ...place)).out));
    assert.equal(output.keeper.pid, first.pid);
    assert.equal(output.keeper.host, 'sim');
    assert.ok(output.processes.length > 0);
    for (const { footprintBytes } of output.processes) assert.ok(footprintBytes >= 50 * 2 ** 20);

    assert.match((await cli('sim', 'help', ...place)).out, /available/);
    const wrong = await cli('sim', 'set', 'nonsense', '1', ...place);
    assert.equal(wrong.code, 2);
    assert.match(wrong.err, /^bad_arguments: /);

    const connected = await connect(runDirectory, { owner });
    assert.ok(connected.ok);
    await killed(first);
    assert.equal((await connected.client.closed).code, 'connection_lost');
    const gone = await connected.client.request('read.status', {});
    assert.equal(gone.ok ? '' : gone.failure.code, 'connection_lost');

    const down = await cli('doctor', ...place);
    assert.equal(down.code, 1);
    assert.match(down.out, /FAIL {2}keeper: not_running/);
    assert.equal((await cli('status', ...place)).code, 3);

    // The dead keeper's socket file is still there and must not be in the way.
    const second = await startKeeper(t, runDirectory);
    const again = statusOutputSchema.parse(JSON.parse((await cli('status', '--json', ...place)).out));
    assert.equal(again.keeper.pid, second.pid);
    assert.notEqual(again.keeper.instance, output.keeper.instance);
  });

  test('relief answers: nothing waits, the gate is closed, and every refusal has its row in the log', async (t) => {
    const runDirectory = testRunDirectory(t);
    await startKeeper(t, runDirectory);
    const place = ['--run-dir', runDirectory];
    assert.equal((await cli('pending', ...place)).out, 'Nothing waits for you.\n');
    assert.match((await cli('status', ...place)).out, /DRY RUN, gate opens in 6 h/);
    assert.match((await cli('relief', ...place)).out, /gate +0 s of 6 h|gate +\d+ s of 6 h/);
    assert.match((await cli('explain', ...place)).out, /memory is green\./);
    for (const [argv, code] of [
      [['approve', '1'], 'approval_unknown'],
      [['deny', '1'], 'approval_unknown'],
      [['relief', 'live'], 'gate_closed'],
      [['relief', 'wrong', '9'], 'plan_unknown'],
      [['relief', 'resume', '--all'], 'not_frozen'],
      [['relief', 'restore', 'com.example'], 'not_shed'],
    ] as const) {
      const said = await cli(...argv, ...place);
      assert.equal(said.code, 4, argv.join(' '));
      assert.match(said.err, new RegExp(`^(gate: .*\n)?${code}: `));
    }
    assert.equal((await cli('relief', 'dry-run', ...place)).code, 0);
    const connected = await connect(runDirectory, { owner });
    assert.ok(connected.ok);
    t.after(() => connected.client.close());
    const log = await connected.client.request('read.log', { kinds: ['refusal', 'mutation'], limit: 50 });
    assert.ok(log.ok);
    assert.deepEqual(
      log.result.rows.map(({ kind, code, verb }) => `${kind} ${code ?? verb}`),
      [
        'refusal approval_unknown',
        'refusal approval_unknown',
        'refusal gate_closed',
        'refusal plan_unknown',
        'refusal not_frozen',
        'refusal not_shed',
        'mutation relief.mode',
      ],
    );
  });
});
