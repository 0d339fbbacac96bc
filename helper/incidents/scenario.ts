import * as z from 'zod/mini';
import type { Config } from '../config/config.ts';
import { type Failure, failure } from '../protocol/errors.ts';
import { actVerb } from '../protocol/relief.ts';
import { expectationsSchema } from './expectations.ts';
import { size, sizeTrack, stepTrack, time } from './fields.ts';
import { happeningSchema, targetSchema } from './happenings.ts';
import { configOf, scenarioConfigSchema } from './scenario-config.ts';

/**
 * A scenario: a machine over time, what others do on it, and what Castellan is expected to decide. JSON, because it is
 * read by people who compare it with what really happened. Tracks say how the machine goes if nobody does anything; what
 * Castellan does then changes it (`world.ts`).
 */

const processSchema = z.strictObject({
  pid: z.int().check(z.positive()),
  start: z.optional(z.string()),
  ppid: z._default(z.int(), 1),
  uid: z._default(z.int(), 501),
  name: z.string(),
  command: z.string(),
  state: z._default(z.enum(['running', 'sleeping', 'stopped', 'zombie']), 'sleeping'),
  footprint: sizeTrack,
  /** Shown, never decided upon; left out: the footprint. */
  rss: z.optional(sizeTrack),
  /** Highest footprint before the scenario began. */
  peak: z.optional(size),
  wired: z.optional(size),
  /** Share of one core, percent. */
  cpu: z._default(z.number(), 1),
  /** Label of the job whose process this is. */
  service: z.optional(z.string()),
  /** It is there from then on, and until then. */
  from: z.optional(time),
  until: z.optional(time),
  listening: z._default(z.array(z.string()), []),
  hypervisor: z._default(z.boolean(), false),
  traced: z._default(z.boolean(), false),
  platform: z._default(z.boolean(), false),
  processGroup: z.optional(z.int()),
});
export type ProcessSpec = z.output<typeof processSchema>;

const serviceSchema = z.strictObject({
  label: z.string(),
  /** It comes back this long after its end, whatever ended it; left out: it stays away. */
  respawn: z.optional(time),
  /** Pids of the runs after the first, in order. */
  respawnPids: z._default(z.array(z.int()), []),
  /** Footprint of those runs, from their start; left out: as of the first. */
  respawnFootprint: z.optional(sizeTrack),
  /** From being told to end until it has ended. */
  drain: z.optional(time),
  /** What the machine gets back when it ends; left out: its footprint. The rest stays wired. */
  frees: z.optional(size),
  /** It is not loaded at the start: its process does not run, and it is not listed. */
  loaded: z._default(z.boolean(), true),
  /** From its start until it says that it is ready; left out: at once. */
  readyAfter: z.optional(time),
  /** Its first run ends by itself after this long, with `exitCode`; so does every later one. */
  exitsAfter: z.optional(time),
  exitCode: z._default(z.int(), 0),
  /** It offers Mach services, so that ending or freezing it leaves others waiting. */
  machServices: z._default(z.boolean(), false),
});
export type ServiceSpec = z.output<typeof serviceSchema>;

const machineSchema = z.strictObject({
  total: size,
  available: sizeTrack,
  swapUsed: z.optional(sizeTrack),
  swapTotal: z.optional(sizeTrack),
  compressor: z.optional(sizeTrack),
  wired: z.optional(sizeTrack),
  /** As macOS says it: 1 normal, 2 warn, 4 critical. */
  kernelLevel: z.optional(stepTrack),
});

export const scenarioSchema = z.strictObject({
  name: z.string(),
  /** What happened, in a paragraph. */
  story: z.string(),
  duration: time,
  machine: machineSchema,
  config: z.optional(scenarioConfigSchema),
  services: z._default(z.array(serviceSchema), []),
  processes: z._default(z.array(processSchema), []),
  /** State of the deadman at the start. */
  deadman: z._default(z.enum(['missing', 'not_ready', 'present']), 'present'),
  /** Pids of Castellan and its clients. */
  own: z._default(z.array(z.int()), [1000]),
  events: z._default(z.array(happeningSchema), []),
  /** Acts that do not end well, or take long. */
  acts: z._default(
    z.array(
      z.strictObject({
        verb: actVerb,
        target: z.optional(targetSchema),
        outcome: z._default(z.enum(['ok', 'failed', 'timed_out']), 'ok'),
        detail: z._default(z.string(), ''),
        takes: z.optional(time),
      }),
    ),
    [],
  ),
  expect: expectationsSchema,
});

type Written = z.output<typeof scenarioSchema>;
export type ScriptedAct = Written['acts'][number];

export interface Scenario extends Omit<Written, 'config'> {
  readonly config: Config;
}

export type ReadScenario =
  | { readonly ok: true; readonly scenario: Scenario }
  | { readonly ok: false; readonly failure: Failure };

/** Larger files are something else. */
export const maxScenarioBytes = 4 * 2 ** 20;

/** `expect.timeline[2].at`, as it would be written to get there. */
const pathText = (path: readonly PropertyKey[]): string =>
  path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return `${text}${text === '' ? '' : '.'}${String(part)}`;
  }, '');

const refused = (detail: string): ReadScenario => ({ ok: false, failure: failure('scenario_invalid', detail) });

/** Unions carry the reasons of each of their members; the deepest says most. */
const deepest = (issue: z.core.$ZodIssue): { readonly path: readonly PropertyKey[]; readonly message: string } => {
  if (issue.code === 'unrecognized_keys')
    return { path: issue.path, message: `There is no key "${issue.keys[0] ?? ''}" here.` };
  const inner = issue.code === 'invalid_union' ? issue.errors.flat() : [];
  const first = inner.map(deepest).sort((a, b) => b.path.length - a.path.length)[0];
  return first === undefined
    ? { path: issue.path, message: issue.message }
    : { path: [...issue.path, ...first.path], message: first.message };
};

/** What no single key can be wrong about on its own: names that lead nowhere, and pids that are used twice. */
const inconsistency = (written: Written): string | null => {
  const labels = new Set(written.services.map(({ label }) => label));
  const pids = new Set<number>();
  for (const [index, { pid, service }] of written.processes.entries()) {
    if (pids.has(pid)) return `processes[${index}].pid: ${pid} is used twice.`;
    pids.add(pid);
    if (service !== undefined && !labels.has(service))
      return `processes[${index}].service: there is no service "${service}".`;
  }
  for (const [index, event] of written.events.entries()) {
    if ('label' in event && !labels.has(event.label))
      return `events[${index}].label: there is no service "${event.label}".`;
    if (event.at > written.duration) return `events[${index}].at: the scenario is over by then.`;
    if (event.every === 0) return `events[${index}].every: a time above 0 is needed.`;
  }
  return null;
};

/** Reads the text of a scenario. Never throws; what is wrong is named by its place in the file. */
export const readScenario = (text: string): ReadScenario => {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    return refused(`not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const read = scenarioSchema.safeParse(document);
  if (!read.success) {
    const issue = read.error.issues[0];
    const { path, message } = issue === undefined ? { path: [], message: 'not a scenario' } : deepest(issue);
    return refused(`${path.length === 0 ? 'the file' : pathText(path)}: ${message}`);
  }
  const wrong = inconsistency(read.data);
  if (wrong !== null) return refused(wrong);
  return { ok: true, scenario: { ...read.data, config: configOf(read.data.config) } };
};

/** JSON Schema of the file, for editors. */
export const scenarioJsonSchema = (): Readonly<Record<string, unknown>> =>
  z.toJSONSchema(scenarioSchema, { io: 'input', target: 'draft-2020-12' });
