import { rmSync } from 'node:fs';
import * as z from 'zod/mini';
import { readTrusted } from '../config/trusted.ts';
import { replaceFile } from '../journal/replace-file.ts';
import type { JobSpec } from './spec.ts';

/**
 * What a supervisor leaves to the next one when it is killed: its jobs go on without it, and must neither be started twice
 * nor be forgotten. A supervisor that is asked to stop ends its jobs and removes the file.
 */

export interface SavedJob {
  readonly spec: JobSpec;
  readonly isEnding: boolean;
  /** When launchd's KILL is due, milliseconds since boot. */
  readonly killAtMs: number | null;
  /** Null with a token: it was being started, and its pid had not been written down yet. */
  readonly pid: number | null;
  readonly start: string | null;
  readonly token: string | null;
  /** Milliseconds since boot. */
  readonly lastStartMs: number | null;
  readonly lastExit: { readonly code: number | null; readonly signal: string | null } | null;
}

export interface SavedState {
  readonly bootId: string;
  readonly jobs: readonly SavedJob[];
  /** Labels that somebody booted out: their property lists are there, and they stay away. */
  readonly bootedOut: readonly string[];
}

const nullable = z.nullable(z.string());
const specShape = z.object({
  label: z.string(),
  program: z.string(),
  argv: z.array(z.string()),
  environment: z.record(z.string(), z.string()),
  workingDirectory: nullable,
  keepAlive: z.boolean(),
  runAtLoad: z.boolean(),
  throttleSeconds: z.number(),
  exitTimeoutSeconds: z.number(),
  standardOut: nullable,
  standardError: nullable,
  userName: nullable,
  hasMachServices: z.boolean(),
}) satisfies z.ZodMiniType<JobSpec>;

const stateShape = z.object({
  bootId: z.string(),
  jobs: z.array(
    z.object({
      spec: specShape,
      isEnding: z.boolean(),
      killAtMs: z.nullable(z.number()),
      pid: z.nullable(z.int()),
      start: nullable,
      token: nullable,
      lastStartMs: z.nullable(z.number()),
      lastExit: z.nullable(z.object({ code: z.nullable(z.number()), signal: nullable })),
    }),
  ),
  bootedOut: z.array(z.string()),
}) satisfies z.ZodMiniType<SavedState>;

const maxBytes = 16 * 2 ** 20;

export type ReadState =
  | { readonly kind: 'read'; readonly state: SavedState }
  | { readonly kind: 'none' }
  | { readonly kind: 'unusable'; readonly detail: string };

/** What an earlier supervisor of this boot left. What is of another boot means nothing. */
export const readState = (path: string, owners: readonly number[], bootId: string): ReadState => {
  const read = readTrusted(path, { owners, maxBytes });
  if (!read.ok) return read.missing ? { kind: 'none' } : { kind: 'unusable', detail: read.failure.detail ?? path };
  try {
    const found = stateShape.safeParse(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(read.bytes)));
    if (!found.success) return { kind: 'unusable', detail: `${path} is not of the form it is written in` };
    return found.data.bootId === bootId ? { kind: 'read', state: found.data } : { kind: 'none' };
  } catch {
    return { kind: 'unusable', detail: `${path} is not JSON` };
  }
};

/** Null: written. Otherwise why not. */
export const writeState = (path: string, state: SavedState): string | null => {
  try {
    replaceFile(path, JSON.stringify(state));
    return null;
  } catch (error) {
    return `${path}: ${error instanceof Error ? error.message : String(error)}`;
  }
};

export const removeState = (path: string): void => rmSync(path, { force: true });
