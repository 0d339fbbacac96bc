import * as z from 'zod/mini';
import { notNegative, text } from './values.ts';

/** Alerts on their way out of this machine: what the gateway is told of them, and what it tells of sending them. */

/** Mildest first. */
export const alertLevels = ['notice', 'warning', 'critical'] as const;
export type AlertLevel = (typeof alertLevels)[number];

export const pushKinds = ['webhook', 'ntfy'] as const;
export type PushKind = (typeof pushKinds)[number];

/** What an alert says, wherever it is told. */
export const alertWords = {
  kind: z.string(),
  level: z.enum(alertLevels),
  subject: z.string(),
  message: z.string(),
  detail: z.string(),
  todo: z.string(),
};

/** An alert that was told, from its beginning until what raised it is over. */
export const toldAlertSchema = z.strictObject({
  /** The same for as long as it is told of, over restarts of keeper and gateway. */
  id: z.string(),
  ...alertWords,
  /** Wall time, ms since 1970. */
  raisedMs: z.number(),
  /** Wall time; null: it lasts, or was of a moment. */
  overMs: z.nullable(z.number()),
});
export type ToldAlert = z.infer<typeof toldAlertSchema>;

/** Where alerts are sent by the gateway, over the network. */
const targetSchema = z.strictObject({
  name: z.string(),
  /** `webhook`: JSON, signed. `ntfy`: text to the address of a topic. */
  kind: z.enum(pushKinds),
  /** May hold a secret (the topic, a path nobody can guess): shown without its path. */
  url: z.string(),
  /** The mildest that is sent. */
  level: z.enum(alertLevels),
  /** File with the key that signs, or of ntfy the token; null: neither. */
  secretFile: z.nullable(z.string()),
  /** Certificate of who signed the server's, PEM; null: those that everybody trusts. */
  ca: z.nullable(z.string()),
});
export type PushTarget = Readonly<z.infer<typeof targetSchema>>;

/** As castellan.toml has them, with the alerts that last or are less than an hour old. */
export const pushViewSchema = z.strictObject({ targets: z.array(targetSchema), alerts: z.array(toldAlertSchema) });
export type PushView = z.infer<typeof pushViewSchema>;

/** How sending to one target goes. Nothing in it is secret: of its address there is no path. */
export const pushStatusSchema = z.strictObject({
  name: text(64),
  kind: z.enum(pushKinds),
  /** "https://ntfy.example/…". */
  at: text(300),
  level: z.enum(alertLevels),
  waiting: z.int().check(z.minimum(0)),
  /** Since the gateway's queue was begun; they outlive its restarts. */
  delivered: z.int().check(z.minimum(0)),
  /** Older ones, of more than the queue takes. */
  dropped: z.int().check(z.minimum(0)),
  /** By the target: what it will never take is not sent again. */
  refused: z.int().check(z.minimum(0)),
  /** Wall time of the last that was taken; null: none was. */
  deliveredMs: z.nullable(notNegative),
  /** What came of the last attempt; null: there was none since the gateway was started. */
  last: z.nullable(z.strictObject({ id: text(512), ok: z.boolean(), detail: text(256), atMs: notNegative })),
});
export type PushStatus = z.infer<typeof pushStatusSchema>;

export const mostPushTargets = 8;

/** Without the path, which may be a secret: a topic, or words that nobody can guess. */
export const shownUrl = (url: string): string => `${new URL(url).origin}/…`;
