import * as z from 'zod/mini';
import { alertKinds } from '../journal/alert-kinds.ts';
import { verdictCodes } from '../protocol/health.ts';
import { actVerb } from '../protocol/relief.ts';
import { size, time } from './fields.ts';
import { targetSchema } from './happenings.ts';

/** What a scenario expects. Each part that does not come true is one deviation, told in a sentence. */

/** `approved`: carried out because the operator said so. The others are the modes of a plan in the audit log. */
export const decisionModes = ['live', 'dry_run', 'ask', 'would_ask', 'approved'] as const;
const mode = z.enum(decisionModes);
const level = z.enum(['green', 'yellow', 'orange', 'red']);
const alert = z.enum(alertKinds as [string, ...string[]]);

/** What is left out matches everything. */
const match = { verb: z.optional(actVerb), target: z.optional(targetSchema), mode: z.optional(mode) };

export const expectationsSchema = z.strictObject({
  /** Decisions in their order. Others may stand between them unless `nothingElse`. */
  timeline: z.optional(
    z.array(
      z.strictObject({
        at: time,
        /** Tolerance. */
        within: z.optional(time),
        verb: actVerb,
        target: z.optional(targetSchema),
        mode,
        reasonContains: z.optional(z.string()),
      }),
    ),
  ),
  /** Every decision stands in `timeline`; returning to normal (resume, restore) aside. */
  nothingElse: z.optional(z.boolean()),
  /** Orders to seats, all of them, in their order. */
  orders: z.optional(
    z.array(
      z.strictObject({
        at: time,
        within: z.optional(time),
        verb: z.enum(['start', 'stop']),
        seat: z.string(),
      }),
    ),
  ),
  never: z.optional(z.array(z.strictObject(match))),
  counts: z.optional(
    z.array(
      z.strictObject({
        ...match,
        min: z.optional(z.int()),
        max: z.optional(z.int()),
        /** `max` holds in any span of this length; left out: in the whole scenario. */
        inAny: z.optional(time),
      }),
    ),
  ),
  levels: z.optional(z.array(z.strictObject({ at: time, level }))),
  alerts: z.optional(
    z.array(
      z.strictObject({
        kind: alert,
        contains: z.optional(z.string()),
        by: z.optional(time),
        /** How often at most in the whole scenario; 0: never. */
        max: z.optional(z.int()),
      }),
    ),
  ),
  /** The judgement in words: what was chosen, why nothing was, what was passed over. */
  explain: z.optional(
    z.array(z.strictObject({ at: time, contains: z.optional(z.string()), lacks: z.optional(z.string()) })),
  ),
  /** What the checks of the policy say, before anything runs. */
  lint: z.optional(z.array(z.strictObject({ contains: z.optional(z.string()), lacks: z.optional(z.string()) }))),
  /** Whether a seat may be loaded, and the slack the answer rests on. */
  admission: z.optional(
    z.array(z.strictObject({ at: time, seat: z.string(), admits: z.boolean(), slack: z.optional(size) })),
  ),
  /** Facts at a time; left out: at the end. */
  state: z.optional(
    z.array(
      z.strictObject({
        at: z.optional(time),
        /** Pids that stand still on the machine, whoever stopped them. */
        stopped: z.optional(z.array(z.int())),
        /** Pids that Castellan counts as frozen. */
        frozen: z.optional(z.array(z.int())),
        shed: z.optional(z.array(z.string())),
        staysDown: z.optional(z.array(z.string())),
        suppressed: z.optional(z.array(z.string())),
        pending: z.optional(
          z.array(
            z.strictObject({
              verb: actVerb,
              target: targetSchema,
              impactContains: z.optional(z.string()),
              needsConfirmation: z.optional(z.boolean()),
              dryRun: z.optional(z.boolean()),
            }),
          ),
        ),
        /** Peaks beyond the machine's memory; null: they fit. */
        envelopeOver: z.optional(z.nullable(size)),
        conflict: z.optional(z.boolean()),
        deadman: z.optional(z.enum(['missing', 'not_ready', 'present'])),
        mode: z.optional(z.enum(['observe_only', 'dry_run', 'live'])),
        missingEnforcers: z.optional(z.array(z.string())),
        seats: z.optional(
          z.array(
            z.strictObject({
              seat: z.string(),
              state: z.optional(z.string()),
              /** Of its health; null: nothing is known. */
              verdict: z.optional(z.nullable(z.enum(verdictCodes))),
            }),
          ),
        ),
        /** Names of the largest processes, largest footprint first. */
        largest: z.optional(z.array(z.string())),
      }),
    ),
  ),
});
export type Expectations = z.output<typeof expectationsSchema>;
export type DecisionMode = (typeof decisionModes)[number];
