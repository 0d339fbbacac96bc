import { wantedTargets } from '../../helper/arbiter/arbiter.ts';
import { type Config, defaultConfig, GB, MB, type PolicyEntry, seatDefaults } from '../../helper/config/config.ts';
import { processKey } from '../../helper/host/reading.ts';
import { decide } from '../../helper/keeper/judgement/decide.ts';
import type { SeatSigns } from '../../helper/keeper/judgement/reading.ts';
import { chosenIds } from '../../helper/keeper/judgement/sampling.ts';
import { initialState, type KeeperState } from '../../helper/keeper/judgement/state.ts';
import { machineReading, processReading, processTable, readingOf } from '../fakes/readings.ts';
import { printRow } from './row.ts';

/**
 * `decide` over a day of a machine with 600 processes, at the cadence it chooses itself, with two seats that serve and two
 * rules for bands, and with a policy as an operator of a model server writes it: seven patterns, two of which match something
 * that is then watched. Bands are read back in every slot, and are as they should be.
 */
const dayMs = 24 * 3_600_000;
const suspect = (
  name: string,
  pattern: string,
  freezeFloorBytes: number,
  group: PolicyEntry['group'] = 'none',
): PolicyEntry => ({
  name,
  pattern,
  class: 'freeze_only',
  freezeFloorBytes,
  group,
  oracle: null,
  withoutAsking: false,
  ownerUid: null,
});
const entries: readonly PolicyEntry[] = [
  suspect('LM Studio', '\\.lmstudio/', 8 * GB),
  suspect('sanctum-mlx', '/sanctum-mlx(?: |$)', 10 * GB),
  suspect('QEMU', '(?:^|/)qemu-system-aarch64(?: |$)', 8 * GB),
  suspect('Apple virtual machine', '/com\\.apple\\.Virtualization\\.VirtualMachine(?: |$)', 8 * GB),
  // A group makes every process worth a look.
  suspect('Metal shader compiler', '/metal(?: |$).*?-x metal', GB, 'tree'),
  suspect('Docker virtual machine', '/com\\.docker\\.virtualization(?: |$)', 8 * GB),
  suspect('ollama runner', '(?:^|/)ollama(?:_llama_server)? runner ', 8 * GB),
];
const config: Config = {
  ...defaultConfig,
  seats: [
    {
      ...seatDefaults,
      name: 'big',
      class: 'protected' as const,
      label: 'big',
      peakBytes: 41 * GB,
      wiredBytes: 18 * GB,
      oracle: null,
      drainSeconds: 30,
    },
    // Asked for all day long: it never idles away.
    { ...seatDefaults, name: 'small', class: 'on_call', label: 'small', peakBytes: 3 * GB, idleSeconds: 2 * 86_400 },
  ],
  bands: [
    { name: 'QEMU', pattern: '(?:^|/)qemu-system-aarch64(?: |$)', band: 'HOME' },
    { name: 'ollama', pattern: '(?:^|/)ollama(?:_llama_server)? runner ', band: 'IDLE' },
  ],
  relief: { ...defaultConfig.relief, mode: 'live', entries },
};
const commandOf = (index: number): string => {
  if (index === 300) return '/Users/neo/.lmstudio/.internal/utils/node /Users/neo/.lmstudio/llmworker.js --port 41343';
  if (index === 400)
    return '/opt/homebrew/bin/ollama runner --ollama-engine --model /Users/neo/.ollama/models/blobs/sha256-1';
  return `/Applications/Program ${index}.app/Contents/MacOS/Helper --type=renderer --lang=en --field-trial=${index * 7919}`;
};
const processes = Array.from({ length: 600 }, (_, index) =>
  processReading(index + 2, {
    // A model server and four of its own; the others are children of five others.
    ppid: index === 0 || (index >= 5 && index < 10) ? 1 : index < 5 ? 2 : 7 + (index % 5),
    command: commandOf(index),
    footprintBytes: index === 300 || index === 400 ? 9 * GB : (index + 1) * MB,
  }),
);
const byKey = new Map(processes.map((process) => [processKey(process.id), process]));
const services = [
  ['big', 2],
  ['small', 500],
] as const;

const signsAt = ({ arbiter }: KeeperState, nowMs: number): SeatSigns => ({
  lastExits: [],
  traffic: [],
  executableGone: [],
  bands: wantedTargets(arbiter, nowMs).map((id) => {
    const band = arbiter.bands.find((each) => each.id.pid === id.pid)?.band ?? null;
    return { id, found: { ok: true, band, raw: 0 } };
  }),
  gpuLimit: { kind: 'unknown', detail: 'not read here' },
});

const once = (): { readonly ms: number; readonly steps: number } => {
  const began = performance.now();
  let state = initialState(0);
  let steps = 0;
  while (state.next.atMs <= dayMs) {
    const nowMs = state.next.atMs;
    const { depth } = state.next;
    const machine = machineReading({ atMs: nowMs, freeBytes: 13 * GB + (nowMs % 911) * MB });
    const reading = readingOf(depth, machine, {
      services,
      // A list of its own, as every pass makes it.
      table: depth === 'full' ? processTable([...processes], nowMs) : null,
      signs: depth === 'fast' ? null : signsAt(state, nowMs),
      chosen: chosenIds(depth, state).flatMap((id) => byKey.get(processKey(id)) ?? []),
    });
    const decision = decide(state, { nowMs, reading, events: [] }, config);
    const events = decision.effects.map(({ id }) => ({
      type: 'effect' as const,
      id,
      outcome: 'ok' as const,
      detail: '',
    }));
    state = decide(decision.state, { nowMs, reading: null, events }, config).state;
    steps += 2;
  }
  return { ms: performance.now() - began, steps };
};

once();
const runs = [once(), once(), once()].sort((a, b) => a.ms - b.ms);
const ms = Math.round(runs[1]?.ms ?? Number.NaN);
printRow({
  name: 'decide',
  figure: `24 h × 600 processes, ${runs[1]?.steps ?? 0} calls`,
  value: ms,
  unit: 'ms',
  goal: '≤ 2000',
  met: ms <= 2000,
});
