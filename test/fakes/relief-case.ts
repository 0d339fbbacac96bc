import type { Config } from '../../helper/config/config.ts';
import type { MachineSpec } from './relief-machine.ts';

/** One case of what can happen to a keeper, as plain data: it can be printed, and made smaller until it tells why. */

export interface Outcome {
  readonly outcome: 'ok' | 'failed' | 'timed_out';
  readonly afterMs: number;
}

/** What the operator does with a proposal, so long after it came. */
export interface Answer {
  readonly what: 'approve' | 'unconfirmed' | 'wrong_hash' | 'deny' | 'ignore';
  readonly afterMs: number;
}

export type Happening = { readonly atMs: number } & (
  | { readonly kind: 'deadman_lost' | 'observe_only' | 'audit_lost' | 'gap' | 'blind'; readonly forMs: number }
  | {
      readonly kind: 'restart' | 'foreign_resume' | 'blip' | 'look' | 'thaw' | 'live' | 'dry_run' | 'wrong' | 'restore';
    }
  /** 0 minutes ends a pause. */
  | { readonly kind: 'pause'; readonly minutes: number }
  | { readonly kind: 'ctrl_z' | 'exit'; readonly pid: number }
  | { readonly kind: 'kernel'; readonly level: 1 | 2 | 4; readonly forMs: number }
  | { readonly kind: 'swap'; readonly percent: number; readonly forMs: number }
  | { readonly kind: 'compressor'; readonly mbPerSecond: number; readonly forMs: number }
  | { readonly kind: 'reload'; readonly config: Config }
);

export interface ReliefCase {
  readonly machine: MachineSpec;
  readonly config: Config;
  /** Castellan's own pids. */
  readonly own: readonly number[];
  readonly happenings: readonly Happening[];
  /** Of the acts in their order; those beyond succeed at once. */
  readonly outcomes: readonly Outcome[];
  /** To proposals by their number, over and over; none: nobody is there. */
  readonly answers: readonly Answer[];
  readonly untilMs: number;
}
