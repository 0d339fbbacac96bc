import * as z from 'zod/mini';
import { labelPattern } from '../host/label.ts';

/**
 * What is said on `supervisor.sock`: lines of JSON. The supervisor tells its list when somebody connects and whenever it
 * changes, and answers each request under its number.
 */

/** Largest property list that is read, bytes. */
export const maxSpecBytes = 65_536;
/** A request has a label and little else, but for the one that carries a property list, whose bytes take up to six in JSON. */
export const maxRequestBytes = 8 * maxSpecBytes;
/** Room for the list of all services. */
export const maxAnswerBytes = 2 ** 20;

const id = z.int().check(z.minimum(0));
const label = z.string().check(z.regex(labelPattern));

export const requestSchema = z.discriminatedUnion('verb', [
  z.strictObject({ id, verb: z.literal('list') }),
  z.strictObject({ id, verb: z.literal('bootstrap'), label }),
  z.strictObject({ id, verb: z.literal('bootout'), label }),
  z.strictObject({ id, verb: z.literal('print'), label }),
  z.strictObject({ id, verb: z.literal('define'), label, plist: z.string().check(z.maxLength(maxSpecBytes)) }),
  z.strictObject({ id, verb: z.literal('kickstart'), label, restart: z.optional(z.boolean()) }),
]);
export type Request = z.infer<typeof requestSchema>;
export type Verb = Request['verb'];

const lastExit = z.nullable(z.object({ code: z.nullable(z.int()), signal: z.nullable(z.string()) }));

const jobRow = z.object({ label: z.string(), pid: z.nullable(z.int()), lastExit });

/** Booted out within the last minute, and gone. */
const departed = z.optional(z.array(z.object({ label: z.string(), lastExit })));

const refusal = z.object({
  id,
  ok: z.literal(false),
  problem: z.enum(['absent', 'already', 'ending', 'refused', 'unsupported', 'failed']),
  detail: z.string(),
});

const job = z.object({
  label: z.string(),
  pid: z.nullable(z.int()),
  lastExit,
  exitTimeoutSeconds: z.nullable(z.number()),
  hasMachServices: z.nullable(z.boolean()),
});

const answer = z.object({ id, ok: z.literal(true), job: z.optional(job), jobs: z.optional(z.array(jobRow)) });

/** All the supervisor says. */
export const messageSchema = z.union([
  z.object({ event: z.literal('jobs'), jobs: z.array(jobRow), departed }),
  refusal,
  answer,
]);
export type Message = z.infer<typeof messageSchema>;

const newline = 10;

export const toLine = (message: object): string => `${JSON.stringify(message)}\n`;

const tooLong = (mostBytes: number) => ({ detail: `a line of more than ${mostBytes} bytes` });

const readLine = (bytes: Uint8Array): { readonly value: unknown } | { readonly detail: string } => {
  try {
    return { value: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) };
  } catch {
    return { detail: 'a line that is not JSON' };
  }
};

/**
 * Cuts a stream into lines and reads each as JSON. `onWrong` is told once, of the first line that is too long, not UTF-8
 * or not JSON; nothing is read after it.
 */
export const createLineReader = (
  mostBytes: number,
  onValue: (value: unknown) => void,
  onWrong: (detail: string) => void,
): ((chunk: Uint8Array) => void) => {
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  let isOver = false;

  const stop = (detail: string): void => {
    isOver = true;
    held = [];
    onWrong(detail);
  };

  const takeLine = (last: Uint8Array): void => {
    const bytes = held.length === 0 ? last : Buffer.concat([...held, last]);
    held = [];
    heldBytes = 0;
    const read = bytes.length > mostBytes ? tooLong(mostBytes) : readLine(bytes);
    if ('value' in read) onValue(read.value);
    else stop(read.detail);
  };

  return (chunk) => {
    let from = 0;
    while (!isOver && from < chunk.length) {
      const end = chunk.indexOf(newline, from);
      if (end < 0) {
        heldBytes += chunk.length - from;
        if (heldBytes > mostBytes) stop(tooLong(mostBytes).detail);
        else held.push(chunk.slice(from));
        return;
      }
      takeLine(chunk.subarray(from, end));
      from = end + 1;
    }
  };
};
