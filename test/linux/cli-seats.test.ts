import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { run } from '../../helper/cli/main.ts';
import { fitsOutputSchema, servicesOutputSchema } from '../../helper/cli/seats/output.ts';
import type { ServiceRow } from '../../helper/protocol/seats.ts';
import { capturedIo } from '../fakes/captured-io.ts';
import { eventually } from '../fakes/service-supervisor.ts';

/** A seat of castellan.toml, from its command to its end, by a real supervisor and a real keeper. */

const main = join(import.meta.dirname, '../../helper/main.ts');

/** Says when it serves, and ends when it is told to. */
const server = `
const fs = require('node:fs');
setTimeout(() => fs.writeFileSync(process.argv[1], ''), 300);
process.on('SIGTERM', () => process.exit(0));
setInterval(() => {}, 60_000);
`;

const ended = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
};

const openWorld = (t: TestContext) => {
  const runDirectory = mkdtempSync(join(realpathSync(tmpdir()), 'castellan-cli-seats-'));
  const children: ChildProcess[] = [];
  const said: string[] = [];
  t.after(async () => {
    // The keeper first: it tells the supervisor what becomes of what it started.
    for (const child of children.reverse()) await ended(child);
    rmSync(runDirectory, { recursive: true, force: true });
  });
  chmodSync(runDirectory, 0o755);
  const file = join(runDirectory, 'castellan.toml');
  const start = (role: string): void => {
    const child = spawn(process.execPath, [main, role, '--run-dir', runDirectory], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => said.push(String(text)));
    children.push(child);
  };
  const cli = async (...argv: readonly string[]) => {
    const io = capturedIo();
    return { code: await run([...argv, '--run-dir', runDirectory], io), ...io.text };
  };
  const services = async (): Promise<readonly ServiceRow[]> => {
    const { out } = await cli('services', '--json');
    return out === '' ? [] : servicesOutputSchema.parse(JSON.parse(out)).services;
  };
  return {
    runDirectory,
    start,
    cli,
    services,
    write: (text: string) => writeFileSync(file, text, { mode: 0o644 }),
    log: () => said.join(''),
  };
};

test('a seat is defined from its command, refused when it cannot fit, loaded, kept and released by the command line', async (t) => {
  const world = openWorld(t);
  const flag = join(world.runDirectory, 'serves');
  const seat = (name: string, peak: string): string =>
    [
      '[[seat]]',
      `name = "${name}"`,
      'class = "on_call"',
      `label = "com.example.${name.toLowerCase()}"`,
      `peak = "${peak}"`,
      `probe_cmd = ["/bin/test", "-e", "${flag}"]`,
      'wired_argument = []',
      `command = [${[process.execPath, '-e', server.replaceAll('\n', ' ').trim(), flag].map((word) => JSON.stringify(word)).join(', ')}]`,
      'domain = "gui/0"',
      '',
    ].join('\n');
  world.write(`[api]\nlisten = "127.0.0.1:0"\n${seat('Small', '300 MB')}${seat('Huge', '4000 GB')}`);
  world.start('supervisor');
  await eventually('the supervisor listens', () =>
    existsSync(join(world.runDirectory, 'supervisor.sock')) ? true : null,
  );
  world.start('keeper');
  const stateOf = async (name: string): Promise<ServiceRow | null> =>
    (await world.services()).find((row) => row.name === name) ?? null;
  await eventually('the keeper knows its seats', () => stateOf('Small'));
  await eventually('the property list is there', () =>
    existsSync(join(world.runDirectory, 'services/com.example.small.plist')) ? true : null,
  );

  const huge = await eventually('memory has been read', async () => {
    const { code, out } = await world.cli('fits', '--json', 'huge');
    return code === 1 ? fitsOutputSchema.parse(JSON.parse(out)) : null;
  });
  assert.equal(huge.admission.reason, 'needs_shedding');
  assert.match(huge.said, /^Huge can never fit on this machine: .* are installed\. Lower its peak\./);
  assert.deepEqual([huge.wouldUnload, huge.wouldFitIf], [[], []], 'nothing else would help');
  const refused = await world.cli('ensure', 'huge');
  assert.equal(refused.code, 1);
  assert.match(refused.out, /✕ The memory is not enough: [\d.]+ GB short\./);
  assert.equal((await stateOf('Huge'))?.pid, null);

  const loaded = await world.cli('ensure', 'small');
  assert.equal(loaded.code, 0, `${loaded.out}${loaded.err}${world.log()}`);
  assert.ok(existsSync(flag), 'it is told to serve only when its probe says so');
  const running = await stateOf('Small');
  assert.ok(running?.pid !== null && running !== null);
  const again = await world.cli('ensure', 'small');
  assert.equal(again.code, 0);
  assert.equal((await stateOf('Small'))?.pid, running.pid, 'one that serves is not started again');
  assert.equal((await world.cli('keep', 'small', '5')).code, 0);
  const serving = await world.cli('fits', 'small');
  assert.equal(serving.code, 0);
  assert.match(serving.out, /^✓ Small serves already: a request is answered at once\.\n\nIf Small were loaded anew:\n/);
  assert.match((await world.cli('services')).out, /^Small +seat .* 300 MB +\S+ +com\.example\.small$/m);

  // What its processes did a moment ago, its start among it, counts as use: it is not cut off.
  await eventually('it is at rest and can be released', async () =>
    (await world.cli('release', 'small')).code === 0 ? true : null,
  );
  await eventually('it has ended', async () => ((await stateOf('Small'))?.pid === null ? true : null));
  assert.equal((await world.cli('release', 'small')).code, 0, 'one that does not run is released already');
});
