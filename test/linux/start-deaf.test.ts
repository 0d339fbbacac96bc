import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { build } from 'plist';
import { supervisorCommand } from '../../build/start/commands.ts';
import { servicesPath } from '../../helper/supervisor/places.ts';
import { lastSeconds } from '../../helper/supervisor/times.ts';
import { startHere, usersOf } from '../fakes/service-start.ts';
import { eventually } from '../fakes/service-supervisor.ts';
import { testRunDirectory } from '../fakes/socket-keeper.ts';

const root = path.resolve(import.meta.dirname, '../..');
const skip = process.platform === 'linux' ? false : 'its services are run by the supervisor, which is for Linux';
const program = path.join(root, 'test/fakes/service-job.ts');

describe('npm start with a service that is deaf to TERM', { skip }, () => {
  test('waits for it, says so, and at a second Ctrl-C ends it at once; nothing is left', async (t) => {
    const runDirectory = testRunDirectory(t);
    mkdirSync(servicesPath(runDirectory));
    const out = path.join(runDirectory, 'out');
    const plist = {
      Label: 't.deaf',
      // Its run directory, so that it is found again.
      ProgramArguments: [process.execPath, '--no-warnings', program, '--drain', '600000', '--note', runDirectory],
      KeepAlive: true,
      ExitTimeOut: 3_600,
      StandardOutPath: out,
    };
    writeFileSync(path.join(servicesPath(runDirectory), 't.deaf.plist'), build(plist), { mode: 0o644 });
    const start = startHere(t, root, runDirectory);
    const said = (line: RegExp): Promise<true> =>
      eventually(`the service says ${line}`, () => {
        try {
          return line.test(readFileSync(out, 'utf8')) ? true : null;
        } catch {
          return null;
        }
      }).catch((error: unknown) => assert.fail(`${error}\n${start.text()}`));
    await said(/^start/m);
    await eventually('it is up', () => (/available of/.test(start.text()) ? true : null));
    start.child.kill('SIGINT');
    // As from the terminal and from each process between: one Ctrl-C is not two.
    start.child.kill('SIGINT');
    await said(/^term$/m);
    await eventually('it is said', () => (/Ctrl-C again/.test(start.text()) ? true : null));
    assert.ok(usersOf(runDirectory).length >= 2, 'the service and the supervisor that waits for it');
    start.child.kill('SIGINT');
    assert.equal(await start.ended, 0, start.text());
    assert.deepEqual(usersOf(runDirectory), []);
  });

  test('has more patience than the supervisor, which kills what does not end', () => {
    const { graceMs, args } = supervisorCommand({ root, runDirectory: '/run/x', env: {} }, '/c.toml');
    assert.ok(graceMs > lastSeconds * 1000);
    assert.deepEqual(args.slice(1), ['supervisor', '--run-dir', '/run/x', '--config', '/c.toml']);
  });
});
