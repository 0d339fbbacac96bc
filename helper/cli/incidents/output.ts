import * as z from 'zod/mini';
import { logRowSchema } from '../../protocol/relief.ts';

/** What `castellan incidents --json` prints. Sizes are bytes, times wall time in ms since 1970; null is what is not known. */

const figure = z.nullable(z.number());
const word = z.nullable(z.string());
const list = <T extends z.core.SomeType>(of: T) => z.readonly(z.array(of));

const processSchema = z.strictObject({
  pid: figure,
  name: z.string(),
  bytes: figure,
  /** What `bytes` counts. */
  measure: z.enum(['footprint', 'resident']),
  peakBytes: figure,
  compressedBytes: figure,
  band: figure,
  states: list(z.string()),
  /** Why macOS ended it; null: it did not. */
  reason: word,
  freezeSkipReason: word,
});

const limitSchema = z.nullable(z.strictObject({ percent: z.number(), isBad: z.boolean() }));

export const verdictSchema = z.strictObject({
  kind: z.enum(['jetsam', 'panic']),
  at: figure,
  atIs: z.enum(['event', 'written']),
  bootedAt: figure,
  os: word,
  isComplete: z.boolean(),
  reason: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('killed'), code: z.string() }),
    z.strictObject({ kind: z.literal('none_named') }),
    z.strictObject({ kind: z.literal('watchdog'), seconds: figure }),
    z.strictObject({ kind: z.literal('userspace_watchdog'), service: z.string(), seconds: figure }),
    z.strictObject({ kind: z.literal('other_panic'), text: z.string(), task: word }),
    z.strictObject({ kind: z.literal('unknown') }),
  ]),
  victim: z.nullable(processSchema),
  ended: list(z.strictObject({ code: z.string(), count: z.int() })),
  largest: z.nullable(processSchema),
  largestGroup: z.nullable(z.strictObject({ name: z.string(), count: z.int(), bytes: z.number() })),
  top: list(processSchema),
  processCount: figure,
  compressor: z.nullable(
    z.strictObject({ sizeBytes: figure, storedBytes: figure, segments: limitSchema, pages: limitSchema }),
  ),
  swap: z.nullable(z.strictObject({ files: figure, isLow: z.nullable(z.boolean()) })),
  memory: z.nullable(
    z.strictObject({
      freeBytes: figure,
      wiredBytes: figure,
      anonymousBytes: figure,
      fileBackedBytes: figure,
      totalBytes: figure,
    }),
  ),
  shortOfMemory: z.nullable(z.boolean()),
  sentence: z.string(),
  helped: list(z.string()),
});

export const incidentsOutputSchema = z.strictObject({
  /** Folders that were looked into. */
  folders: list(z.string()),
  /** Newest first. */
  reports: list(
    z.strictObject({
      path: z.string(),
      writtenAtMs: z.number(),
      verdict: z.nullable(verdictSchema),
      /** Why there is no verdict. */
      problem: word,
    }),
  ),
  /** Reports that are there and not shown. */
  older: z.int(),
  /** Folders that could not be read, and the like. */
  problems: list(z.string()),
});
export type IncidentsOutput = z.infer<typeof incidentsOutputSchema>;

export const aroundSchema = z.strictObject({
  /** The last thing Castellan measured before it, if that is not more than a day ago. */
  sample: z.nullable(
    z.strictObject({
      atMs: z.number(),
      level: figure,
      freeBytes: figure,
      compressedBytes: figure,
      wiredBytes: figure,
      swapUsedBytes: figure,
    }),
  ),
  /** Rows of Castellan's log from a quarter of an hour before until five minutes after it; null: this account may not read it. */
  rows: z.nullable(list(logRowSchema)),
});
export type Around = z.infer<typeof aroundSchema>;

export const incidentOutputSchema = z.strictObject({
  path: z.string(),
  writtenAtMs: z.number(),
  verdict: verdictSchema,
  /** Null: no keeper answers, and its files cannot be read. */
  castellan: z.nullable(aroundSchema),
});
export type IncidentOutput = z.infer<typeof incidentOutputSchema>;
