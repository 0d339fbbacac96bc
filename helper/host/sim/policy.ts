import type { ReliefConfig } from '../../config/config.ts';

/** What a castellan.toml for the simulated machine would say of relief, as data. Sizes are bytes. */

const GB = 2 ** 30;

const entry = { group: 'none', oracle: null, withoutAsking: false, ownerUid: null } as const;
const freezeOnly = { ...entry, class: 'freeze_only' } as const;
const killAllowed = { ...entry, class: 'kill_allowed', preAuthorised: false } as const;

export const simPolicy: ReliefConfig = {
  mode: 'dry_run',
  purge: 'ask',
  runtimes: [],
  dependsOn: [],
  entries: [
    // What the scenario "leak" starts, and `castellan sim set spawn 'runaway 200MB'`.
    {
      ...killAllowed,
      name: 'runaway',
      pattern: '^/usr/local/bin/runaway(?: |$)',
      freezeFloorBytes: GB,
      killFloorBytes: 2 * GB,
    },
    { ...freezeOnly, name: 'LM Studio', pattern: '\\.lmstudio/', freezeFloorBytes: 8 * GB },
    { ...freezeOnly, name: 'sanctum-mlx', pattern: '/sanctum-mlx(?: |$)', freezeFloorBytes: 10 * GB },
    {
      ...killAllowed,
      name: 'QEMU',
      pattern: '(?:^|/)qemu-system-aarch64(?: |$)',
      freezeFloorBytes: 8 * GB,
      killFloorBytes: 8 * GB,
      oracle: 'hosts the council gateway',
    },
    {
      ...killAllowed,
      name: 'Apple virtual machine',
      pattern: '/com\\.apple\\.Virtualization\\.VirtualMachine(?: |$)',
      freezeFloorBytes: 8 * GB,
      killFloorBytes: 8 * GB,
    },
    {
      ...killAllowed,
      name: 'Metal shader compiler',
      pattern: '/metal(?: |$).*?-x metal',
      freezeFloorBytes: GB,
      killFloorBytes: GB,
      group: 'tree',
    },
  ],
  services: [
    { label: 'com.sanctum.kiwix-serve', at: 'yellow' },
    { label: 'com.sanctum.reranker', at: 'yellow' },
    { label: 'com.sanctum.memory-vault', at: 'orange' },
    { label: 'com.sanctum.mdns-docs', at: 'orange' },
  ],
};
