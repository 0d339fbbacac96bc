import * as z from 'zod/mini';
import { explanationSchema } from '../../protocol/relief.ts';
import { ensureAnswerSchema, previewSchema, releaseAnswerSchema, serviceRowSchema } from '../../protocol/seats.ts';
import { statusSchema } from '../../protocol/status.ts';
import { text } from '../../protocol/values.ts';

/** What the HTTP API takes and gives, published as JSON schemas at `/schemas/NAME`. */

export const previewRequestSchema = z.strictObject({ seat: text(64) });

export const healthSchema = z.strictObject({
  status: z.enum(['ok', 'degraded']),
  version: z.string(),
  /** Whether the keeper answers. Everything else needs it. */
  keeper: z.enum(['present', 'missing']),
  /** Since the keeper was heard last; null: it never was. */
  viewAgeSeconds: z.nullable(z.number()),
  listen: z.string(),
  problems: z.array(z.string()),
});
export type Health = z.infer<typeof healthSchema>;

/** Every error has these three; `answer` fields of an ensure or a release come beside them. */
export const errorBodySchema = z.looseObject({ code: z.string(), error: z.string(), next: z.string() });

export const schemas = {
  status: statusSchema,
  services: z.strictObject({ services: z.array(serviceRowSchema) }),
  explain: explanationSchema,
  healthz: healthSchema,
  'ensure-loaded': ensureAnswerSchema,
  load: ensureAnswerSchema,
  release: releaseAnswerSchema,
  'admit-preview-request': previewRequestSchema,
  'admit-preview': previewSchema,
  error: errorBodySchema,
} as const satisfies Readonly<Record<string, z.ZodMiniType>>;

const isName = (name: string): name is keyof typeof schemas => Object.hasOwn(schemas, name);

/** Null: there is none of that name. */
export const publishedSchema = (name: string): unknown =>
  isName(name) ? z.toJSONSchema(schemas[name], { io: 'output' }) : null;

export const schemaNames = Object.keys(schemas);
