import type { Gate } from '../protocol/index.ts';
import type { ReliefMemory } from './state.ts';

/** Six hours of dry run with a sensor that works and no plan marked as wrong, before going live is offered. */

export const gateNeededMs = 6 * 3600_000;
/** What lies between two looks further apart was not observed: sleep, or a keeper that hung. */
const longestStepMs = 10_000;

export interface GateState {
  /** Time observed with valid sensors since the count began. */
  readonly observedMs: number;
  /** When it was observed last; null: not observing now, or not yet. */
  readonly lastMs: number | null;
  readonly plans: number;
  readonly wrong: number;
}

export const initialGate: GateState = { observedMs: 0, lastMs: null, plans: 0, wrong: 0 };

export type ReliefMode = 'live' | 'dry_run' | 'observe_only';

/** Counts the time between two looks that both saw a dry run with valid sensors. */
export const observeGate = (
  state: GateState,
  nowMs: number,
  { sensorsValid, mode }: { readonly sensorsValid: boolean; readonly mode: ReliefMode },
): GateState => {
  if (!sensorsValid || mode !== 'dry_run') return state.lastMs === null ? state : { ...state, lastMs: null };
  const stepMs = state.lastMs === null ? 0 : nowMs - state.lastMs;
  const counts = stepMs > 0 && stepMs <= longestStepMs;
  return { ...state, observedMs: state.observedMs + (counts ? stepMs : 0), lastMs: nowMs };
};

/** An act was planned. */
export const planned = (state: GateState): GateState => ({ ...state, plans: state.plans + 1 });

/** "That was wrong": the count begins anew. */
export const markWrong = (state: GateState): GateState => ({
  ...state,
  observedMs: 0,
  plans: 0,
  wrong: state.wrong + 1,
});

export const mayGoLive = (state: GateState): boolean => state.observedMs >= gateNeededMs;

export const gateStatus = (state: GateState, mode: ReliefMode): Gate => ({
  state: mode === 'live' ? 'live' : mayGoLive(state) ? 'open' : 'counting',
  observedSeconds: Math.floor(state.observedMs / 1000),
  neededSeconds: gateNeededMs / 1000,
  plans: state.plans,
  wrong: state.wrong,
});

const counted = (value: number): number => (Number.isFinite(value) && value > 0 ? Math.floor(value) : 0);

/** What an earlier run counted; what cannot be a count is none. The time between the two runs was not observed. */
export const restoreGate = (memory: ReliefMemory['gate']): GateState => ({
  observedMs: counted(memory.observedMs),
  lastMs: null,
  plans: counted(memory.plans),
  wrong: counted(memory.wrong),
});

export const gateMemory = ({ observedMs, plans, wrong }: GateState): ReliefMemory['gate'] => ({
  observedMs,
  plans,
  wrong,
});
