import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { recoverySteps } from '../relief/recovery-words.ts';
import type { ReliefMemory } from '../relief/state.ts';

/** state/relief.json: what the next start of the keeper should know. Losing it makes the keeper more careful, nothing else. */

export const memoryPath = (directory: string): string => join(directory, 'relief.json');

const formatVersion = 1;
const longest = 65_536;

const count = z.int().check(z.nonnegative());
const memorySchema = z.strictObject({
  choice: z.nullable(z.enum(['live', 'dry_run'])),
  choiceOver: z.enum(['live', 'dry_run']),
  gate: z.strictObject({ observedMs: z.number().check(z.nonnegative()), plans: count, wrong: count }),
  sheds: z
    .array(
      z.strictObject({
        label: z.string().check(z.minLength(1), z.maxLength(128)),
        staysDown: z.boolean(),
        agoMs: z.number().check(z.nonnegative()),
      }),
    )
    .check(z.maxLength(64)),
  remedyAgoMs: z.nullable(z.number().check(z.nonnegative())),
  ending: z
    .array(
      z.strictObject({
        pid: count,
        start: z.string().check(z.maxLength(64)),
        /** Not in files of older keepers. */
        seat: z._default(z.nullable(z.string().check(z.maxLength(64))), null),
      }),
    )
    .check(z.maxLength(256)),
  braked: z
    .array(z.strictObject({ key: z.string().check(z.maxLength(96)), agoMs: z.number().check(z.nonnegative()) }))
    .check(z.maxLength(8)),
  /** Not in files of older keepers. */
  seats: z._default(
    z
      .array(
        z.strictObject({
          name: z.string().check(z.minLength(1), z.maxLength(64)),
          peakBytes: z.number().check(z.nonnegative()),
          failure: z.nullable(
            z.strictObject({
              kind: z.enum(['crash_loop', 'never_ready', 'start_failed', 'ended']),
              count: count,
              agoMs: z.number().check(z.nonnegative()),
            }),
          ),
        }),
      )
      .check(z.maxLength(64)),
    [],
  ),
  /** Not in files of older keepers. */
  strikes: z._default(
    z
      .array(
        z.strictObject({
          seat: z.string().check(z.minLength(1), z.maxLength(64)),
          cheap: count,
          inference: count,
          integrity: count,
        }),
      )
      .check(z.maxLength(64)),
    [],
  ),
  /** Not in files of older keepers. */
  recovery: z._default(
    z.nullable(
      z.strictObject({ seat: z.string().check(z.minLength(1), z.maxLength(64)), step: z.enum(recoverySteps) }),
    ),
    null,
  ),
});
const fileSchema = z.strictObject({ version: z.literal(formatVersion), memory: memorySchema });

export const memoryText = (memory: ReliefMemory): string => `${JSON.stringify({ version: formatVersion, memory })}\n`;

export type Recalled =
  /** `writtenMs`: wall time at which it was written. */
  | { readonly kind: 'memory'; readonly memory: ReliefMemory; readonly writtenMs: number }
  | { readonly kind: 'none' }
  /** It is there and not to be believed. */
  | { readonly kind: 'damaged'; readonly detail: string };

/** `uid`: the account of the keeper; a file of another one, or one that others can write, is not believed. */
export const readMemory = (directory: string, uid: number): Recalled => {
  const path = memoryPath(directory);
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  let fd: number;
  try {
    fd = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (fault) {
    const code = fault instanceof Error && 'code' in fault ? fault.code : fault;
    return code === 'ENOENT' ? { kind: 'none' } : damaged(`${path}: ${code}`);
  }
  try {
    const seen = fstatSync(fd);
    if (!seen.isFile()) return damaged(`${path} is not a file`);
    if (seen.uid !== uid) return damaged(`${path} belongs to uid ${seen.uid}`);
    if ((seen.mode & 0o022) !== 0) return damaged(`${path} can be written by others`);
    if (seen.size > longest) return damaged(`${path} has ${seen.size} bytes`);
    const bytes = Buffer.alloc(seen.size);
    const read = readSync(fd, bytes, 0, bytes.length, 0);
    const parsed = z.safeParse(fileSchema, JSON.parse(bytes.toString('utf8', 0, read)));
    if (!parsed.success) return damaged(`${path} has another form: ${z.prettifyError(parsed.error)}`);
    return { kind: 'memory', memory: parsed.data.memory, writtenMs: seen.mtimeMs };
  } catch (fault) {
    return damaged(`${path}: ${fault instanceof Error ? fault.message : String(fault)}`);
  } finally {
    closeSync(fd);
  }
};

const damaged = (detail: string): Recalled => ({ kind: 'damaged', detail });
