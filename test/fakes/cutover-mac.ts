import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import type { CutoverWorld } from '../../helper/cli/cutover/world.ts';
import { trustedOwners } from '../../helper/config/trusted-folders.ts';
import type { Choices } from '../../helper/install/cutover/cutover.ts';
import { daemonPlistOf } from '../../helper/install/cutover/daemon.ts';
import { doHomeRequest } from '../../helper/install/cutover/files.ts';
import type { CutoverPorts } from '../../helper/install/cutover/ports.ts';
import { createRootFiles } from '../../helper/install/cutover/root-files.ts';
import {
  bundlePlists,
  daemonLabel,
  daemonLabels,
  daemonPlist,
  daemonPlistFile,
  daemonRoles,
} from '../../helper/install/daemon-plists.ts';
import { createLaunchdStandIn, type LaunchdStandIn, noJobs, type StandInState } from './cutover-launchd.ts';

/** A Mac in a folder: a home with three old agents, Castellan installed and not started, and a launchd. */

export const oldLabels = ['com.sanctum.admit', 'com.sanctum.pressure-valve', 'com.sanctum.ram-sentinel'] as const;
export const executable = '/usr/local/libexec/castellan/castellan-helper';
const support = '/Library/Application Support/Sanctum/Castellan';

const agentPlist = (label: string): string => `<?xml version="1.0" encoding="UTF-8"?>
<plist version="1.0"><dict>
  <key>Label</key><string>${label}</string>
  <key>ProgramArguments</key><array><string>/Users/neo/Projects/sanctum-rs/target/release/${label}</string></array>
  <key>KeepAlive</key><true/>
</dict></plist>
`;

export interface Mac {
  readonly root: string;
  readonly home: string;
  readonly account: Choices['account'];
  readonly launchd: LaunchdStandIn;
  readonly ports: CutoverPorts;
  readonly world: CutoverWorld;
  readonly config: string;
  /** Everything a cutover could change but backups and journals: files byte for byte, jobs, and who has the port. */
  readonly snapshot: () => unknown;
  readonly files: () => readonly string[];
}

/** A new folder; in memory where there is such a place, because a cutover waits for the disk with each line it writes down. */
export const scratchFolder = (): string =>
  mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'castellan-cutover-'));

const put = (path: string, text: string, mode = 0o644): void => {
  mkdirSync(join(path, '..'), { recursive: true, mode: 0o755 });
  writeFileSync(path, text);
  chmodSync(path, mode);
};

/** Writes all there is before the cutover into an empty folder. */
export const furnish = (root: string, uid = 501): StandInState => {
  const home = join(root, 'Users/neo');
  for (const label of oldLabels)
    put(
      join(home, 'Library/LaunchAgents', `${label}.plist`),
      agentPlist(label),
      label.includes('valve') ? 0o600 : 0o644,
    );
  put(join(home, 'Library/LaunchAgents', 'com.example.other.plist'), agentPlist('com.example.other'));
  put(
    join(home, '.openclaw/state/sanctum-pressure-valve.json'),
    '{"machine_level":"orange","version":"0.2.0","pid":46053}',
  );
  put(
    join(home, '.openclaw/logs/sanctum-pressure-valve.log'),
    '02:35:27 valved: executing action=SIGSTOP /Users/neo/.lms (pid 23424, rss 9630 MB)\n',
  );
  put(join(home, '.sanctum/alerts.json'), '{}\n');
  for (const role of daemonRoles)
    put(
      join(root, 'Library/LaunchDaemons', daemonPlistFile(role, false)),
      daemonPlist(role, { kind: 'installed', executable, isDevelopment: false }),
    );
  put(join(root, executable), '#!/bin/sh\n', 0o755);
  put(join(root, support, 'castellan.toml'), '# ours\n[relief]\nmode = "dry_run" # for now\n');
  const jobs = oldLabels.map((label, i) => ({
    domain: `gui/${uid}`,
    label,
    plist: join(home, 'Library/LaunchAgents', `${label}.plist`),
    pid: 100 + i,
    looksLeft: null,
  }));
  return { ...noJobs, screenUid: uid, jobs };
};

/** The same Mac on which the app has registered ours before: all three are loaded from its bundle, and the keeper observes. */
export const furnishBeside = (root: string): StandInState => {
  const state = furnish(root);
  rmSync(join(root, 'Library/LaunchDaemons'), { recursive: true });
  const jobs = daemonRoles.map((role, i) => ({
    domain: 'system',
    label: daemonLabel(role, false),
    plist: `/Applications/Castellan.app/${bundlePlists}/${daemonPlistFile(role, false)}`,
    pid: 200 + i,
    looksLeft: null,
  }));
  return { ...state, jobs: [...state.jobs, ...jobs], isBeside: true, isObserving: true };
};

/** What there was without ours. */
export const oldPart = (mac: Mac): unknown => ({
  files: mac.files(),
  jobs: mac.launchd.listing().filter((line) => line.startsWith('gui/')),
  port: mac.launchd.listener()?.label ?? null,
});

const filesBelow = (folder: string, root: string): readonly string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    const name = relative(root, path);
    if (/\.sanctum\/backups$|Castellan\/cutover$/.test(name)) return [];
    if (entry.isDirectory()) return [`${name}/`, ...filesBelow(path, root)];
    const mode = (lstatSync(path).mode & 0o7777).toString(8);
    const text = entry.isSymbolicLink() ? `-> ${readlinkSync(path)}` : readFileSync(path, 'hex');
    return [`${name} ${mode} ${text}`];
  });

export interface MacOptions {
  readonly uid?: number;
  readonly keep?: (state: StandInState) => void;
  readonly now?: () => Date;
}

/** The Mac in this folder, as furnished before. */
export const openMac = (root: string, state: StandInState, options: MacOptions = {}): Mac => {
  const uid = options.uid ?? 501;
  const home = join(root, 'Users/neo');
  const account = { uid, gid: 20, home };
  const own = process.getuid?.() ?? 0;
  const owners = trustedOwners(own);
  const filesHere = (): readonly string[] => filesBelow(root, root).filter((line) => !line.startsWith('launchd.json'));
  const launchd = createLaunchdStandIn(state, ['com.sanctum.admit', 'com.sanctum.castellan.gateway'], options.keep);
  const files = createRootFiles(root, owners, `${support}/castellan.toml`);
  const ports: CutoverPorts = {
    now: options.now ?? (() => new Date(2026, 10, 22, 14, 15, 0)),
    launchd: { launchctl: launchd.launchctl, sleep: async () => {} },
    home: async (request) => doHomeRequest(request),
    files,
    ourLabels: daemonLabels(false),
    daemonPlist: daemonPlistOf(root, owners),
    portOwner: async () => launchd.listener(),
    stopped: async () => [],
    canListen: async () => launchd.listener() === null,
    askKeeper: async () => launchd.askKeeper(),
    refreshKeeper: async () => launchd.refresh(),
    isInterrupted: () => false,
  };
  return {
    root,
    home,
    account,
    launchd,
    ports,
    config: join(root, support, 'castellan.toml'),
    world: {
      platform: 'darwin',
      account: () => account,
      chosen: () => null,
      files: () => files,
      open: () => ({ ports, close: async () => {} }),
    },
    files: filesHere,
    snapshot: () => ({
      files: filesHere(),
      jobs: launchd.listing(),
      port: launchd.listener()?.label ?? null,
    }),
  };
};
