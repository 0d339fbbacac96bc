import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { createMatchCommand, matchCommand } from '../../helper/cli/commands/match.ts';
import { matchOutputSchema } from '../../helper/cli/match/found.ts';
import { createSimHost } from '../../helper/host/sim/host.ts';
import { capturedIo } from '../fakes/captured-io.ts';
import { set, still } from './sim-tools.ts';

let folder = '';
const children: ChildProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(realpathSync(tmpdir()), 'castellan-match-'));
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** A process that lives until the test is over, with a word of its own in its command line. */
const started = async (word: string): Promise<number> => {
  const script = 'process.stdout.write("up"); setInterval(() => {}, 1e6)';
  const child = spawn(process.execPath, ['-e', script, word], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  await new Promise((resolve) => child.stdout?.once('data', resolve));
  assert.ok(child.pid !== undefined);
  return child.pid;
};

const match = async (command: typeof matchCommand, pattern: string, values: Record<string, string | boolean> = {}) => {
  const io = capturedIo();
  const outcome = await command.run({ values: { 'run-dir': folder, ...values }, positionals: [pattern] }, io);
  return { outcome, out: io.text.out };
};

const written = (text: string): string => {
  const path = join(folder, 'c.toml');
  writeFileSync(path, text, { mode: 0o644 });
  return path;
};

describe('castellan match on the machine it runs on', () => {
  test('finds a real process by its whole command line, with what the kernel charges to it', async () => {
    const word = `castellan-match-${process.pid}-a`;
    const pid = await started(word);
    const { outcome, out } = await match(matchCommand, `${word}$`, { json: true });
    assert.deepEqual(outcome, { kind: 'exit', code: 0 });
    const output = matchOutputSchema.parse(JSON.parse(out));
    assert.deepEqual(
      output.matches.map((each) => each.pid),
      [pid],
    );
    const [found] = output.matches;
    assert.ok(found !== undefined && found.footprintBytes > 2 ** 20 && found.rssBytes > 2 ** 20);
    assert.equal(found.uid, process.getuid?.());
    // Whoever runs the tests as root has no login user's process here.
    if (process.getuid?.() === 0) assert.equal(found.denied?.code, 'owner');
  });

  test('an entry of the file is named, with its floors; owner_uid makes root’s process one that is meant', async () => {
    const word = `castellan-match-${process.pid}-b`;
    await started(word);
    const config = written(
      `[[relief.entry]]\nname = "Mine"\npattern = '${word}'\nclass = "kill_allowed"\nfreeze_floor = "8 GB"\nowner_uid = ${process.getuid?.()}\n`,
    );
    const { outcome, out } = await match(matchCommand, word, { config });
    assert.deepEqual(outcome, { kind: 'exit', code: 0 });
    assert.match(out, /entry Mine: below its freeze_floor of 8\.0 GB, below its kill_floor of 8\.0 GB/);
    assert.doesNotMatch(out, /never acted upon/);
    assert.doesNotMatch(out, /\[\[relief\.entry\]\]/);
  });

  test('does not find itself', async () => {
    const { outcome, out } = await match(matchCommand, 'cli-match\\.test\\.ts');
    assert.deepEqual(outcome, { kind: 'exit', code: 1 });
    assert.match(out, /Nothing that runs now matches/);
  });

  test('a pattern that is none is refused with its place, and nothing is read', async () => {
    const { outcome, out } = await match(
      createMatchCommand(() => assert.fail('opened')),
      'foo(bar',
    );
    assert.equal(outcome.kind === 'failed' && outcome.failure.code, 'pattern_invalid');
    assert.match(outcome.kind === 'failed' ? outcome.failure.detail : '', /missing closing \), at character 4/);
    assert.equal(out, '');
  });

  test('a file that cannot be used is refused when it was asked for, and not needed otherwise', async () => {
    const config = written('[relef]\n');
    const asked = await match(matchCommand, 'x', { config });
    assert.equal(asked.outcome.kind === 'failed' && asked.outcome.failure.code, 'config_invalid');
    const missing = await match(matchCommand, 'x', { config: join(folder, 'none.toml') });
    assert.equal(missing.outcome.kind === 'failed' && missing.outcome.failure.code, 'config_unreadable');
    assert.equal((await match(matchCommand, 'no-such-process-anywhere')).outcome.kind, 'exit');
  });
});

describe('castellan match on a Mac', () => {
  const mac = (change: (host: ReturnType<typeof createSimHost>) => void = () => {}) =>
    createMatchCommand(async () => {
      const host = createSimHost({ scenario: still() });
      change(host);
      return host;
    });

  test('what is never acted upon is said to be so, and why, and that no file may have the pattern', async () => {
    const { out } = await match(mac(), 'WindowServer|tailscaled');
    assert.match(out, /never acted upon: WindowServer: it draws every window/);
    assert.match(out, /never acted upon: tailscaled/);
    assert.match(out, /may not have this pattern: it means WindowServer/);
    assert.doesNotMatch(out, /\[\[relief\.entry\]\]/);
  });

  test('a seat is named; a protected one is never acted upon', async () => {
    const config = written(
      ['protected', 'on_call']
        .map((kind, i) => {
          const label = ['com.sanctum.mlx', 'com.sanctum.mlx-codestral'][i];
          return `[[seat]]\nname = "S${i}"\nclass = "${kind}"\nlabel = "${label}"\npeak = "14 GB"\nprobe_cmd = ["/bin/true"]\n`;
        })
        .join(''),
    );
    const { out } = await match(mac(), '/sanctum-mlx ', { config, json: true });
    const { matches, refused } = matchOutputSchema.parse(JSON.parse(out));
    assert.equal(refused, null);
    assert.deepEqual(
      matches.map(({ seat, denied }) => [seat, denied?.code ?? null]),
      [
        ['S0', 'seat_protected'],
        ['S1', null],
      ],
    );
  });

  test('what no entry covers is shown as the entry that would, with a floor it reaches', async () => {
    const command = mac((host) => set(host, 'spawn', 'runaway 9 GB'));
    const { out } = await match(command, '/runaway$');
    assert.match(out, /9\.0 GB .*runaway {2}\/usr\/local\/bin\/runaway/);
    assert.match(out, /pattern = '\/runaway\$'\n {2}class = "freeze_only"\n {2}freeze_floor = "8 GB"/);
  });

  test('names of processes cannot steer the terminal', async () => {
    const { out } = await match(
      mac((host) => set(host, 'spawn', 'evil\u202ename 1 GB')),
      'evil',
    );
    assert.ok(out.includes('evil') && !out.includes('\u202e'));
  });
});
