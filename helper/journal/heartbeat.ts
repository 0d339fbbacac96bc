import { stat } from 'node:fs';
import type { LevelName } from '../protocol/index.ts';

/**
 * The heartbeat file: small JSON, replaced by temporary file and rename, so that a reader sees one whole beat or the one
 * before it. Its modification time alone tells observers that the keeper lives.
 */

export interface Heartbeat {
  readonly pid: number;
  readonly version: string;
  /** Differs for each start of the keeper. */
  readonly instance: string;
  readonly wallMs: number;
  readonly level: LevelName;
  /** As the kernel returned it. */
  readonly kernelLevel: number | null;
  readonly compressorGrowthBytesPerSecond: number | null;
  readonly availableBytes: number | null;
  /** What was last done about memory; nothing yet. */
  readonly lastAction: string | null;
  /** Grows by one with each beat. */
  readonly sequence: number;
}

export type BeatResult =
  | { readonly ok: true }
  /** `busy`: the disk has not finished the beat before. */
  | { readonly ok: false; readonly problem: 'busy' | 'unwritable'; readonly detail: string };

export interface HeartbeatStats {
  readonly written: number;
  readonly failed: number;
  /** Beats left out because the one before was still being written. */
  readonly skipped: number;
}

export interface HeartbeatWriter {
  /** Never waits for the disk on the caller's thread, and has at most one write under way. */
  readonly beat: (body: Heartbeat) => Promise<BeatResult>;
  readonly stats: () => HeartbeatStats;
}

/** Puts the text in place of the file at `path`; false when it could not. */
export type ReplaceFile = (path: string, text: string) => Promise<boolean>;

/** `replace`: the keeper gives the journal worker's, which costs no wake-up of its own. */
export const createHeartbeat = (path: string, replace: ReplaceFile): HeartbeatWriter => {
  let busy = false;
  let written = 0;
  let failed = 0;
  let skipped = 0;
  return {
    beat: async (body) => {
      if (busy) {
        skipped++;
        return { ok: false, problem: 'busy', detail: 'the beat before is still being written' };
      }
      busy = true;
      try {
        const done = await replace(path, `${JSON.stringify(body)}\n`);
        if (done) written++;
        else failed++;
        return done ? { ok: true } : { ok: false, problem: 'unwritable', detail: path };
      } finally {
        busy = false;
      }
    },
    stats: () => ({ written, failed, skipped }),
  };
};

/** Milliseconds since the file was last replaced, by its modification time alone; null when there is none. */
export const heartbeatAge = (path: string, nowWallMs: number = Date.now()): Promise<number | null> =>
  new Promise((resolve) => {
    stat(path, (fault, stats) => resolve(fault === null ? Math.max(0, nowWallMs - stats.mtimeMs) : null));
  });
