import { parseQuantity } from '../../config/units.ts';
import { rate, size } from '../../protocol/figures.ts';
import { bandNumbers } from '../darwin/bands.ts';
import { type BandName, bandNames } from '../port.ts';
import type { Job, ServerMode } from './launchd.ts';
import type { SimProcess } from './process.ts';
import { simSeats } from './seats.ts';
import { loseModel, modeText, regainModel, setClients } from './server.ts';
import { readSizeOrAuto } from './values.ts';
import type { SimWorld } from './world.ts';

/** The keys of `castellan sim set` that are about seats: how their servers behave, who is connected, bands and limits. */

export type Said = { readonly ok: true; readonly now: string } | { readonly ok: false; readonly detail: string };

const done = (now: string): Said => ({ ok: true, now });
const wrong = (detail: string): Said => ({ ok: false, detail });

/** The last word (or words, when the pattern takes several) apart from the name before it. */
const split = (value: string, last: RegExp): readonly [name: string, last: string] => {
  const found = new RegExp(`^(.*\\S)\\s+(${last.source})$`).exec(value.trim());
  return [found?.[1] ?? '', found?.[2] ?? ''];
};

/** The label a seat or a job goes by. */
export const labelOf = (name: string): string =>
  simSeats.find((seat) => seat.name.toLowerCase() === name.toLowerCase())?.label ?? name;

const withJob = (world: SimWorld, name: string, act: (job: Job, p: SimProcess | null) => Said): Said => {
  const job = world.jobs.get(labelOf(name));
  if (job !== undefined) return act(job, job.pid === null ? null : (world.processes.get(job.pid) ?? null));
  const own = [...world.jobs.keys()].filter((label) => !label.startsWith('com.apple.'));
  return wrong(`No seat or job "${name}". There are ${[...simSeats.map((seat) => seat.name), ...own].join(', ')}.`);
};

const modes: Readonly<Record<string, ServerMode>> = {
  ok: { kind: 'ok' },
  hangs: { kind: 'hangs' },
  never_ready: { kind: 'never_ready' },
  no_executable: { kind: 'no_executable' },
};

const setServer = (world: SimWorld, value: string): Said => {
  const [name, how] = split(value, /ok|hangs|never_ready|no_executable|hollow|exits \d{1,3}/);
  if (how === '')
    return wrong(
      'Write a seat and ok, hangs, never_ready, hollow, no_executable or "exits 78", like "Codestral hangs".',
    );
  return withJob(world, name, (job, p) => {
    if (how === 'hollow') {
      if (p === null) return wrong(`${name} does not run, so it has no model to lose.`);
      loseModel(p);
      return done(`${name} loses its model`);
    }
    const code = Number(how.split(' ')[1] ?? 0);
    if (how.startsWith('exits') && code > 255) return wrong(`${code} is no exit code. Write 0 to 255.`);
    job.mode = how.startsWith('exits') ? { kind: 'exits', code } : (modes[how] ?? { kind: 'ok' });
    if (how === 'ok' && p !== null) regainModel(p);
    return done(`${name}: its server ${how === 'ok' ? 'is ' : ''}${modeText(job.mode)}`);
  });
};

const setClientsOf = (world: SimWorld, value: string): Said => {
  const [, name = '', count = '', speed] = /^(.*\S)\s+(\d{1,4})(?:\s+(\d[\d.]*\s*\S+\/s))?$/.exec(value.trim()) ?? [];
  if (count === '') return wrong('Write a seat, how many are connected, and what moves, like "Codestral 3 200 KB/s".');
  const read = speed === undefined ? { ok: true as const, value: 0 } : parseQuantity('rate', speed);
  if (!read.ok) return wrong(`${read.message} ${read.fix}`);
  return withJob(world, name, (_job, p) => {
    if (p === null || (p.spec.listens ?? []).length === 0) return wrong(`${name} does not listen anywhere now.`);
    const connections = Number(count);
    setClients(p, world.nowMs, connections, connections === 0 ? 0 : read.value);
    return done(`${name}: ${connections} connected, ${connections === 0 ? 'nothing' : rate(read.value)} moving`);
  });
};

const setDrain = (world: SimWorld, value: string): Said => {
  const [name, how] = split(value, /never|auto|\d[\d.]*\s*[a-z]+/);
  if (how === '') return wrong('Write a seat and a time, never or auto, like "Codestral 45 s".');
  const read = how === 'never' || how === 'auto' ? null : parseQuantity('duration', how);
  if (read !== null && !read.ok) return wrong(`${read.message} ${read.fix}`);
  return withJob(world, name, (job) => {
    job.drainMs = how === 'never' ? 'never' : (read?.value ?? null);
    return done(
      `${name}: ${how === 'auto' ? 'ends as it does' : how === 'never' ? 'never ends by itself' : `ends ${how} after TERM`}`,
    );
  });
};

const setReturn = (world: SimWorld, value: string): Said => {
  const read = value.trim() === 'auto' ? { ok: true as const, value: null } : parseQuantity('rate', value.trim());
  if (!read.ok) return wrong(`${read.message} ${read.fix}`);
  world.memory.returnBytesPerSecond = read.value;
  return done(
    read.value === null ? 'memory comes back with the end of a process' : `memory comes back at ${rate(read.value)}`,
  );
};

const setBandOf = (world: SimWorld, value: string): Said => {
  const [name, word] = split(value, /\S+/);
  const band = bandNames.find((each): each is BandName => each === word);
  if (band === undefined) return wrong(`No band "${word}". Bands: ${bandNames.join(', ')}.`);
  return withJob(world, name, (_job, p) => {
    if (p === null) return wrong(`${name} does not run now.`);
    p.band = bandNumbers[band];
    return done(`${name}: in band ${band}, as if somebody else had set it`);
  });
};

const setGpu = (world: SimWorld, value: string): Said => {
  const read = readSizeOrAuto(value);
  if (!read.ok) return wrong(`${read.message} ${read.fix}`);
  const MB = 2 ** 20;
  world.gpuLimitBytes = Math.floor((read.value ?? 0) / MB) * MB;
  return done(
    read.value === null ? 'the GPU has the system’s own limit' : `the GPU may hold ${size(world.gpuLimitBytes)}`,
  );
};

const setTraffic = (world: SimWorld, value: string): Said => {
  const word = value.trim();
  if (word !== 'shown' && word !== 'hidden') return wrong('Write shown or hidden.');
  world.showsTraffic = word === 'shown';
  return done(`traffic at ports is ${word}`);
};

/** By key; each is told the machine and the value. */
export const seatControls = {
  server: setServer,
  clients: setClientsOf,
  drain: setDrain,
  return_rate: setReturn,
  band: setBandOf,
  gpu_limit: setGpu,
  port_traffic: setTraffic,
} as const satisfies Readonly<Record<string, (world: SimWorld, value: string) => Said>>;
