import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parse } from 'plist';
import {
  bundleProgram,
  daemonLabel,
  daemonLabels,
  daemonPlist,
  daemonPlistFile,
  daemonRoles,
  installedRunDirectory,
  type Placing,
} from '../../helper/install/daemon-plists.ts';
import { parseKeeperArguments } from '../../helper/keeper/arguments.ts';
import { productionRunDirectory } from '../../helper/keeper/life/run-directory.ts';
import { gatewayAccountName } from '../../helper/keeper/server/gateway-account.ts';
import { productVersion } from '../../helper/protocol/version.ts';

const executable = '/usr/local/libexec/castellan/castellan-helper';
const installed: Placing = { kind: 'installed', executable, isDevelopment: false };
const inDevelopment: Placing = { kind: 'installed', executable, isDevelopment: true };
const bundle: Placing = { kind: 'bundle' };
const placings = [installed, inDevelopment, bundle, { kind: 'bundle', isDevelopment: true }] as const;

const listOf = (...given: Parameters<typeof daemonPlist>): Readonly<Record<string, unknown>> =>
  parse(daemonPlist(...given)) as Readonly<Record<string, unknown>>;

describe('the property lists of the daemons', () => {
  test('of the keeper in the bundle, whole', () => {
    assert.deepEqual(listOf('keeper', bundle), {
      Label: 'com.sanctum.castellan',
      BundleProgram: bundleProgram,
      ProgramArguments: ['castellan-helper', 'keeper', '--run-dir', productionRunDirectory('darwin')],
      AssociatedBundleIdentifiers: ['com.sanctum.castellan.app'],
      RunAtLoad: true,
      KeepAlive: true,
      ThrottleInterval: 10,
      ExitTimeOut: 45,
      ProcessType: 'Interactive',
      EnvironmentVariables: { PATH: '/usr/bin:/bin:/usr/sbin:/sbin' },
      StandardErrorPath: '/var/log/com.sanctum.castellan.log',
      JetsamPriority: 190,
    });
  });

  test('of an installed executable name its path and no bundle', () => {
    const list = listOf('deadman', installed);
    assert.deepEqual(list.ProgramArguments, [executable, 'deadman', '--run-dir', productionRunDirectory('darwin')]);
    assert.equal('BundleProgram' in list, false);
    assert.equal('AssociatedBundleIdentifiers' in list, false);
  });

  test('give the gateway an account of its own, and nobody else one', () => {
    for (const placing of placings)
      for (const role of daemonRoles)
        assert.equal(listOf(role, placing).UserName, role === 'gateway' ? gatewayAccountName : undefined);
  });

  test('name no version, so that they are the same in the next one', () => {
    for (const placing of placings)
      for (const role of daemonRoles) assert.equal(daemonPlist(role, placing).includes(productVersion), false);
  });

  test('leave out what lets macOS end a job that has nothing to do', () => {
    for (const role of daemonRoles) {
      const list = listOf(role, bundle);
      assert.equal(list.EnableTransactions, undefined);
      assert.equal(list.EnablePressuredExit, undefined);
      assert.equal(list.KeepAlive, true);
    }
  });

  test('keep development apart: other labels, files and folders', () => {
    assert.deepEqual(daemonLabels(false), [
      'com.sanctum.castellan.deadman',
      'com.sanctum.castellan',
      'com.sanctum.castellan.gateway',
    ]);
    for (const role of daemonRoles) {
      assert.equal(daemonLabel(role, true), `${daemonLabel(role, false)}.dev`);
      assert.equal(daemonPlistFile(role, true), `${listOf(role, inDevelopment).Label}.plist`);
    }
    assert.notEqual(installedRunDirectory(true), installedRunDirectory(false));
    assert.equal(installedRunDirectory(false), productionRunDirectory('darwin'));
  });

  test('bring arguments that the roles know', () => {
    const argv = listOf('keeper', inDevelopment).ProgramArguments as readonly string[];
    const parsed = parseKeeperArguments(argv.slice(2));
    assert.ok(parsed.kind === 'run');
    assert.equal(parsed.options.runDirectory, installedRunDirectory(true));
  });
});
