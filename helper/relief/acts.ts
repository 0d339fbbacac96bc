import type { KillAllowedEntry, PolicyEntry } from '../config/config.ts';
import type { ProcessId } from '../host/reading.ts';

/**
 * What relief can do. An act carries the policy that allows it: freezing takes an entry, ending a process takes an entry
 * whose class is `kill_allowed`, shedding takes a service the operator listed. Nothing else can be written down.
 */

/** Freezes at a time; a group counts once. */
export const mostFreezes = 8;

/** One process as it was when it was chosen. */
export interface Target {
  readonly id: ProcessId;
  readonly name: string;
  readonly command: string;
  readonly uid: number;
  readonly footprintBytes: number;
}

export interface FreezeAct {
  readonly verb: 'freeze';
  readonly entry: PolicyEntry;
  /** The match first, then its group; each gets a tombstone of its own, all acknowledged before the first signal. */
  readonly targets: readonly [Target, ...Target[]];
  /** Who chose: the brake, the level path, or the operator. */
  readonly path: 'brake' | 'level' | 'approved';
}

/** SIGTERM; resumes first when frozen. */
export interface TerminateAct {
  readonly verb: 'terminate';
  readonly entry: KillAllowedEntry;
  readonly target: Target;
  /** Of the service it is run by: on a job that comes back under another pid its label is credited; null: of none. */
  readonly label: string | null;
}

/** SIGKILL, by approval only, of what did not end on TERM. */
export interface KillAct {
  readonly verb: 'kill';
  readonly entry: KillAllowedEntry;
  readonly target: Target;
  readonly label: string | null;
}

/** Boots out a service the operator listed for it. */
export interface ShedAct {
  readonly verb: 'shed';
  readonly label: string;
  readonly at: 'ladder_1' | 'yellow' | 'orange';
  /** Its processes as they were when it was chosen, its own first. */
  readonly targets: readonly Target[];
}

/** Brings back what was shed. */
export interface RestoreAct {
  readonly verb: 'restore';
  readonly label: string;
}

/** Boots out a seat: an on-call one when idle by itself, otherwise by approval; a protected one by approval only. */
export interface BootoutAct {
  readonly verb: 'bootout';
  readonly seat: string;
  readonly label: string;
  readonly class: 'protected' | 'on_call';
  /** Its processes as they were when it was chosen, its main one first: what was approved is this run of it, not the next. */
  readonly targets: readonly Target[];
}

/** Ends a seat that does no work, by force if need be, and starts it again: one step after the other (`recovery.ts`), by approval only. */
export interface RecoverAct {
  readonly verb: 'recover';
  readonly seat: string;
  readonly label: string;
  readonly class: 'protected' | 'on_call';
  /** Its processes as they were when it was chosen, its main one first: this run of it, and nobody else. */
  readonly targets: readonly Target[];
  /** Where it listens; null: castellan.toml does not say. */
  readonly address: string | null;
}

/** What a recovery orders at a time; the rest of it is looking. */
export type RecoverDeed = 'stop' | 'kill' | 'port';

/** Runs the service that stands in for a seat which is dead, or ends it. */
export interface FallbackAct {
  readonly verb: 'fallback' | 'fallback_end';
  readonly seat: string;
  readonly label: string;
  /** Label of the seat's own service: the two never run at once. */
  readonly primary: string;
  /** The port that both listen at; null: not known. */
  readonly address: string | null;
}

/** SIGCONT to all of one freeze. */
export interface ResumeAct {
  readonly verb: 'resume';
  readonly freeze: number;
  readonly targets: readonly Target[];
  readonly why: string;
}

/** Flushes disk caches. */
export interface PurgeAct {
  readonly verb: 'purge';
}

/** Asks a foreign runtime to unload a model. */
export interface UnloadAct {
  readonly verb: 'unload';
  readonly runtime: string;
  readonly model: string;
  /** What the runtime unloads it by. */
  readonly instance: string;
  /** Above all processes whose footprint is measured. */
  readonly server: ProcessId;
  readonly footprintBytes: number;
}

export type Act =
  | FreezeAct
  | TerminateAct
  | KillAct
  | ShedAct
  | RestoreAct
  | BootoutAct
  | RecoverAct
  | FallbackAct
  | ResumeAct
  | PurgeAct
  | UnloadAct;

export type ActVerb = Act['verb'];

/** Acts that relieve, one in 120 s; the others do not wait. */
export type Remedy = Exclude<Act, RestoreAct | ResumeAct | FallbackAct>;

/** The counter by which an act is measured. */
export type Counter = 'footprint' | 'wired' | 'growth' | 'service' | 'cache';

/** What an act is expected to do, stated before it is done. */
export interface Expectation {
  readonly counter: Counter;
  /** Bytes that come back; 0 for a freeze, which frees nothing. */
  readonly bytes: number;
  /** Growth that ends, bytes a second; 0 for verbs that return bytes. */
  readonly bytesPerSecond: number;
}

/** One act with its reason. `hash` names exactly this: verb, target with identity, and cause. */
export interface Plan {
  readonly id: number;
  readonly hash: string;
  readonly act: Act;
  /** One sentence: why this, now. */
  readonly reason: string;
  readonly cause: Cause;
  readonly expected: Expectation;
  readonly plannedMs: number;
}

/** What a plan answers to; when it is gone, so is the plan. */
export type Cause =
  | { readonly kind: 'level'; readonly atLeast: 1 | 2 | 3 }
  | { readonly kind: 'ladder'; readonly step: 1 | 2 | 3 }
  | { readonly kind: 'brake' }
  | { readonly kind: 'frozen_too_long' }
  | { readonly kind: 'did_not_end' }
  | { readonly kind: 'calm' }
  /** A seat does no work. */
  | { readonly kind: 'zombie' }
  /** A seat does not run, and another service may stand in. */
  | { readonly kind: 'primary_dead' }
  | { readonly kind: 'operator' };
