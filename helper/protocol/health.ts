import * as z from 'zod/mini';
import { notNegative, text } from './values.ts';

/** What is known of a seat's health: the verdict, and what each channel it rests on has said. */

/**
 * `cheap`: its list of models answers. `inference`: it answers a short chat, as the right model. `integrity`: the files its next
 * start needs are there and whole.
 */
export const channelCodes = ['cheap', 'inference', 'integrity'] as const;
export type Channel = (typeof channelCodes)[number];

/** Those the gateway asks over the network. */
export const networkChannels = ['cheap', 'inference'] as const satisfies readonly Channel[];
export type NetworkChannel = (typeof networkChannels)[number];

/**
 * `busy`: at work, so that no answer proves nothing. `zombie`: it accepts connections and does no work. `doomed`: it works, and
 * its next start will fail. `hollow`: its model is gone from memory. `config_error`: launchd cannot start it. `unreachable`:
 * nobody answers.
 */
export const verdictCodes = [
  'healthy',
  'busy',
  'zombie',
  'doomed',
  'hollow',
  'frozen',
  'config_error',
  'unreachable',
] as const;
export type Verdict = (typeof verdictCodes)[number];

/** Why a question failed. */
export const findingCodes = [
  'ok',
  /** Nobody accepts connections there. */
  'refused',
  'timeout',
  /** Another status than 200. */
  'bad_status',
  /** No JSON, too long, or not what was asked for. */
  'bad_answer',
  /** An answer without a word in it. */
  'empty_answer',
  /** Another model answered than the one that should. */
  'wrong_model',
  /** The connection could not be secured as configured. */
  'tls',
  /** A file the next start needs is not there. */
  'missing',
  'not_executable',
  /** A file that must lie beside the program does not. */
  'beside_missing',
  /** Not the file that was pinned. */
  'digest_differs',
  /** Its code signature does not hold. */
  'signature',
  /** It could not be looked at. */
  'unreadable',
] as const;
export type FindingCode = (typeof findingCodes)[number];

/**
 * Who answers for a program that is signed as it should be. `ad_hoc`: nobody, as for what is built on the machine itself.
 * `other`: a certificate that is no Developer ID. `unsigned`: a script, which has no signature.
 */
export const signatureCodes = ['developer_id', 'ad_hoc', 'other', 'unsigned'] as const;
export type Signature = (typeof signatureCodes)[number];

export const findingSchema = z.strictObject({
  ok: z.boolean(),
  code: z.enum(findingCodes),
  /** For people, one line. */
  detail: text(256),
  /** How long the answer took, milliseconds; null: there was none. */
  ms: z.nullable(notNegative),
});
/** Of files: how the program is signed (macOS), and which file it is, a word that changes with its content. */
export type Finding = z.infer<typeof findingSchema> & { readonly signed?: Signature; readonly version?: string };

const seconds = notNegative;

/** `unknown`: its present run has not said anything yet. `off`: castellan.toml does not say what to ask. */
export const channelStates = ['pass', 'fail', 'unknown', 'off'] as const;

export const channelStatusSchema = z.strictObject({
  channel: z.enum(channelCodes),
  state: z.enum(channelStates),
  strikes: z.int().check(z.minimum(0)),
  /** So many strikes, and it is believed. */
  limit: z.int().check(z.minimum(1)),
  last: z.nullable(
    z.strictObject({
      ...findingSchema.shape,
      agoSeconds: seconds,
      /** How the program of the next start is signed; absent: that was not looked at, or is not known. */
      signed: z.optional(z.enum(signatureCodes)),
    }),
  ),
  /** Null: it never has. */
  okAgoSeconds: z.nullable(seconds),
  /** It is due and not asked, because the seat is at work. */
  waits: z.nullable(z.enum(['busy'])),
  /** Nothing has been heard of it for three quarters of an hour, in words; absent: something has. */
  silent: z.optional(text(256)),
});

export type ChannelStatus = z.infer<typeof channelStatusSchema>;

export const healthStatusSchema = z.strictObject({
  /** Null: it does not run, or nothing has been asked yet. */
  verdict: z.nullable(z.enum(verdictCodes)),
  forSeconds: seconds,
  /** What that means, one sentence. */
  said: z.string(),
  channels: z.array(channelStatusSchema),
});
export type HealthStatus = z.infer<typeof healthStatusSchema>;
