import { isTargetPid } from './tombstone.ts';

/**
 * What is said on `deadman.sock`: one JSON object a line, each way, parsed by hand. Both ends are Castellan's own and belong
 * to one account; a line that is none of these ends the connection all the same.
 */

export type ToDeadman =
  /** First: who this keeper is. `started` as in a tombstone. */
  | {
      readonly type: 'hello';
      readonly instance: string;
      readonly pid: number;
      readonly started: string | null;
      readonly boot: string;
    }
  /** The judging loop advances. */
  | { readonly type: 'beat'; readonly sequence: number }
  /** Asks to acknowledge the tombstone of this name as it is now. */
  | { readonly type: 'watch'; readonly request: number; readonly tombstone: string };

export type FromDeadman =
  /** Said to whoever connects. */
  | { readonly type: 'deadman'; readonly pid: number }
  /** The hello was heard; so many tombstones of other instances are left. */
  | { readonly type: 'greeting'; readonly instance: string; readonly foreign: number }
  | { readonly type: 'foreign'; readonly left: number }
  | { readonly type: 'heard'; readonly sequence: number }
  | { readonly type: 'watched'; readonly request: number }
  | { readonly type: 'refused'; readonly request: number; readonly why: string }
  /** A tombstone of this keeper is done with by the deadman's hand. */
  | { readonly type: 'thawed'; readonly pid: number; readonly start: string; readonly why: string };

/** Longest line either side takes, bytes. */
export const longestLine = 4096;

export const encodeLine = (message: ToDeadman | FromDeadman): string => `${JSON.stringify(message)}\n`;

/**
 * Cuts what arrives into lines. Returns false when a line is too long or `take` refuses one: the connection is at its end.
 */
export const lineReader = (take: (line: string) => boolean): ((chunk: Buffer) => boolean) => {
  let rest = '';
  return (chunk) => {
    const lines = (rest + chunk.toString('latin1')).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > longestLine || lines.some((line) => line.length > longestLine)) return false;
    // What is said is UTF-8; cutting at line breaks works on its bytes.
    return lines.every((line) => take(Buffer.from(line, 'latin1').toString('utf8')));
  };
};

type Fields = Readonly<Record<string, unknown>>;

const fieldsOf = (line: string): Fields | null => {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null;
  } catch {
    return null;
  }
};

const isText = (value: unknown, most = 1024): value is string =>
  typeof value === 'string' && value.length > 0 && value.length <= most;
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

export const parseToDeadman = (line: string): ToDeadman | null => {
  const fields = fieldsOf(line);
  if (fields === null) return null;
  const { type, instance, pid, started, boot, sequence, request, tombstone } = fields;
  switch (type) {
    case 'hello':
      return isText(instance, 64) && isTargetPid(pid) && (started === null || isText(started, 64)) && isText(boot, 128)
        ? { type, instance, pid, started, boot }
        : null;
    case 'beat':
      return isCount(sequence) ? { type, sequence } : null;
    case 'watch':
      return isCount(request) && isText(tombstone, 32) ? { type, request, tombstone } : null;
    default:
      return null;
  }
};

export const parseFromDeadman = (line: string): FromDeadman | null => {
  const fields = fieldsOf(line);
  if (fields === null) return null;
  const { type, instance, foreign, left, sequence, request, why, pid, start } = fields;
  switch (type) {
    case 'deadman':
      return isCount(pid) ? { type, pid } : null;
    case 'greeting':
      return isText(instance, 64) && isCount(foreign) ? { type, instance, foreign } : null;
    case 'foreign':
      return isCount(left) ? { type, left } : null;
    case 'heard':
      return isCount(sequence) ? { type, sequence } : null;
    case 'watched':
      return isCount(request) ? { type, request } : null;
    case 'refused':
      return isCount(request) && isText(why) ? { type, request, why } : null;
    case 'thawed':
      return isTargetPid(pid) && isText(start, 128) && isText(why) ? { type, pid, start, why } : null;
    default:
      return null;
  }
};
