import type { Read } from '../../config/units.ts';
import { rate, size } from '../../protocol/figures.ts';
import type { HostSignal } from '../port.ts';
import { type Sensor, sensors } from '../reading.ts';
import { scenarios } from './default-scenario.ts';
import { isSimKey, type SimKey, simKeys } from './keys.ts';
import { vmCounters } from './memory.ts';
import { footprintOf, grow, type SimProcess, shrink } from './process.ts';
import type { Scenario } from './scenario.ts';
import { labelOf, seatControls } from './seat-controls.ts';
import { simSeats } from './seats.ts';
import { type Failure, failures, type SensorFaults, sensorFailures } from './sensors.ts';
import { readChange, readNamed, readSize, readSizeOrAuto } from './values.ts';
import type { SimWorld } from './world.ts';

/** What an operator has set to a fixed value in place of what the machine computes. */
export interface Overrides {
  kernelLevel: 1 | 2 | 4 | null;
  swapUsedBytes: number | null;
  swapTotalBytes: number | null;
}

/** What the controls act on; `world` is another one after `scenario`. */
export interface Bench {
  readonly world: SimWorld;
  readonly overrides: Overrides;
  readonly faults: SensorFaults;
  load(scenario: Scenario): void;
}

export type Outcome = { readonly ok: true; readonly now: string } | { readonly ok: false; readonly detail: string };

const done = (now: string): Outcome => ({ ok: true, now });
const wrong = (detail: string): Outcome => ({ ok: false, detail });

const fromRead = <T>(read: Read<T>, act: (value: T) => Outcome): Outcome =>
  read.ok ? act(read.value) : wrong(`${read.message} ${read.fix}`);

/** A pid, a seat (in any case, as in castellan.toml), a launchd label, or a name; of several of one name the largest. */
const find = (world: SimWorld, name: string): SimProcess | null => {
  if (/^\d{1,6}$/.test(name)) return world.processes.get(Number(name)) ?? null;
  const pid = world.jobs.get(labelOf(name))?.pid;
  if (pid !== undefined && pid !== null) return world.processes.get(pid) ?? null;
  let found: SimProcess | null = null;
  for (const p of world.processes.values())
    if (p.spec.name === name && (found === null || footprintOf(p) > footprintOf(found))) found = p;
  return found;
};

const withProcess = (world: SimWorld, name: string, act: (p: SimProcess) => Outcome): Outcome => {
  const p = find(world, name);
  if (p !== null) return act(p);
  const largest = [...world.processes.values()].sort((a, b) => footprintOf(b) - footprintOf(a)).slice(0, 6);
  const known = [...simSeats.map((seat) => seat.name), ...new Set(largest.map((each) => each.spec.name))];
  return wrong(`No process "${name}". Name a pid, a launchd label, a seat or a process, like ${known.join(', ')}.`);
};

const shown = (p: SimProcess): string => `${p.spec.name} (pid ${p.pid}) ${size(footprintOf(p))}`;

const signals: Readonly<Record<string, HostSignal>> = {
  STOP: 'SIGSTOP',
  CONT: 'SIGCONT',
  TERM: 'SIGTERM',
  KILL: 'SIGKILL',
};

const send = (world: SimWorld, name: string, signal: HostSignal): Outcome =>
  withProcess(world, name, (p) =>
    world.signal(p.pid, signal)
      ? done(`${signal} sent to ${p.spec.name} (pid ${p.pid})`)
      : wrong(`${p.spec.name} (pid ${p.pid}) may not be signalled. Name another process.`),
  );

const setAvailable = ({ world }: Bench, bytes: number | null): Outcome => {
  world.pinAvailable(null);
  if (bytes === null) return done('available memory follows the machine');
  const most = world.mostAvailable();
  if (bytes > most) return wrong(`At most ${size(most)} can be available now. End or shrink a process first.`);
  world.pinAvailable(bytes);
  return done(`${size(bytes)} available, the rest held by ballast`);
};

/** What does not fit at once is filled in as fast as the compressor makes room. */
const fillBytesPerSecond = 4 * 2 ** 30;

const setFootprint = (world: SimWorld, p: SimProcess, bytes: number, seconds: number): Outcome => {
  const change = bytes - footprintOf(p);
  const given = Math.min(change, world.room());
  p.restBytes = bytes;
  if (seconds > 0) p.rampBytesPerSecond = Math.abs(change) / seconds;
  else if (change <= 0) shrink(p, -change);
  else {
    grow(p, given);
    if (given < change) p.rampBytesPerSecond = fillBytesPerSecond;
  }
  return done(
    `${shown(p)}${seconds > 0 ? `, ${size(bytes)} in ${seconds} s` : ''}${seconds === 0 && given < change ? `, on its way to ${size(bytes)}` : ''}`,
  );
};

const words = (value: string): readonly [string, string] => {
  const [, name = '', last = ''] = /^(.*\S)\s+(\S+)$/.exec(value.trim()) ?? [];
  return [name, last];
};

const setSensor = ({ faults, world }: Bench, value: string): Outcome => {
  const [name, mode] = words(value);
  const sensor = sensors.find((each): each is Sensor => each === name);
  if (sensor === undefined) return wrong(`No sensor "${name}". Sensors: ${sensors.join(', ')}.`);
  const failure = failures.find((each): each is Failure => each === mode);
  const possible = sensorFailures[sensor];
  if (failure === undefined || !possible.includes(failure))
    return wrong(`The sensor ${sensor} cannot be "${mode}". It can be: ${possible.join(', ')}.`);
  faults.set(sensor, failure, vmCounters(world.memory, world.holdings()));
  return done(`sensor ${sensor} ${failure}`);
};

const setService = ({ world }: Bench, value: string): Outcome => {
  const [name, direction] = words(value);
  const label = labelOf(name);
  if (direction !== 'up' && direction !== 'down')
    return wrong('Write a label and up or down, like "com.sanctum.mlx down".');
  const result = direction === 'up' ? world.bootstrap(label) : world.bootout(label);
  if (result.ok) return done(`${label} ${direction}`);
  if (result.problem !== 'absent') return wrong(`${result.detail}.`);
  const own = [...world.jobs.keys()].filter((each) => !each.startsWith('com.apple.'));
  return wrong(`No job "${label}". Jobs: ${own.join(', ')}, and those of Apple.`);
};

/** One line: an answer of `sim set` is printed as one. */
const help = Object.entries(simKeys)
  .map(([key, { form, does }]) => `${key}${form === '' ? '' : ` ${form}`}: ${does}`)
  .join('; ');

const scenarioList = scenarios.map((each) => `${each.name} (${each.summary})`).join('; ');

const controls: Readonly<Record<SimKey, (bench: Bench, value: string) => Outcome>> = {
  help: () => done(`${help}. Scenarios: ${scenarioList}.`),
  available: (bench, value) => fromRead(readSizeOrAuto(value), (bytes) => setAvailable(bench, bytes)),
  swap_used: ({ overrides }, value) =>
    fromRead(readSizeOrAuto(value), (bytes) => {
      overrides.swapUsedBytes = bytes;
      return done(bytes === null ? 'swap in use follows the machine' : `${size(bytes)} of swap in use`);
    }),
  swap_total: ({ overrides }, value) =>
    fromRead(readSizeOrAuto(value), (bytes) => {
      overrides.swapTotalBytes = bytes;
      return done(bytes === null ? 'swap files follow the use' : `swap files of ${size(bytes)}`);
    }),
  swap_limit: ({ world }, value) =>
    fromRead(readSize(value), (bytes) => {
      world.memory.swapLimitBytes = bytes;
      return done(`room for ${size(bytes)} of swap files`);
    }),
  kernel_level: ({ overrides }, value) => {
    const level = ([1, 2, 4] as const).find((each) => String(each) === value.trim()) ?? null;
    if (level === null && value.trim() !== 'auto')
      return wrong(`"${value}" is no level. Write 1 (normal), 2 (warning), 4 (critical) or auto; macOS has no 3.`);
    overrides.kernelLevel = level;
    return done(level === null ? 'the kernel level follows the machine' : `kernel level ${level}`);
  },
  footprint: ({ world }, value) =>
    fromRead(readChange(value), ({ name, bytes, seconds }) =>
      withProcess(world, name, (p) => setFootprint(world, p, bytes, seconds)),
    ),
  leak: ({ world }, value) =>
    fromRead(readNamed('rate', value), ({ name, bytes }) =>
      withProcess(world, name, (p) => {
        p.leakBytesPerSecond = bytes;
        return done(`${shown(p)}, leaking ${rate(bytes)}`);
      }),
    ),
  free: ({ world }, value) =>
    fromRead(readNamed('size', value), ({ name, bytes }) =>
      withProcess(world, name, (p) => setFootprint(world, p, Math.max(footprintOf(p) - bytes, 0), 0)),
    ),
  spawn: ({ world }, value) =>
    fromRead(readNamed('size', value), ({ name, bytes }) => {
      const p = world.spawn({ name, command: `/usr/local/bin/${name}`, uid: 501, footprintBytes: 0, coldShare: 0.9 });
      return setFootprint(world, p, bytes, 0);
    }),
  kill: ({ world }, value) => send(world, value.trim(), 'SIGKILL'),
  signal: ({ world }, value) => {
    const [name, short] = words(value);
    const signal = signals[short.replace(/^SIG/, '')];
    return signal === undefined
      ? wrong('Write a process and STOP, CONT, TERM or KILL, like "Codestral STOP".')
      : send(world, name, signal);
  },
  service: setService,
  server: ({ world }, value) => seatControls.server(world, value),
  clients: ({ world }, value) => seatControls.clients(world, value),
  drain: ({ world }, value) => seatControls.drain(world, value),
  return_rate: ({ world }, value) => seatControls.return_rate(world, value),
  band: ({ world }, value) => seatControls.band(world, value),
  gpu_limit: ({ world }, value) => seatControls.gpu_limit(world, value),
  port_traffic: ({ world }, value) => seatControls.port_traffic(world, value),
  wired_leak: ({ world }, value) => {
    const percent = /^(\d{1,3})\s*%?$/.exec(value.trim())?.[1];
    if (percent === undefined || Number(percent) > 100)
      return wrong(`"${value.trim()}" is not a share. Write 0 to 100, in percent.`);
    world.memory.wiredLeakShare = Number(percent) / 100;
    return done(`SIGKILL leaves ${percent} % of wired memory behind`);
  },
  sensor: setSensor,
  scenario: (bench, value) => {
    const scenario = scenarios.find((each) => each.name === value.trim());
    if (scenario === undefined) return wrong(`No scenario "${value}". Scenarios: ${scenarioList}.`);
    bench.load(scenario);
    return done(`scenario ${scenario.name}: ${scenario.summary}`);
  },
};

/** One key of the closed list in keys.ts; whatever is wrong is answered with what would be right. */
export const control = (bench: Bench, key: string, value: string): Outcome => {
  if (!isSimKey(key)) return wrong(`No key "${key}". Keys: ${Object.keys(simKeys).join(', ')}.`);
  const outcome = controls[key](bench, value);
  if (outcome.ok) bench.world.settle();
  return outcome;
};
