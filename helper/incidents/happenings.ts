import * as z from 'zod/mini';
import { sensors } from '../host/reading.ts';
import { errorCodes } from '../protocol/errors.ts';
import { channelCodes, findingCodes } from '../protocol/health.ts';
import { actVerb } from '../protocol/relief.ts';
import { ensureOutcome, releaseOutcome } from '../protocol/seats.ts';
import { time } from './fields.ts';

/** What others do in a scenario: other programs, launchd, the operator, and what befalls the keeper itself. */

/** A pid, or a label, seat or name of a policy entry. */
export const targetSchema = z.union([z.int(), z.string()]);
export type TargetName = z.output<typeof targetSchema>;

const repeated = { at: time, every: z.optional(time), until: z.optional(time) };
/** What a request for a seat comes to, or the code of its refusal. */
const seatAnswer = z.union([ensureOutcome, releaseOutcome, z.enum(errorCodes as [string, ...string[]])]);
const answer = z._default(z.union([z.literal('ok'), z.enum(errorCodes as [string, ...string[]])]), 'ok');

export const happeningSchema = z.discriminatedUnion('do', [
  /** Another program signals. */
  z.strictObject({ do: z.literal('signal'), ...repeated, pid: z.int(), signal: z.enum(['STOP', 'CONT']) }),
  /** A process ends by itself; a service with `respawn` comes back. */
  z.strictObject({ do: z.literal('exit'), ...repeated, pid: z.int(), code: z._default(z.int(), 0) }),
  /** The file a process was started from is deleted. */
  z.strictObject({ do: z.literal('delete_executable'), ...repeated, pid: z.int() }),
  /** Somebody asks for a seat, `times` at once; each is answered so, `within` this long. */
  z.strictObject({
    do: z.literal('ensure'),
    ...repeated,
    seat: z.string(),
    wait: z.optional(time),
    times: z._default(z.int(), 1),
    gets: seatAnswer,
    within: z._default(time, 1_000),
  }),
  z.strictObject({
    do: z.literal('release'),
    ...repeated,
    seat: z.string(),
    cut: z._default(z.boolean(), false),
    gets: seatAnswer,
    within: z._default(time, 5_000),
  }),
  /** What the gateway reports of a seat. */
  z.strictObject({
    do: z.literal('traffic'),
    ...repeated,
    seat: z.string(),
    inFlight: z._default(z.int(), 0),
    bytes: z._default(z.number(), 0),
    ticks: z._default(z.int(), 0),
  }),
  /** From then on a channel of a seat's health is answered so. */
  z.strictObject({
    do: z.literal('health'),
    ...repeated,
    seat: z.string(),
    channel: z.enum(channelCodes),
    code: z.enum(findingCodes),
    detail: z._default(z.string(), ''),
    takes: z._default(time, 25),
  }),
  /** A job is unloaded, or loaded and started, by others. */
  z.strictObject({ do: z.literal('service'), ...repeated, label: z.string(), state: z.enum(['down', 'up']) }),
  /** Who asks seats about their health ends, or is there again. */
  z.strictObject({ do: z.literal('gateway'), ...repeated, state: z.enum(['missing', 'present']) }),
  z.strictObject({
    do: z.literal('deadman'),
    ...repeated,
    state: z.enum(['missing', 'not_ready', 'present']),
    foreignTombstones: z._default(z.int(), 0),
  }),
  /** The operator answers the latest proposal of this verb and target; `stale` shows another hash than the proposal's. */
  z.strictObject({
    do: z.literal('approve'),
    ...repeated,
    verb: actVerb,
    target: targetSchema,
    confirmed: z._default(z.boolean(), true),
    stale: z._default(z.boolean(), false),
    answer,
  }),
  z.strictObject({ do: z.literal('deny'), ...repeated, verb: actVerb, target: targetSchema, answer }),
  /** "That was wrong", said of the latest plan of this verb and target. */
  z.strictObject({ do: z.literal('mark_wrong'), ...repeated, verb: actVerb, target: targetSchema, answer }),
  z.strictObject({ do: z.literal('mode'), ...repeated, to: z.enum(['live', 'dry_run']), answer }),
  /** 0 minutes ends a pause. */
  z.strictObject({ do: z.literal('pause'), ...repeated, minutes: z.int(), answer }),
  z.strictObject({ do: z.literal('resume_all'), ...repeated, answer }),
  z.strictObject({ do: z.literal('restore'), ...repeated, label: z.string(), answer }),
  /** The operator wants the service that stands in for a seat. */
  z.strictObject({
    do: z.literal('fallback'),
    ...repeated,
    seat: z.string(),
    to: z._default(z.enum(['start', 'stop']), 'start'),
    answer,
    /** Words of the answer. */
    says: z.optional(z.string()),
  }),
  /**
   * `killed`: its connection ends, the deadman resumes what it froze within seconds, a new keeper starts after
   * `restartsAfter`. `wedged`: it stands still; the deadman resumes after 60 s and starts a new one.
   */
  z.strictObject({
    do: z.literal('keeper_dies'),
    ...repeated,
    how: z.enum(['killed', 'wedged']),
    restartsAfter: z.optional(time),
  }),
  /** The keeper gets no time: no sample until this has passed. */
  z.strictObject({ do: z.literal('starve'), ...repeated, for: time }),
  z.strictObject({
    do: z.literal('sensor'),
    ...repeated,
    sensor: z.enum(sensors),
    for: time,
  }),
  z.strictObject({ do: z.literal('audit'), ...repeated, writable: z.boolean() }),
]);
export type Happening = z.output<typeof happeningSchema>;
