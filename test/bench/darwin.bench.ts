import { setTimeout as sleep } from 'node:timers/promises';
import { u64 } from '../../helper/host/darwin/decode.ts';
import { createDarwinHost } from '../../helper/host/darwin/host.ts';
import { layouts } from '../../helper/host/darwin/layouts.ts';
import { bindNative } from '../../helper/host/darwin/native.ts';
import { createProcessCalls } from '../../helper/host/darwin/process-calls.ts';
import { createSysctl } from '../../helper/host/darwin/sysctl.ts';
import { createSimHost } from '../../helper/host/sim/host.ts';
import { createStandIn } from '../fakes/libsystem.ts';
import { standInSkip } from '../fakes/libsystem-build.ts';
import { still } from '../unit/sim-tools.ts';
import { printRow } from './row.ts';

/**
 * What the macOS host costs above its kernel: the same code and the same calls through koffi, against a libSystem that
 * answers from a table. What a Mac's kernel takes for its answers comes on top, and is not known here.
 */
const processes = 1000;
const rounds = 101;

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

/** Between two looks other things happen, and caches cool: each round waits a little. */
const measure = async (look: () => void, pauseMs: number): Promise<number> => {
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    if (pauseMs > 0) await sleep(pauseMs);
    const start = performance.now();
    look();
    times.push(performance.now() - start);
  }
  return median(times);
};

const perCall = async (count: number, look: () => void): Promise<number> =>
  ((await measure(() => {
    for (let i = 0; i < count; i += 1) look();
  }, 0)) *
    1e6) /
  count;

const tell = (figure: string, value: number, unit: 'ms' | 'ns' | 'µs', goal?: number): void =>
  printRow({
    name: 'darwin',
    figure,
    value,
    unit,
    ...(goal === undefined ? {} : { goal: `≤ ${goal}`, met: value <= goal }),
  });

const run = async (): Promise<void> => {
  const sim = createSimHost({ scenario: still() });
  for (let i = sim.world.processes.size; i < processes; i += 1) {
    const listens = i % 50 === 0 ? [`127.0.0.1:${20_000 + i}`] : [];
    sim.world.spawn({
      name: `worker-${i}`,
      command: `/opt/worker --number ${i}`,
      uid: 501,
      footprintBytes: 2 ** 24,
      listens,
    });
  }
  const stand = createStandIn(sim);
  stand.push();
  const native = bindNative(stand.direct);
  const calls = createProcessCalls(native, createSysctl(native));
  const [pid = 1] = sim.world.processes.keys();
  const { sysctlbyname } = native.call;

  tell('bare call of five integers', await perCall(10_000, () => void sysctlbyname('none', 0, 0, 0, 0)), 'ns');
  const footprint = layouts.rusage_info_v6.fields.ri_phys_footprint;
  let sum = 0;
  const read = (): void => {
    if (calls.readUsage(pid) === 0) sum += u64(calls.usage, footprint);
  };
  tell('footprint of one process', await perCall(10_000, read), 'ns');
  tell('identity of one process', await perCall(10_000, () => void calls.uniqueIdOf(pid)), 'ns');
  if (sum <= 0) throw new Error('no footprint was read');

  const host = createDarwinHost({
    ...stand.direct,
    uid: 0,
    runLaunchctl: (_args, done) => done('PID\tStatus\tLabel\n', 0),
  });
  const table = host.readProcesses();
  if (table.processes.length !== processes) throw new Error(`${table.processes.length} processes were read`);
  const full = (): void => void host.readProcesses();
  for (let i = 0; i < 200; i += 1) full();
  tell(`full pass, ${processes} processes`, await measure(full, 20), 'ms', 1);
  tell('full pass, back to back', await measure(full, 0), 'ms');
  const chosen = table.processes.slice(0, 5).map(({ id }) => id);
  const tick = (): void => {
    host.readMachine('slot');
    host.readChosen(chosen);
  };
  for (let i = 0; i < 200; i += 1) tick();
  tell('steady tick, five seat processes', await measure(tick, 20), 'ms');
  tell('machine, slot', (await perCall(1_000, () => void host.readMachine('slot'))) / 1_000, 'µs');
  tell('machine, fast', (await perCall(1_000, () => void host.readMachine('fast'))) / 1_000, 'µs');
  const inspected = table.processes.find(({ name }) => name === 'worker-500')?.id ?? chosen[0];
  if (inspected !== undefined)
    tell('closer look at one', (await perCall(200, () => void host.inspect(inspected))) / 1_000, 'µs');

  const heard: number[] = [];
  let startedMs = 0;
  host.onPressure(() => heard.push(performance.now() - startedMs));
  for (let round = 0; round < 51; round += 1) {
    await sleep(10);
    startedMs = performance.now();
    stand.pressure();
    while (heard.length <= round) await sleep(1);
  }
  tell('pressure event → listener', median(heard), 'ms');
  await host.close();
};

if (standInSkip === false) await run();
else printRow({ name: 'darwin', figure: 'full pass', value: null, unit: 'ms', note: standInSkip });
