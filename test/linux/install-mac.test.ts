import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { Outcome } from '../../helper/cli/command.ts';
import { installOn } from '../../helper/cli/commands/install.ts';
import { uninstallFrom } from '../../helper/cli/commands/uninstall.ts';
import { daemonLabels, daemonPlist, daemonRoles } from '../../helper/install/daemon-plists.ts';
import { judgeExecutable, whyNotRoots } from '../../helper/install/executable-trust.ts';
import type { Uninstalled, Uninstalling } from '../../helper/install/uninstall.ts';
import type { VerbResult } from '../../helper/protocol/verbs.ts';
import { type InstallWorld, openInstallWorld, whyNotRoot } from '../fakes/install-world.ts';

/** `castellan install` and `uninstall` on a root of the test's own: real files and owners, the simulated Mac's launchd. */

const install = (world: InstallWorld, isDryRun = false): Promise<Outcome> =>
  installOn(world.given, isDryRun, (line) => void world.said.push(line));

const codeOf = (outcome: Outcome): string => (outcome.kind === 'failed' ? outcome.failure.code : outcome.kind);

/** Everything below a root, with owner and mode, without what a file says. */
const tree = (root: string): readonly string[] =>
  readdirSync(root, { recursive: true, encoding: 'utf8' })
    .map((name) => {
      const { uid, gid, mode } = lstatSync(join(root, name));
      return `${name} ${uid}:${gid} ${(mode & 0o7777).toString(8)}`;
    })
    .toSorted();

const nothing: VerbResult<'keeper.remove'> = { resumed: 0, bands: 0, gpuLimit: 'untouched', seats: [], left: [] };

const uninstalling = (world: InstallWorld, over: Partial<Uninstalling> = {}): Uninstalling => ({
  ...world.given,
  withData: false,
  part: async () => nothing,
  resume: async () => {},
  say: (line) => void world.said.push(line),
  ...over,
});

const uninstall = async (
  world: InstallWorld,
  over: Partial<Uninstalling> = {},
): Promise<{ readonly outcome: Outcome; readonly result: Uninstalled | null }> => {
  let result: Uninstalled | null = null;
  const outcome = await uninstallFrom(uninstalling(world, over), (told) => {
    result = told as Uninstalled;
  });
  return { outcome, result };
};

describe('castellan install', { skip: whyNotRoot }, () => {
  test('makes account, folders and lists, and starts the deadman first', async (t) => {
    const world = openInstallWorld(t);
    assert.equal(codeOf(await install(world)), 'exit', world.said.join('\n'));
    assert.deepEqual(world.loaded().toSorted(), [...daemonLabels(false)].toSorted());
    assert.deepEqual(
      world.changes().filter((line) => line.startsWith('bootstrap')),
      daemonLabels(false).map((label) => `bootstrap system ${world.root}/Library/LaunchDaemons/${label}.plist`),
    );
    for (const role of daemonRoles) {
      const path = world.given.places.plist(role);
      const { uid, gid, mode } = lstatSync(path);
      assert.deepEqual([uid, gid, mode & 0o7777], [0, 0, 0o644]);
      const { executable, isDevelopment } = world.given;
      assert.equal(readFileSync(path, 'utf8'), daemonPlist(role, { kind: 'installed', executable, isDevelopment }));
    }
    const { runDirectory, command } = world.given.places;
    assert.equal(lstatSync(runDirectory).mode & 0o7777, 0o755);
    assert.equal(lstatSync(join(runDirectory, 'state')).mode & 0o7777, 0o700);
    assert.equal(readlinkSync(command), world.given.executable);
    const user = world.directory.records.get('/Users/_castellan');
    // 499 and 498 are taken, one by an account and one by a group.
    assert.deepEqual(Object.fromEntries(user ?? []), {
      IsHidden: '1',
      Password: '*',
      UserShell: '/usr/bin/false',
      NFSHomeDirectory: '/var/empty',
      RealName: 'Castellan gateway',
      PrimaryGroupID: '497',
      UniqueID: '497',
    });
    assert.equal(world.directory.records.get('/Groups/_castellan')?.get('PrimaryGroupID'), '497');
  });

  test('a second run finds nothing to do', async (t) => {
    const world = openInstallWorld(t);
    await install(world);
    const [before, asked] = [tree(world.root), world.changes().length];
    assert.equal(codeOf(await install(world)), 'exit');
    assert.deepEqual(tree(world.root), before);
    assert.equal(world.changes().length, asked);
    assert.match(world.said.at(-1) ?? '', /installed already/);
  });

  test('interrupted before any of its steps, it undoes those before', async (t) => {
    const all = openInstallWorld(t);
    await install(all);
    const steps = all.said.length - 1;
    assert.ok(steps > 4, all.said.join());
    for (let nth = 0; nth < steps; nth += 1) {
      const world = openInstallWorld(t);
      const before = tree(world.root);
      // Each step that is done says one line.
      const given = { ...world.given, isInterrupted: () => world.said.length === nth };
      const outcome = await install({ ...world, given });
      assert.equal(codeOf(outcome), 'install_failed');
      assert.deepEqual([tree(world.root), world.loaded()], [before, []], `before step ${nth}`);
      assert.equal(world.directory.records.has('/Users/_castellan'), false);
    }
  });

  test('a dry run prints the exact plan and changes nothing', async (t) => {
    const world = openInstallWorld(t);
    const [before, records] = [tree(world.root), [...world.directory.records.keys()]];
    assert.equal(codeOf(await install(world, true)), 'exit');
    assert.deepEqual(tree(world.root), before);
    assert.deepEqual([...world.directory.records.keys()], records);
    assert.deepEqual(world.changes(), []);
    const planned = [...world.said];
    assert.ok(planned.includes('/usr/bin/dscl . -create /Users/_castellan UniqueID 497'));
    await install(world);
    const dscl = world.directory.asked.filter(([, , verb]) => verb === '-create').map((args) => args.join(' '));
    assert.deepEqual(
      planned.filter((line) => line.startsWith('/usr/bin/dscl')).map((line) => line.replaceAll("'", '')),
      dscl,
    );
    assert.deepEqual(
      planned
        .filter((line) => line.startsWith('/bin/launchctl'))
        .map((line) => line.replace('/bin/launchctl ', '').replaceAll("'", '')),
      world.changes(),
    );
  });

  test('whatever fails on the way, what had been done is undone', async (t) => {
    const probe = openInstallWorld(t);
    await install(probe);
    const commands = probe.directory.asked.filter(([, , verb]) => verb === '-create').length;
    const changes = probe.changes().length;
    assert.ok(commands >= 12 && changes >= 6);
    const tryWith = async (prepare: (world: InstallWorld) => void, name: string): Promise<void> => {
      const world = openInstallWorld(t);
      const before = tree(world.root);
      const records = [...world.directory.records.keys()];
      prepare(world);
      assert.equal(codeOf(await install(world)), 'install_failed', name);
      assert.deepEqual(tree(world.root), before, name);
      assert.deepEqual([...world.directory.records.keys()], records, name);
      assert.deepEqual(world.loaded(), [], name);
      // And nothing stands in the way of the next try.
      world.directory.failAt = 0;
      world.failChange(0);
    };
    for (let nth = 1; nth <= commands; nth += 1)
      await tryWith((world) => {
        world.directory.failAt = nth;
      }, `dscl ${nth}`);
    for (let nth = 1; nth <= changes; nth += 1) await tryWith((world) => world.failChange(nth), `launchctl ${nth}`);
    await tryWith((world) => world.silence(), 'no keeper answers');
    await tryWith((world) => {
      world.launchctl.isDead = true;
    }, 'launchctl is dead');
  });

  test('a failure on a machine that had it puts the lists back and starts what ran', async (t) => {
    const world = openInstallWorld(t);
    await install(world);
    const before = world.given.places.plist('gateway');
    const other = { ...world.given, executable: `${world.given.executable}-2` };
    writeFileSync(other.executable, '#!/bin/sh\n', { mode: 0o755 });
    const texts = daemonRoles.map((role) => readFileSync(world.given.places.plist(role), 'utf8'));
    world.silence();
    assert.equal(codeOf(await installOn(other, false, () => {})), 'install_failed');
    assert.deepEqual(
      daemonRoles.map((role) => readFileSync(world.given.places.plist(role), 'utf8')),
      texts,
    );
    assert.deepEqual(world.loaded().toSorted(), [...daemonLabels(false)].toSorted());
    assert.ok(existsSync(before));
  });

  test('a disabled label is enabled; one that drains is waited for', async (t) => {
    const world = openInstallWorld(t);
    await install(world);
    for (const label of daemonLabels(false)) await world.launchd.launchctl(['bootout', `system/${label}`]);
    world.launchctl.disabled.add('com.sanctum.castellan');
    world.launchctl.isTerse = true;
    assert.equal(codeOf(await install(world)), 'exit', world.said.join('\n'));
    assert.equal(world.loaded().length, 3);
  });

  test('no command line is put where somebody else could put another', async (t) => {
    const world = openInstallWorld(t);
    const { command } = world.given.places;
    chownSync(join(command, '..'), 501, 80);
    assert.equal(codeOf(await install(world)), 'exit', world.said.join('\n'));
    assert.equal(existsSync(command), false);
    chownSync(join(command, '..'), 0, 0);
    symlinkSync('/usr/bin/true', command);
    assert.equal(codeOf(await install(world)), 'exit');
    assert.equal(readlinkSync(command), '/usr/bin/true', 'what is there already is not ours to change');
  });

  test('development has labels, lists and folders of its own', async (t) => {
    const world = openInstallWorld(t, true);
    assert.equal(codeOf(await install(world)), 'exit', world.said.join('\n'));
    assert.deepEqual(readdirSync(join(world.root, 'Library/LaunchDaemons')).toSorted(), [
      'com.sanctum.castellan.deadman.dev.plist',
      'com.sanctum.castellan.dev.plist',
      'com.sanctum.castellan.gateway.dev.plist',
    ]);
    assert.ok(existsSync(join(world.root, 'Library/Application Support/Sanctum/Castellan-dev/run/state')));
  });

  test('a list that is a link, or a folder that others can write, is not written to', async (t) => {
    const linked = openInstallWorld(t);
    symlinkSync('/etc/passwd', linked.given.places.plist('keeper'));
    assert.equal(codeOf(await install(linked)), 'install_failed');
    assert.deepEqual([linked.changes(), linked.directory.records.has('/Users/_castellan')], [[], false]);
    const open = openInstallWorld(t);
    chmodSync(join(open.root, 'Library/LaunchDaemons'), 0o777);
    assert.equal(codeOf(await install(open)), 'install_failed');
    assert.deepEqual(open.loaded(), []);
  });
});

describe('the program to be installed', { skip: whyNotRoot }, () => {
  const codeAt = (path: string): string => {
    const judged = judgeExecutable(path);
    return judged.ok ? 'ok' : judged.failure.code;
  };

  test('is root’s alone, with every folder above it and what it loads', (t) => {
    const { root, given } = openInstallWorld(t);
    const { executable } = given;
    const koffi = join(executable, '../koffi.node');
    assert.equal(codeAt(executable), 'ok');
    writeFileSync(koffi, '', { mode: 0o644 });
    assert.equal(codeAt(executable), 'ok');
    const spoilt: readonly (readonly [string, () => void, () => void])[] = [
      ['others can write it', () => chmodSync(executable, 0o757), () => chmodSync(executable, 0o755)],
      ['its group can write it', () => chmodSync(executable, 0o775), () => chmodSync(executable, 0o755)],
      ['somebody else’s', () => chownSync(executable, 501, 0), () => chownSync(executable, 0, 0)],
      ['set-user-id', () => chmodSync(executable, 0o4755), () => chmodSync(executable, 0o755)],
      ['not to be run', () => chmodSync(executable, 0o644), () => chmodSync(executable, 0o755)],
      [
        'a folder above is somebody’s',
        () => chownSync(join(root, 'usr'), 501, 0),
        () => chownSync(join(root, 'usr'), 0, 0),
      ],
      ['a folder above is open', () => chmodSync(join(root, 'usr'), 0o777), () => chmodSync(join(root, 'usr'), 0o755)],
      ['what it loads is somebody’s', () => chownSync(koffi, 501, 0), () => chownSync(koffi, 0, 0)],
    ];
    for (const [name, spoil, mend] of spoilt) {
      spoil();
      // As root on Linux the chown clears set-id bits; the mode is set anew by the mending.
      assert.equal(codeAt(executable), 'untrusted_path', name);
      mend();
      assert.equal(codeAt(executable), 'ok', `${name}, mended`);
    }
  });

  test('once it runs: in the folder of administrators what counts is what lies below it', (t) => {
    const { root } = openInstallWorld(t);
    const top = `${root}/Applications/`;
    const helper = `${top}Castellan.app/Contents/MacOS/castellan-helper`;
    mkdirSync(join(helper, '..'), { recursive: true, mode: 0o755 });
    writeFileSync(helper, '', { mode: 0o755 });
    chmodSync(top, 0o775);
    chownSync(top, 0, 80);
    assert.equal(whyNotRoots(helper, top), null);
    assert.notEqual(whyNotRoots(helper), null, 'elsewhere such a folder is refused');
    // Dragged there by its user.
    chownSync(`${top}Castellan.app`, 501, 20);
    assert.match(whyNotRoots(helper, top) ?? '', /Castellan\.app has owner uid 501/);
    chownSync(`${top}Castellan.app`, 0, 0);
    chmodSync(`${top}Castellan.app/Contents`, 0o775);
    assert.match(whyNotRoots(helper, top) ?? '', /Contents has .*others can write/);
    chmodSync(`${top}Castellan.app/Contents`, 0o755);
    chownSync(helper, 501, 20);
    assert.match(whyNotRoots(helper, top) ?? '', /castellan-helper has owner uid 501/);
  });

  test('is judged where its links lead', (t) => {
    const { root, given } = openInstallWorld(t);
    const link = join(root, 'castellan');
    symlinkSync(given.executable, link);
    const judged = judgeExecutable(link);
    assert.ok(judged.ok);
    assert.equal(judged.path, given.executable);
    assert.equal(codeAt(join(root, 'none')), 'untrusted_path');
  });

  test('lies in no work tree and no build folder', (t) => {
    const { root, given } = openInstallWorld(t);
    for (const folder of ['target/release', 'dist', 'node_modules/x', 'build']) {
      const path = join(root, folder, 'castellan-helper');
      mkdirSync(join(root, folder), { recursive: true, mode: 0o755 });
      writeFileSync(path, '#!/bin/sh\n', { mode: 0o755 });
      assert.equal(codeAt(path), 'in_build_tree', folder);
    }
    mkdirSync(join(root, 'usr/.git'));
    assert.equal(codeAt(given.executable), 'in_build_tree');
  });
});

describe('castellan install beside the services of before', { skip: whyNotRoot }, () => {
  const held = (world: InstallWorld): InstallWorld => ({ ...world, given: { ...world.given, isHeld: true } });

  test('starts nothing, and launchd will not either', async (t) => {
    const world = held(openInstallWorld(t));
    assert.equal(codeOf(await install(world)), 'exit', world.said.join('\n'));
    assert.deepEqual(world.loaded(), []);
    assert.deepEqual([...world.launchctl.disabled].toSorted(), daemonLabels(false).toSorted());
    for (const role of daemonRoles) assert.ok(existsSync(world.given.places.plist(role)));
  });

  test('when it fails leaves no word at launchd that would keep out what the app registers', async (t) => {
    for (const nth of [1, 2, 3]) {
      const world = held(openInstallWorld(t));
      const before = tree(world.root);
      world.failChange(nth);
      assert.equal(codeOf(await install(world)), 'install_failed');
      assert.deepEqual(tree(world.root), before);
      assert.deepEqual([...world.launchctl.disabled], []);
    }
  });
});

describe('files of root', { skip: whyNotRoot }, () => {
  test('are the old ones, whole, when the disk takes only a part of the new', async (t) => {
    const world = openInstallWorld(t);
    const path = world.given.places.plist('keeper');
    writeFileSync(path, 'old');
    const module = new URL('../../helper/install/root-files.ts', import.meta.url).href;
    const script = `import { writeRootFile } from ${JSON.stringify(module)};
      console.log(JSON.stringify(writeRootFile(${JSON.stringify(path)}, 'x'.repeat(4000))));`;
    // A limit on a file's size cuts a write short as a full disk does, and fails the next one (setrlimit(2), RLIMIT_FSIZE).
    const { stdout } = spawnSync(
      '/bin/sh',
      ['-c', 'ulimit -f 1; exec "$0" --no-warnings --input-type=module -e "$1"', process.execPath, script],
      { encoding: 'utf8' },
    );
    assert.match(stdout, /could not be written: EFBIG/);
    assert.equal(readFileSync(path, 'utf8'), 'old');
    assert.deepEqual(readdirSync(join(world.root, 'Library/LaunchDaemons')), ['com.sanctum.castellan.plist']);
  });
});

describe('castellan uninstall', { skip: whyNotRoot }, () => {
  test('asks the keeper first, ends the deadman last, and keeps data and account', async (t) => {
    const world = openInstallWorld(t);
    await install(world);
    const asked: string[] = [];
    const part: Uninstalling['part'] = async (runDirectory) => {
      asked.push(runDirectory, ...world.changes().filter((line) => line.startsWith('bootout')));
      return { ...nothing, resumed: 2, bands: 3 };
    };
    const { outcome, result } = await uninstall(world, { part });
    assert.equal(codeOf(outcome), 'exit', JSON.stringify(result));
    assert.deepEqual(asked, [world.given.places.runDirectory], 'nothing was booted out before the keeper was asked');
    assert.deepEqual(result?.bootedOut, [
      'com.sanctum.castellan.gateway',
      'com.sanctum.castellan',
      'com.sanctum.castellan.deadman',
    ]);
    assert.deepEqual(world.loaded(), []);
    assert.deepEqual(readdirSync(join(world.root, 'Library/LaunchDaemons')), []);
    assert.equal(existsSync(world.given.places.command), false);
    assert.ok(existsSync(world.given.places.runDirectory));
    assert.ok(world.directory.records.has('/Users/_castellan'));
    const again = await uninstall(world, { part: async () => null });
    assert.equal(codeOf(again.outcome), 'exit', 'a second run finds nothing left');
    assert.deepEqual(again.result?.removed, []);
  });

  test('--remove-data leaves nothing of ours, and what is not ours', async (t) => {
    const world = openInstallWorld(t);
    const before = tree(world.root);
    await install(world);
    for (const path of world.given.places.logs) writeFileSync(path, 'a word\n');
    writeFileSync(join(world.given.places.runDirectory, 'heartbeat'), '{}');
    const { outcome, result } = await uninstall(world, { withData: true });
    assert.equal(codeOf(outcome), 'exit', JSON.stringify(result));
    assert.deepEqual(
      tree(world.root).filter((line) => !line.startsWith('Library/Application Support')),
      before,
    );
    assert.equal(existsSync(world.given.places.support), false);
    assert.equal(world.directory.records.has('/Users/_castellan'), false);
    assert.equal(world.directory.records.has('/Groups/_castellan'), false);
  });

  test('--remove-data takes a log of any length, and a link in its place leads nowhere', async (t) => {
    const world = openInstallWorld(t);
    await install(world);
    const [long = '', linked = ''] = world.given.places.logs;
    writeFileSync(long, 'x'.repeat(2 ** 20 + 1));
    const others = join(world.root, 'var/log/others');
    writeFileSync(others, 'mine');
    symlinkSync(others, linked);
    const { outcome, result } = await uninstall(world, { withData: true });
    assert.equal(codeOf(outcome), 'exit', JSON.stringify(result));
    assert.deepEqual(readdirSync(join(world.root, 'var/log')), ['others']);
    assert.equal(readFileSync(others, 'utf8'), 'mine');
  });

  test('--remove-data leaves what a rollback needs, and says where', async (t) => {
    const world = openInstallWorld(t);
    await install(world);
    const journals = join(world.given.places.support, 'cutover');
    mkdirSync(journals);
    writeFileSync(join(journals, '20261122-141500.jsonl'), '{}\n');
    const { outcome } = await uninstall(world, { withData: true });
    assert.equal(codeOf(outcome), 'exit');
    assert.ok(existsSync(join(journals, '20261122-141500.jsonl')));
    assert.ok(world.said.some((line) => line.includes(journals) && line.includes('castellan rollback')));
  });

  test('takes back what a way back from a cutover told launchd to keep out', async (t) => {
    const world = openInstallWorld(t);
    await install(world);
    for (const label of daemonLabels(false)) {
      await world.launchd.launchctl(['bootout', `system/${label}`]);
      await world.launchd.launchctl(['disable', `system/${label}`]);
    }
    await world.launchd.sleep(60_000);
    assert.equal(codeOf((await uninstall(world)).outcome), 'exit');
    assert.deepEqual([...world.launchctl.disabled], []);
  });

  test('while something is frozen the deadman stays, and the list it would be ended by', async (t) => {
    const world = openInstallWorld(t);
    await install(world);
    const stopped = join(world.given.places.runDirectory, 'stopped');
    mkdirSync(stopped);
    writeFileSync(join(stopped, '4242'), 'not a tombstone');
    const { outcome, result } = await uninstall(world, { part: async () => null });
    assert.equal(codeOf(outcome), 'uninstall_failed');
    assert.deepEqual(world.loaded(), ['com.sanctum.castellan.deadman']);
    assert.ok(result?.left.some((line) => line.includes('4242')));
    assert.deepEqual(readdirSync(join(world.root, 'Library/LaunchDaemons')), ['com.sanctum.castellan.deadman.plist']);
    // Whoever resumes it, the next run ends the rest.
    const { outcome: second } = await uninstall(world, {
      part: async () => null,
      resume: async () => {
        rmSync(join(stopped, '4242'));
      },
    });
    assert.equal(codeOf(second), 'exit');
    assert.deepEqual(world.loaded(), []);
  });

  test('a bootout that fails is named, the rest goes on, and the next run ends it', async (t) => {
    const world = openInstallWorld(t);
    await install(world);
    world.launchctl.unsupported.add('com.sanctum.castellan.gateway');
    const { outcome, result } = await uninstall(world);
    assert.equal(codeOf(outcome), 'uninstall_failed');
    assert.deepEqual(world.loaded(), ['com.sanctum.castellan.gateway']);
    assert.ok(result?.left.some((line) => line.includes('com.sanctum.castellan.gateway')));
    assert.ok(existsSync(world.given.places.plist('gateway')), 'it is what the next run goes by');
    world.launchctl.unsupported.clear();
    assert.equal(codeOf((await uninstall(world)).outcome), 'exit');
    assert.deepEqual(world.loaded(), []);
  });

  test('what the app registered is left to the app', async (t) => {
    const world = openInstallWorld(t);
    await install(world);
    for (const role of daemonRoles) rmSync(world.given.places.plist(role));
    const { outcome, result } = await uninstall(world);
    assert.equal(codeOf(outcome), 'uninstall_failed');
    assert.equal(result, null);
    assert.equal(world.loaded().length, 3);
  });
});
