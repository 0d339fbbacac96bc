import { appleProcesses } from './apple-processes.ts';
import type { MachineSpec, ProcessSpec, Scenario } from './scenario.ts';

/**
 * The machine Castellan was made for: a 64 GB Mac that serves a 35-billion-parameter model all day, a code model on
 * call, a virtual machine, containers and a desk. The models live in GPU memory, which no resident set shows.
 */

const GB = 2 ** 30;
const MB = 2 ** 20;
const user = 501;

const machine: MachineSpec = {
  totalBytes: 64 * GB,
  pageBytes: 16384,
  kernelWiredBytes: 3.1 * GB,
  fileBytes: 9 * GB,
  purgeableBytes: 600 * MB,
  swapLimitBytes: 100 * GB,
  // A 64 GB Mac has been seen to panic with all its segments used up at 69 swap files of 1 GB.
  compressorPoolBytes: 80 * GB,
};

/** Model weights are noise to a compressor. */
const weightsRatio = 1.2;

const models: readonly ProcessSpec[] = [
  {
    name: 'sanctum-mlx',
    command: '/opt/sanctum/bin/sanctum-mlx --model Qwen3-35B-A3B-4bit --port 1337 --metal-wired-limit-mb 18432',
    uid: user,
    service: { label: 'com.sanctum.mlx', keepAlive: true, exitTimeoutSeconds: 60 },
    footprintBytes: 21 * GB,
    wiredBytes: 18 * GB,
    lifetimePeakBytes: 41 * GB,
    hiddenRssBytes: 45 * MB,
    coldShare: 0.1,
    ratio: 1.6,
    cpuShare: 0.03,
    loadBytesPerSecond: 2 * GB,
    stopMs: 1_500,
    listens: ['127.0.0.1:1337'],
    burst: { peakBytes: 41 * GB, firstSeconds: 300, everySeconds: 600, riseSeconds: 20, holdSeconds: 45 },
  },
  {
    name: 'sanctum-mlx',
    command: '/opt/sanctum/bin/sanctum-mlx --model Codestral-22B-4bit --port 1339 --metal-wired-limit-mb 2048',
    uid: user,
    service: { label: 'com.sanctum.mlx-codestral', keepAlive: false, exitTimeoutSeconds: 60 },
    footprintBytes: 13 * GB,
    wiredBytes: 2 * GB,
    hiddenRssBytes: 17 * MB,
    coldShare: 0.95,
    ratio: weightsRatio,
    cpuShare: 0.001,
    loadBytesPerSecond: 2 * GB,
    stopMs: 1_200,
    listens: ['127.0.0.1:1339'],
  },
];

const agent = (script: string, label: string, megabytes: number): ProcessSpec => ({
  name: 'node',
  command: `/opt/homebrew/bin/node /Users/neo/agents/${script}`,
  uid: user,
  service: { label, keepAlive: true },
  footprintBytes: megabytes * MB,
  coldShare: 0.6,
  cpuShare: 0.01,
});

const guests: readonly ProcessSpec[] = [
  {
    name: 'qemu-system-aarch64',
    command: '/opt/homebrew/bin/qemu-system-aarch64 -name openclaw -machine virt,accel=hvf -m 4096 -nographic',
    uid: user,
    service: { label: 'com.sanctum.openclaw-vm', keepAlive: true },
    footprintBytes: 2.4 * GB,
    coldShare: 0.5,
    cpuShare: 0.08,
    stopMs: 3_000,
    isHypervisor: true,
  },
  {
    name: 'OrbStack Helper',
    command: '/Applications/OrbStack.app/Contents/Frameworks/OrbStack Helper.app/Contents/MacOS/OrbStack Helper vmgr',
    uid: user,
    footprintBytes: 1.9 * GB,
    coldShare: 0.5,
    cpuShare: 0.05,
    isHypervisor: true,
  },
];

const renderer = (id: number, megabytes: number): ProcessSpec => ({
  name: 'Google Chrome Helper (Renderer)',
  command: `/Applications/Google Chrome.app/Contents/Frameworks/Google Chrome Helper (Renderer).app/Contents/MacOS/Google Chrome Helper (Renderer) --type=renderer --renderer-client-id=${id}`,
  uid: user,
  parent: 'Google Chrome',
  footprintBytes: megabytes * MB,
  compressedBytes: Math.round(megabytes * 0.25) * MB,
  coldShare: 0.7,
  cpuShare: 0.004,
  band: 0,
});

const desk: readonly ProcessSpec[] = [
  {
    name: 'Google Chrome',
    command: '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    uid: user,
    footprintBytes: 420 * MB,
    cpuShare: 0.02,
    band: 100,
  },
  ...[310, 240, 190, 160, 120, 95, 80].map((megabytes, i) => renderer(i + 4, megabytes)),
  {
    name: 'Google Chrome Helper (GPU)',
    command:
      '/Applications/Google Chrome.app/Contents/Frameworks/Google Chrome Helper.app/Contents/MacOS/Google Chrome Helper --type=gpu-process',
    uid: user,
    parent: 'Google Chrome',
    footprintBytes: 260 * MB,
    cpuShare: 0.02,
  },
  {
    name: 'Terminal',
    command: '/System/Applications/Utilities/Terminal.app/Contents/MacOS/Terminal',
    uid: user,
    isPlatform: true,
    footprintBytes: 110 * MB,
    band: 100,
  },
  { name: 'zsh', command: '-zsh', uid: user, parent: 'Terminal', footprintBytes: 5 * MB, isPlatform: true },
  { name: 'tailscaled', command: '/usr/local/bin/tailscaled', footprintBytes: 62 * MB, cpuShare: 0.005 },
];

const agents: readonly ProcessSpec[] = [
  agent('council-gateway/main.js', 'com.sanctum.council-gateway', 210),
  agent('memory-vault/main.js', 'com.sanctum.memory-vault', 52),
  agent('mdns-docs/main.js', 'com.sanctum.mdns-docs', 38),
  agent('watchers/inbox.js', 'com.sanctum.inbox', 96),
  {
    name: 'python3.12',
    command: '/opt/homebrew/bin/python3.12 -m reranker.serve --port 8201',
    uid: user,
    service: { label: 'com.sanctum.reranker', keepAlive: true },
    footprintBytes: 540 * MB,
    coldShare: 0.8,
    ratio: 1.6,
    listens: ['127.0.0.1:8201'],
  },
  {
    name: 'kiwix-serve',
    command: '/opt/homebrew/bin/kiwix-serve --port 8300 /Users/neo/zim/library.xml',
    uid: user,
    service: { label: 'com.sanctum.kiwix-serve', keepAlive: true },
    footprintBytes: 46 * MB,
    coldShare: 0.9,
    listens: ['0.0.0.0:8300'],
  },
];

export const defaultScenario: Scenario = {
  name: 'default',
  summary: 'a 64 GB Mac that serves two models; now and then one of them bursts to its peak',
  machine,
  processes: [...appleProcesses, ...models, ...guests, ...desk, ...agents],
  events: [],
  isLively: true,
};

/** No bursts, no jitter, no helpers: nothing moves unless it is told to. */
const stillScenario: Scenario = {
  ...defaultScenario,
  name: 'still',
  summary: 'the same machine, and nothing moves unless told to',
  processes: defaultScenario.processes.map(({ burst: _burst, ...spec }) => spec),
  isLively: false,
};

/** After a minute an agent starts to leak until the kernel is in distress. */
const leakScenario: Scenario = {
  ...defaultScenario,
  name: 'leak',
  summary: 'after a minute an agent leaks 400 MB a second',
  processes: stillScenario.processes,
  events: [
    { atMs: 60_000, key: 'spawn', value: 'runaway 200MB' },
    { atMs: 61_000, key: 'leak', value: 'runaway 400MB/s' },
  ],
};

/** A model that is killed leaves part of its wired memory behind; one that ends by itself gives everything back. */
const wiredLeakScenario: Scenario = {
  ...stillScenario,
  name: 'wired_leak',
  summary: 'nothing moves unless told to, and SIGKILL leaves 60 % of wired memory behind',
  machine: { ...machine, wiredLeakShare: 0.6 },
};

export const scenarios: readonly Scenario[] = [defaultScenario, stillScenario, leakScenario, wiredLeakScenario];
