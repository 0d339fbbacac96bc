import * as z from 'zod/mini';
import { adviceCauses } from './advice.ts';
import { healthStatusSchema, networkChannels } from './health.ts';
import { pushViewSchema } from './push.ts';
import { type SeatState, seatStateCodes } from './seat-state-codes.ts';
import { notNegative, text } from './values.ts';

/**
 * What is told of seats, and what is answered to who asks for one: the same values for the command line, the HTTP API, the
 * popover and the logs. Sizes are bytes (1 GB is 2^30).
 */

const bytes = notNegative;
const seconds = notNegative;

export const seatState = z.enum(seatStateCodes);
export type { SeatState } from './seat-state-codes.ts';

/** States in which a request to the seat is answered. */
export const servingStates = ['ready', 'busy', 'idle', 'doomed'] as const satisfies readonly SeatState[];
export const isServing = (state: SeatState): boolean => (servingStates as readonly SeatState[]).includes(state);

/** The band of a seat: as wanted, and as the kernel says. */
export const bandStatusSchema = z.strictObject({
  wanted: z.string(),
  /** As read back; null: not read, or unknown by name. */
  found: z.nullable(z.string()),
  /** `contested`: others have changed it three times in ten minutes, and it is left to them. */
  state: z.enum(['held', 'drifted', 'refused', 'contested', 'unknown']),
  /** Why it is refused or unknown. */
  detail: z.string(),
});
export type BandStatus = z.infer<typeof bandStatusSchema>;

/** What the GPU may hold wired: as wanted, and as the system says. */
export const gpuStatusSchema = z.strictObject({
  /** 0: the system's own policy; null: castellan.toml says nothing. */
  wantedBytes: z.nullable(bytes),
  /** As read back; null: not known. */
  foundBytes: z.nullable(bytes),
  isSystemPolicy: z.boolean(),
  /** As of a band; `not_wanted`: castellan.toml says nothing of it. `not_evaluated`: this machine has no such limit. */
  state: z.enum(['held', 'drifted', 'refused', 'contested', 'unknown', 'not_evaluated', 'not_wanted']),
  detail: z.string(),
});
export type GpuStatus = z.infer<typeof gpuStatusSchema>;

export const seatStatusSchema = z.strictObject({
  name: z.string(),
  class: z.enum(['protected', 'on_call']),
  label: z.string(),
  state: seatState,
  /** How long it has been in this state. */
  forSeconds: seconds,
  /** Why it is in this state, one sentence; empty when the state says it all. */
  why: z.string(),
  peakBytes: bytes,
  /** What the declared peak is tied to; empty: nothing is said. */
  note: z.string(),
  footprintBytes: bytes,
  lifetimePeakBytes: bytes,
  /** Largest peak seen over all its runs, when that is more than declared: the reserve it should have. */
  proposedPeakBytes: z.nullable(bytes),
  rssBytes: bytes,
  /** Measured; 0 where the host cannot tell. */
  wiredBytes: bytes,
  declaredWiredBytes: bytes,
  /** It runs with another wired limit than castellan.toml says: the next start has the right one. */
  pendingRestart: z.boolean(),
  band: z.nullable(bandStatusSchema),
  pids: z.array(z.int()),
  /** Requests under way, as the gateway counts them. */
  inFlight: z.int().check(z.minimum(0)),
  /** What it is used by now, for people: requests, CPU time of its processes, bytes at its port; empty: nothing is seen. */
  usedBy: z.array(z.string()),
  /** Null: no countdown runs. */
  stopsInSeconds: z.nullable(seconds),
  /** How its last run ended, as launchd lists it: an exit code, or the negative of a signal; null: not known. */
  lastExit: z.nullable(z.int()),
  /** Of one that has failed: when a request may start it again. Null: it has not, or no request does. */
  retryInSeconds: z.nullable(seconds),
  /** Starts in the last hour. */
  starts: z.int().check(z.minimum(0)),
  /** Address at which connections start it; null: it has no proxy. */
  proxy: z.nullable(z.string()),
  /** What answers there that is needed to judge the trouble; null: nothing. */
  oracle: z.nullable(z.string()),
  /** Null: castellan.toml does not say what to ask. */
  health: z.nullable(healthStatusSchema),
});
export type SeatStatus = z.infer<typeof seatStatusSchema>;

const clauseSchema = z.strictObject({
  name: z.enum(['known', 'leak', 'memory', 'wired', 'forecast']),
  outcome: z.enum(['holds', 'fails', 'not_evaluated']),
  text: z.string(),
});

/** The verdict of admission with its sum: `helper/seats/admission-terms.ts` says what each term is. */
export const admissionSchema = z.strictObject({
  verdict: z.enum(['admit', 'refuse']),
  reason: z.enum([
    'fits',
    'unknown_seat',
    'term_unknown',
    'wired_leak',
    'needs_shedding',
    'wired_limit',
    'kernel_would_warn',
  ]),
  terms: z.strictObject({
    totalBytes: z.nullable(bytes),
    claims: z.array(
      z.strictObject({
        seat: z.string(),
        bytes,
        declaredBytes: bytes,
        measuredBytes: bytes,
      }),
    ),
    claimedBytes: z.nullable(bytes),
    otherBytes: z.nullable(bytes),
    peakBytes: z.nullable(bytes),
    wired: z.nullable(z.strictObject({ sumBytes: bytes, limitBytes: bytes })),
    forecast: z.nullable(
      z.strictObject({
        demandBytes: bytes,
        compressorBytes: bytes,
        wiredBytes: bytes,
        uncompressedBytes: z.number(),
        distanceBytes: z.number(),
      }),
    ),
  }),
  /** Negative when the claims of others are already too much. */
  slackBytes: z.nullable(z.number()),
  shortfallBytes: z.nullable(bytes),
  clauses: z.array(clauseSchema),
});
export type AdmissionAnswer = z.infer<typeof admissionSchema>;

/** `castellan fits SEAT`, `POST /admit/preview` and the what-if sheet: nothing is changed by asking. */
export const previewSchema = z.strictObject({
  seat: z.string(),
  state: seatState,
  admission: admissionSchema,
  /** Idle seats that a request would unload first, because with their bytes it fits. */
  wouldUnload: z.array(z.string()),
  /** What would make it fit, each a sentence; empty when it fits, or nothing known would. */
  wouldFitIf: z.array(z.string()),
  /** What a request gets now, one sentence. */
  said: z.string(),
});
export type Preview = z.infer<typeof previewSchema>;

/**
 * `ready`: it serves. `needs_shedding`: it does not fit now. `refused`: it cannot be loaded whatever memory there is (a
 * wired leak, a crash loop, a term that is not known, a protected seat that does not run). `never_ready`: it was started and
 * did not become ready in time. `failed`: the start itself failed.
 */
export const ensureOutcome = z.enum(['ready', 'needs_shedding', 'refused', 'never_ready', 'failed']);

export const ensureAnswerSchema = z.strictObject({
  seat: z.string(),
  outcome: ensureOutcome,
  state: seatState,
  /** The sum it was judged by; null: nothing had to be judged, because it serves. */
  admission: z.nullable(admissionSchema),
  /** When asking again may be worth it; null: it serves, or asking again is of no use. */
  retryAfterSeconds: z.nullable(z.int().check(z.minimum(1))),
  /** One sentence. */
  said: z.string(),
});
export type EnsureAnswer = z.infer<typeof ensureAnswerSchema>;

/** `in_flight`: requests are under way, nothing was done. `absent`: it does not run. */
export const releaseOutcome = z.enum(['draining', 'absent', 'in_flight', 'protected', 'failed']);

export const releaseAnswerSchema = z.strictObject({
  seat: z.string(),
  outcome: releaseOutcome,
  state: seatState,
  said: z.string(),
});
export type ReleaseAnswer = z.infer<typeof releaseAnswerSchema>;

/** One row of `/services` and `castellan services`: a seat, or a service that relief may shed. */
export const serviceRowSchema = z.strictObject({
  name: z.string(),
  label: z.string(),
  kind: z.enum(['seat', 'service']),
  /** Of a service: `running`, `stopped` (listed and without a process), `failed` (its last run ended badly) or `absent`. */
  state: z.string(),
  pid: z.nullable(z.int()),
  /** As launchd lists it. */
  lastExit: z.nullable(z.int()),
  footprintBytes: z.nullable(bytes),
});
export type ServiceRow = z.infer<typeof serviceRowSchema>;

const address = text(64);

/** A seat as the gateway must know it. */
export const gatewaySeatSchema = z.strictObject({
  name: z.string(),
  label: z.string(),
  class: z.enum(['protected', 'on_call']),
  state: seatState,
  /** Number of the closing that is under way and asks for an acknowledgement; null: none. */
  closing: z.nullable(z.int()),
  /** The keeper wants to know whether it is ready: the gateway asks and reports until this is false. */
  probing: z.boolean(),
  readyUrl: z.nullable(z.string()),
  /** Its health, as castellan.toml says it is asked over the network; null: it is not. */
  health: z.nullable(
    z.strictObject({
      listUrls: z.array(z.string()),
      chatUrl: z.nullable(z.string()),
      model: z.nullable(z.string()),
      tls: z.nullable(z.strictObject({ ca: z.string(), cert: z.string(), key: z.string() })),
      /** To be put to it now, each once and reported under its number. */
      questions: z.array(z.strictObject({ channel: z.enum(networkChannels), number: z.int() })),
      /** It does no work, whatever answers at its port: not to be answered for from what is known. */
      isDead: z.boolean(),
    }),
  ),
  proxy: z.nullable(z.strictObject({ listen: address, target: address })),
});
export type GatewaySeat = z.infer<typeof gatewaySeatSchema>;

/** The topic `seats`, for the gateway alone: comes with every slot (its beat), and when a seat changes. */
export const gatewayViewSchema = z.strictObject({
  atMs: z.number(),
  api: z.strictObject({ listen: address, extraListen: z.array(address), isOpen: z.boolean() }),
  seats: z.array(gatewaySeatSchema),
  /** Absent: alerts are sent nowhere. */
  push: z.optional(pushViewSchema),
  /** Whom to ask for advice, and why now; null: castellan.toml names nobody. */
  advisor: z.nullable(
    z.strictObject({
      url: z.string(),
      model: z.string(),
      keyFile: z.nullable(z.string()),
      caFile: z.nullable(z.string()),
      everySeconds: notNegative,
      withinSeconds: notNegative,
      /** Null: there is no need now. */
      cause: z.nullable(z.enum(adviceCauses)),
    }),
  ),
});
export type GatewayView = z.infer<typeof gatewayViewSchema>;
