/** Six hours of dry run with a sensor that works and no plan marked as wrong, before going live is offered. */

export const gateNeededMs = 6 * 3600_000;

export interface GateState {
  /** Time observed with valid sensors since the count began. */
  readonly observedMs: number;
  readonly lastMs: number | null;
  readonly plans: number;
  readonly wrong: number;
}

export const initialGate: GateState = { observedMs: 0, lastMs: null, plans: 0, wrong: 0 };
