import { chmodSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { parse } from 'plist';
import type { RunLaunchctl } from '../../helper/host/darwin/services.ts';
import { createSimHost } from '../../helper/host/sim/host.ts';
import type { RunCommand } from '../../helper/install/command-runner.ts';
import { daemonLabel, daemonRoles } from '../../helper/install/daemon-plists.ts';
import type { Installing } from '../../helper/install/installation.ts';
import { createLaunchctlPort, type Launchd } from '../../helper/install/launchd.ts';
import { installPlaces } from '../../helper/install/places.ts';
import { still } from '../unit/sim-tools.ts';
import { createLaunchctlStandIn, type LaunchctlStandIn } from './service-launchctl.ts';

/**
 * A Mac to install on: real files under a root of the test's own, launchd's jobs and time of the simulated Mac, and a
 * directory service that keeps records. launchctl looks at the property lists as launchd does: root's, and not writable by
 * others.
 */

export const whyNotRoot = process.geteuid?.() === 0 ? false : 'gives files to root';

export interface Directory {
  /** Record → its keys. */
  readonly records: Map<string, Map<string, string>>;
  readonly asked: (readonly string[])[];
  /** The call of this number fails, counted from 1 among those that change something; 0: none does. */
  failAt: number;
  readonly run: RunCommand;
}

const startRecords: readonly (readonly [string, string, string])[] = [
  ['/Users/root', 'UniqueID', '0'],
  ['/Users/nobody', 'UniqueID', '-2'],
  ['/Users/operator', 'UniqueID', '501'],
  ['/Users/_other', 'UniqueID', '499'],
  ['/Groups/wheel', 'PrimaryGroupID', '0'],
  ['/Groups/_another', 'PrimaryGroupID', '498'],
];

export const createDirectory = (): Directory => {
  const records = new Map(startRecords.map(([record, key, value]) => [record, new Map([[key, value]])]));
  const changes = new Set(['-create', '-delete']);
  let changed = 0;
  const answer = ([, verb = '', record = '', key, value]: readonly string[]): { code: number; output: string } => {
    const found = records.get(record);
    switch (verb) {
      case '-list': {
        const rows = [...records].filter(([name]) => name.startsWith(`${record}/`));
        const lines = rows.map(
          ([name, keys]) => `${name.slice(record.length + 1).padEnd(24)} ${keys.get(key ?? '') ?? ''}`,
        );
        return { code: 0, output: `${lines.join('\n')}\n` };
      }
      case '-read':
        // eDSRecordNotFound is -14136, of which a shell sees 56.
        return found === undefined ? { code: 56, output: '' } : { code: 0, output: `RecordName: ${record}\n` };
      case '-create':
        if (found === undefined) records.set(record, new Map());
        if (key !== undefined && value !== undefined) records.get(record)?.set(key, value);
        return { code: 0, output: '' };
      case '-delete':
        return records.delete(record) ? { code: 0, output: '' } : { code: 56, output: '' };
      default:
        return { code: 64, output: '' };
    }
  };
  const directory: Directory = {
    records,
    asked: [],
    failAt: 0,
    run: async (program, args) => {
      directory.asked.push([program, ...args]);
      if (program !== '/usr/bin/dscl') return { code: null, output: '' };
      if (changes.has(args[1] ?? '')) {
        changed += 1;
        if (changed === directory.failAt) return { code: 1, output: '' };
      }
      return answer(args);
    },
  };
  return directory;
};

export interface InstallWorld {
  readonly root: string;
  readonly given: Installing;
  readonly directory: Directory;
  readonly launchctl: LaunchctlStandIn;
  readonly launchd: Launchd;
  /** Changes asked of launchd, in order. */
  readonly changes: () => readonly string[];
  /** Labels that are loaded. */
  readonly loaded: () => readonly string[];
  /** A change of launchd's of this number fails, counted from 1; 0: none does. */
  failChange: (nth: number) => void;
  /** The keeper, whatever launchd says, does not answer. */
  silence: () => void;
  readonly said: string[];
}

/** launchd's own look at a property list: 122. */
const isRefused = (path: string): boolean => {
  const seen = lstatSync(path);
  return !seen.isFile() || seen.uid !== 0 || seen.gid !== 0 || (seen.mode & 0o022) !== 0;
};

export const openInstallWorld = (t: TestContext, isDevelopment = false): InstallWorld => {
  const root = mkdtempSync(join(tmpdir(), 'castellan-install-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  chmodSync(root, 0o755);
  for (const folder of ['Library/LaunchDaemons', 'usr/local/bin', 'var/log', 'usr/local/libexec/castellan'])
    mkdirSync(join(root, folder), { recursive: true, mode: 0o755 });
  const executable = join(root, 'usr/local/libexec/castellan/castellan-helper');
  writeFileSync(executable, '#!/bin/sh\n', { mode: 0o755 });

  const labels = daemonRoles.map((role) => daemonLabel(role, isDevelopment));
  const machine = still();
  const sim = createSimHost({
    scenario: {
      ...machine,
      processes: [
        ...machine.processes,
        ...labels.map((label) => ({
          name: label,
          command: executable,
          footprintBytes: 2 ** 24,
          stopMs: 300,
          service: { label, keepAlive: true, exitTimeoutSeconds: 20 },
        })),
      ],
    },
  });
  t.after(() => sim.close());
  for (const label of labels) sim.world.bootout(label);
  sim.advance(10_000);

  const launchctl = createLaunchctlStandIn(sim);
  launchctl.asked.length = 0;
  const places = installPlaces(isDevelopment, root);
  let failing = 0;
  let changed = 0;
  let isSilent = false;
  const verbs = new Set(['bootstrap', 'bootout', 'enable', 'disable', 'kickstart']);
  const run: RunLaunchctl = (args, done, limitMs) => {
    const [verb = '', target = '', path = ''] = args;
    const label = target.slice(target.lastIndexOf('/') + 1);
    if (verbs.has(verb)) {
      changed += 1;
      if (changed === failing) {
        launchctl.asked.push([...args]);
        done(null, 125);
        return;
      }
    }
    if (verb === 'enable' || verb === 'disable') {
      launchctl.asked.push([...args]);
      if (verb === 'enable') launchctl.disabled.delete(label);
      else launchctl.disabled.add(label);
      done('', 0);
      return;
    }
    if (verb === 'bootstrap') {
      let list: { readonly Label?: string; readonly ProgramArguments?: readonly string[] };
      try {
        if (isRefused(path)) throw new Error('refused');
        list = parse(readFileSync(path, 'utf8')) as typeof list;
      } catch (error) {
        launchctl.asked.push([...args]);
        done(null, error instanceof Error && error.message === 'refused' ? 122 : 5);
        return;
      }
      if (!path.endsWith(`/${list.Label}.plist`)) {
        done(null, 5);
        return;
      }
    }
    launchctl.run(args, done, limitMs);
  };
  const launchd: Launchd = {
    launchctl: createLaunchctlPort(run),
    sleep: async (ms) => sim.advance(ms),
  };
  const directory = createDirectory();
  const isRunning = (label: string): boolean => (sim.world.jobs.get(label)?.pid ?? null) !== null;
  return {
    root,
    directory,
    launchctl,
    launchd,
    changes: () => launchctl.asked.filter(([verb = '']) => verbs.has(verb)).map((args) => args.join(' ')),
    loaded: () => labels.filter((label) => sim.world.jobs.get(label)?.isLoaded === true),
    failChange: (nth) => {
      changed = 0;
      failing = nth;
    },
    silence: () => {
      isSilent = true;
    },
    said: [],
    given: {
      launchd,
      run: directory.run,
      places,
      executable,
      isDevelopment,
      greets: async () => {
        sim.services.pids();
        return !isSilent && isRunning(daemonLabel('keeper', isDevelopment)) ? null : 'nobody listens';
      },
    },
  };
};
