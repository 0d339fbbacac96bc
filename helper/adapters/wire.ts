import * as z from 'zod/mini';

/**
 * What keeper and adapter say to each other: one request on the adapter's standard input, one reply on its standard output.
 * The adapter repeats what a program of somebody else's told it, so the keeper reads a reply like any other stranger's.
 */

export const runtimeKinds = ['lm_studio', 'ollama', 'llama_cpp', 'llama_swap', 'mlx_lm'] as const;
export type RuntimeKind = (typeof runtimeKinds)[number];

/** What each is called, and where it listens unless it was told otherwise (each project's own documentation). */
export const runtimeWords: Readonly<Record<RuntimeKind, { readonly name: string; readonly url: string }>> = {
  lm_studio: { name: 'LM Studio', url: 'http://127.0.0.1:1234' },
  ollama: { name: 'ollama', url: 'http://127.0.0.1:11434' },
  llama_cpp: { name: 'llama.cpp', url: 'http://127.0.0.1:8080' },
  llama_swap: { name: 'llama-swap', url: 'http://127.0.0.1:8080' },
  mlx_lm: { name: 'mlx_lm', url: 'http://127.0.0.1:8080' },
};

export const mostReplyBytes = 65_536;
export const mostRequestBytes = 8_192;
export const mostModels = 64;

const mostName = 200;
/** Letters, figures, marks and plain spaces: nothing that moves a cursor, hides, or turns the direction of a line. */
const plainName = new RegExp(`^[\\p{L}\\p{M}\\p{N}\\p{P}\\p{S} ]{1,${mostName}}$`, 'u');
export const isPlainName = (text: unknown): text is string => typeof text === 'string' && plainName.test(text);

const modelName = z.string().check(z.maxLength(mostName), z.regex(plainName));
const note = z.string().check(z.maxLength(300), z.regex(/^[^\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]*$/u));

/** One petabyte: no model that is loaded anywhere is larger. */
const mostBytes = 2 ** 50;
const mostBillions = 100_000;

const modelSchema = z.strictObject({
  /** What people call it; several instances of one model share it. */
  id: modelName,
  /** What the runtime unloads it by. */
  instance: modelName,
  /** As the runtime says; null: it does not. */
  bytes: z.nullable(z.int().check(z.minimum(0), z.maximum(mostBytes))),
  /** Parameters, in billions, by metadata or by its name; null: neither tells. */
  billions: z.nullable(z.number().check(z.minimum(0), z.maximum(mostBillions))),
  /** It answers somebody now; null: the runtime does not tell. */
  busy: z.nullable(z.boolean()),
});
export type LoadedModel = z.infer<typeof modelSchema>;

const target = {
  /** `http://` and an address of this machine. */
  url: z.string().check(z.maxLength(300)),
  /** File with a token, readable by whoever the adapter runs as; null: none is sent. */
  tokenFile: z.nullable(z.string().check(z.maxLength(1_024))),
  /** Absolute path of the runtime's command line; null: where it usually is. */
  cli: z.nullable(z.string().check(z.maxLength(1_024))),
  /** The reply is there by then, ms after the start of the adapter's process. */
  limitMs: z.int().check(z.minimum(100), z.maximum(9_000)),
};

export const requestSchema = z.discriminatedUnion('op', [
  z.strictObject({ op: z.literal('list'), ...target }),
  z.strictObject({
    op: z.literal('unload'),
    ...target,
    model: modelName,
    instance: modelName,
    /** Also when it answers somebody. */
    evenBusy: z.boolean(),
  }),
]);
export type AdapterRequest = z.infer<typeof requestSchema>;

const problemCodes = ['unreachable', 'refused', 'not_understood', 'unsupported', 'too_late', 'bad_request'] as const;

export const replySchema = z.union([
  z.strictObject({
    ok: z.literal(true),
    op: z.literal('list'),
    models: z.array(modelSchema).check(z.maxLength(mostModels)),
    note,
  }),
  z.strictObject({
    ok: z.literal(true),
    op: z.literal('unload'),
    /**
     * What the list said last. `absent`: it was not in it to begin with, and `busy`: it answers somebody; nothing was asked for
     * then. `listed`: asked for, and still there. `unknown`: asked for, and no list came any more.
     */
    seen: z.enum(['gone', 'listed', 'unknown', 'absent', 'busy']),
    note,
  }),
  z.strictObject({ ok: z.literal(false), code: z.enum(problemCodes), note }),
]);
export type AdapterReply = z.infer<typeof replySchema>;
export type AdapterProblem = Extract<AdapterReply, { ok: false }>;

/** One plain line that fits. */
export const plainNote = (text: string): string =>
  text
    .replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]+/gu, ' ')
    .trim()
    .slice(0, 300)
    // A pair that the cut left one half of.
    .replace(/[\uD800-\uDBFF]$/, '');

export const problem = (code: AdapterProblem['code'], text: string): AdapterProblem => ({
  ok: false,
  code,
  note: plainNote(text),
});
