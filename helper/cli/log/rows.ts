import * as z from 'zod/mini';
import { type AuditRow, actOutcomes, observations } from '../../journal/audit.ts';
import { channelCodes, channelStates, signatureCodes, verdictCodes } from '../../protocol/health.ts';
import type { LogRow } from '../../protocol/relief.ts';

/** The rows of the log that this version knows, checked: one of another keeper may have the kind and not the fields. */

const row = <Shape extends z.core.$ZodLooseShape>(shape: Shape) =>
  z.looseObject({ wallMs: z.number(), instance: z.string(), ...shape });

const uid = z.int();

const schemas = {
  keeper_started: row({
    kind: z.literal('keeper_started'),
    pid: z.int(),
    version: z.string(),
    host: z.string(),
  }),
  keeper_stopped: row({ kind: z.literal('keeper_stopped'), reason: z.string() }),
  config_reloaded: row({
    kind: z.literal('config_reloaded'),
    path: z.string(),
    diff: z.array(z.string()),
    byUid: uid,
  }),
  mode_changed: row({
    kind: z.literal('mode_changed'),
    from: z.string(),
    to: z.string(),
    reasons: z.array(z.string()),
  }),
  plan: row({
    kind: z.literal('plan'),
    plan: z.int(),
    verb: z.string(),
    target: z.string(),
    hash: z.string(),
    reason: z.string(),
    expected: z.looseObject({ counter: z.string(), bytes: z.number(), bytesPerSecond: z.number() }),
    mode: z.enum(['live', 'dry_run', 'ask', 'would_ask']),
  }),
  intent: row({
    kind: z.literal('intent'),
    plan: z.int(),
    verb: z.string(),
    target: z.string(),
    pids: z.array(z.int()),
    /** Not in rows of older keepers, nor of relief, whose plans have their own. */
    reason: z.optional(z.string()),
    by: z.union([z.literal('automatic'), z.looseObject({ uid, client: z.string() })]),
  }),
  result: row({
    kind: z.literal('result'),
    plan: z.int(),
    outcome: z.enum(actOutcomes),
    detail: z.string(),
  }),
  receipt: row({
    kind: z.literal('receipt'),
    plan: z.int(),
    verb: z.string(),
    target: z.string(),
    counter: z.string(),
    expected: z.number(),
    actual: z.number(),
    effective: z.boolean(),
    afterMs: z.number(),
    /** Not in rows of older keepers. */
    text: z._default(z.string(), ''),
  }),
  approval: row({
    kind: z.literal('approval'),
    proposal: z.int(),
    plan: z.int(),
    hash: z.string(),
    how: z.enum(['proposed', 'reissued', 'approved', 'denied', 'expired', 'withdrawn', 'changed']),
    byUid: z.nullable(uid),
  }),
  refusal: row({
    kind: z.literal('refusal'),
    verb: z.string(),
    code: z.string(),
    detail: z.string(),
    byUid: uid,
  }),
  mutation: row({ kind: z.literal('mutation'), verb: z.string(), detail: z.string(), byUid: uid }),
  admission: row({
    kind: z.literal('admission'),
    seat: z.string(),
    verdict: z.enum(['admit', 'refuse']),
    reason: z.string(),
    totalBytes: z.nullable(z.number()),
    claimedBytes: z.nullable(z.number()),
    otherBytes: z.nullable(z.number()),
    peakBytes: z.nullable(z.number()),
    slackBytes: z.nullable(z.number()),
    text: z.string(),
  }),
  setting: row({
    kind: z.literal('setting'),
    what: z.enum(['band', 'gpu_limit']),
    target: z.string(),
    to: z.string(),
    outcome: z.enum(actOutcomes),
    detail: z.string(),
  }),
  observed: row({
    kind: z.literal('observed'),
    what: z.enum(observations),
    target: z.string(),
    detail: z.string(),
  }),
  digest: row({
    kind: z.literal('digest'),
    seat: z.string(),
    verdict: z.nullable(z.enum(verdictCodes)),
    channels: z.array(
      z.looseObject({
        channel: z.enum(channelCodes),
        state: z.enum(channelStates),
        strikes: z.int(),
        okAgoSeconds: z.nullable(z.number()),
      }),
    ),
    files: z.nullable(
      z.looseObject({
        program: z.string(),
        sha256: z.nullable(z.string()),
        signed: z.nullable(z.enum(signatureCodes)),
        version: z.nullable(z.string()),
        isChanged: z.nullable(z.boolean()),
        detail: z.string(),
      }),
    ),
  }),
  gap: z.looseObject({ kind: z.literal('gap'), lostRows: z.int() }),
} as const satisfies Readonly<Record<AuditRow['kind'], z.ZodMiniType>>;

export const knownKinds = Object.keys(schemas);

const isKnown = (kind: string): kind is AuditRow['kind'] => Object.hasOwn(schemas, kind);

/** Null: not a row this version knows, to be shown as it is. */
export const auditRowOf = (given: LogRow): AuditRow | null => {
  if (!isKnown(given.kind)) return null;
  const parsed = schemas[given.kind].safeParse(given);
  return parsed.success ? parsed.data : null;
};
