import * as z from 'zod/mini';
import { type AdapterProblem, replySchema } from './wire.ts';

/**
 * What keeper and the adapter of Docker say to each other. The adapter repeats what an engine and its containers say of
 * themselves, so the keeper reads a reply like any other stranger's.
 */

/** By this label a container is offered for stopping: its value is `idle`. */
export const stopLabel = 'com.sanctum.castellan.stop';

/** What fits into a reply of 64 KiB with every text as long as it may be. */
export const mostContainers = 48;
export const mostPorts = 8;
/** Of the machine: as many as are asked about again while no engine answers. */
export const mostKnownPorts = 64;
/** So long the engine waits for a container to end before it kills it. */
export const stopSeconds = 10;

export const containerId = z.string().check(z.regex(/^[0-9a-f]{64}$/));
/** RFC 3339 as the engine writes it: tells one run of a container from the next. */
const moment = z.string().check(z.regex(/^[0-9TZ:.+-]{1,40}$/));
/** What Docker accepts as the name of a container (moby, daemon/names). */
const containerName = z.string().check(z.regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/));
const printable = (most: number) => z.string().check(z.maxLength(most), z.regex(/^[ -~]*$/));
const count = z.int().check(z.minimum(0));
const portNumber = z.int().check(z.minimum(1), z.maximum(65_535));

const portSchema = z.strictObject({
  host: z.enum(['127.0.0.1', '::1']),
  port: portNumber,
  /** False: refused. Null: neither accepted nor refused, or not asked. */
  open: z.nullable(z.boolean()),
});
export type PortLook = z.infer<typeof portSchema>;

const containerSchema = z.strictObject({
  id: containerId,
  name: containerName,
  image: printable(160),
  startedAt: moment,
  isPaused: z.boolean(),
  health: z.enum(['healthy', 'starting', 'unhealthy', 'none']),
  /** It carries the label that offers it. */
  isOffered: z.boolean(),
  /** CPU time since it started, ms; null: not known. */
  cpuMs: z.nullable(count),
  /** Received and sent since it started; null: it has the host's network, or nobody knows. */
  networkBytes: z.nullable(count),
  /** Without file cache that can be dropped; null: not known. */
  memoryBytes: z.nullable(count),
  ports: z.array(portSchema).check(z.maxLength(mostPorts)),
});
export type ContainerLook = z.infer<typeof containerSchema>;

const target = {
  /** Absolute path of the engine's socket; null: where Docker, OrbStack and Colima have theirs. */
  socket: z.nullable(z.string().check(z.maxLength(1_024))),
};
const limitMs = z.int().check(z.minimum(100), z.maximum(9_000));

export const dockerRequestSchema = z.discriminatedUnion('op', [
  z.strictObject({
    op: z.literal('look'),
    ...target,
    limitMs,
    /** Asked about when no engine answers: those that were published when one did. */
    knownPorts: z
      .array(z.strictObject({ host: z.enum(['127.0.0.1', '::1']), port: portNumber }))
      .check(z.maxLength(mostKnownPorts)),
  }),
  z.strictObject({
    op: z.literal('stop'),
    ...target,
    limitMs,
    id: containerId,
    startedAt: moment,
    /** Above either it is at work, and nothing is done. */
    mostCpuMs: count,
    mostNetworkBytes: count,
  }),
  z.strictObject({
    op: z.literal('restart'),
    /** Program with its whole path, and arguments; no shell reads them. */
    argv: z.array(z.string().check(z.maxLength(1_024))).check(z.minLength(1), z.maxLength(16)),
    /** A virtual machine takes a minute or two. */
    limitMs: z.int().check(z.minimum(100), z.maximum(300_000)),
  }),
]);
export type DockerRequest = z.infer<typeof dockerRequestSchema>;

const note = z.string().check(z.maxLength(300), z.regex(/^[^\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]*$/u));

const answerSchema = z.union([
  z.strictObject({
    ok: z.literal(true),
    op: z.literal('look'),
    engine: z.strictObject({ socket: printable(200), version: printable(40), api: printable(10) }),
    containers: z.array(containerSchema).check(z.maxLength(mostContainers)),
    /** Running beside those. */
    left: count,
    note,
  }),
  z.strictObject({
    ok: z.literal(true),
    op: z.literal('look'),
    engine: z.null(),
    /** `missing`: there is no socket. `silent`: there is one, and no engine behind it. */
    why: z.enum(['missing', 'silent', 'not_understood']),
    ports: z.array(portSchema).check(z.maxLength(mostKnownPorts)),
    note,
  }),
  z.strictObject({
    ok: z.literal(true),
    op: z.literal('stop'),
    /**
     * What was seen last. Nothing was asked for when it was `absent` (gone, or not running), `changed` (another run of it) or
     * `busy`. Asked for: `exited`, `running` (still), or `unknown` (nothing was heard any more).
     */
    seen: z.enum(['exited', 'running', 'unknown', 'absent', 'changed', 'busy']),
    note,
  }),
  z.strictObject({
    ok: z.literal(true),
    op: z.literal('restart'),
    /** Null: it was ended by a signal, or did not end in time. */
    code: z.nullable(z.int()),
    note,
  }),
]);
export type DockerAnswer = z.infer<typeof answerSchema>;
export type DockerReply = DockerAnswer | AdapterProblem;
export type LookReply = Extract<DockerAnswer, { op: 'look' }>;

/** Null: not of the agreed form. */
export const readDockerReply = (value: unknown): DockerReply | null => {
  const answer = answerSchema.safeParse(value);
  if (answer.success) return answer.data;
  const other = replySchema.safeParse(value);
  return other.success && !other.data.ok ? other.data : null;
};
