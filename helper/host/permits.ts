import type { ProcessId } from './reading.ts';

/**
 * Proofs without which a host neither stops nor kills: `host.stop` takes a `StopPermit`, `host.kill` a `KillPermit`, and
 * both can be made here only. The linter lets one file import each factory: the freezer, once the deadman has
 * acknowledged the tombstone, and the executor of what the operator approved.
 */

declare const permit: unique symbol;

export interface StopPermit {
  readonly [permit]: 'stop';
  readonly id: ProcessId;
  /** File name of the tombstone that was acknowledged. */
  readonly tombstone: string;
}

export interface KillPermit {
  readonly [permit]: 'kill';
  readonly id: ProcessId;
  /** Plan that was approved. */
  readonly plan: number;
}

export const permitStop = (id: ProcessId, tombstone: string): StopPermit => ({ id, tombstone }) as StopPermit;

export const permitKill = (id: ProcessId, plan: number): KillPermit => ({ id, plan }) as KillPermit;
