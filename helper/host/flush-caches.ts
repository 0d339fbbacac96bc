import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { cleanText } from './text.ts';

/** Dropping file caches: by purge(8) on a Mac, by the kernel's own switch on Linux. Both are root's, both take seconds. */

export type Flush = () => Promise<{ readonly ok: true } | { readonly ok: false; readonly detail: string }>;

/** Part of macOS; needs no argument, and waits for the disk (purge(8)). Not yet seen at work on a Mac of 64 GB. */
const purgeProgram = '/usr/sbin/purge';
const purgeMs = 9_000;

export interface FlushOptions {
  /** Effective uid of this process. */
  readonly uid: number;
  /** In place of the usual one: for tests. */
  readonly path?: string;
}

const failed = (detail: string): { readonly ok: false; readonly detail: string } => ({
  ok: false,
  detail: cleanText(detail, 200),
});

const messageOf = (fault: unknown): string => (fault instanceof Error ? fault.message : String(fault));

/** Undefined: this process may not, so that it is never proposed. */
export const createPurge = ({ uid, path = purgeProgram }: FlushOptions): Flush | undefined =>
  uid !== 0
    ? undefined
    : () =>
        new Promise((resolve) => {
          const options = { cwd: '/', env: {}, timeout: purgeMs, killSignal: 'SIGKILL', maxBuffer: 65_536 } as const;
          try {
            execFile(path, [], options, (error) => {
              if (error === null) resolve({ ok: true });
              else if (error.killed === true) resolve(failed(`${path} was not done within ${purgeMs / 1_000} s`));
              else resolve(failed(`${path}: ${error.message.split('\n')[0] ?? ''}`));
            });
          } catch (fault) {
            resolve(failed(`${path}: ${messageOf(fault)}`));
          }
        });

const dropSwitch = '/proc/sys/vm/drop_caches';
/** Clean pages of files; 2 and 3 would drop inodes and directory entries, too, which frees little and slows everything. */
const pageCache = '1';

const isWritable = (path: string): boolean => {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
};

/** Undefined: this process may not, or the switch cannot be written here, as in most containers. */
export const createDropCaches = ({ uid, path = dropSwitch }: FlushOptions): Flush | undefined =>
  uid !== 0 || !isWritable(path)
    ? undefined
    : async () => {
        try {
          // On a thread: the kernel answers when it is done. It is never made where it is not.
          const file = await open(path, constants.O_WRONLY);
          try {
            await file.write(pageCache);
          } finally {
            await file.close();
          }
          return { ok: true };
        } catch (fault) {
          return failed(`${path}: ${messageOf(fault)}`);
        }
      };
