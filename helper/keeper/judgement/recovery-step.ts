import type { Recovery } from '../../relief/recovery-life.ts';
import { interruptedWords } from '../../relief/recovery-words.ts';
import type { ReliefMemory } from '../../relief/state.ts';
import type { Orders } from '../../relief/world.ts';
import type { Ask } from '../../seats/seating.ts';
import { sampleSoon } from './sampling.ts';
import type { KeeperState } from './state.ts';

/** What a recovery needs of the keeper beside relief: its seat is asked for, looks come soon, and one that was cut off is told of. */

/** Memory that a recovered seat does not find at once may be on its way back. */
const recoveredWaitMs = 120_000;

/** A recovery has come so far that its seat is started: it is asked for like any seat, and admission decides. */
export const askForRecovered = (before: Recovery | null, state: KeeperState, nowMs: number): KeeperState => {
  const { recovery } = state.relief;
  if (recovery === null || recovery.step !== 'start' || before?.step === 'start') return state;
  const { act } = recovery.plan;
  const ask: Ask = {
    request: null,
    seat: act.seat,
    ask: 'load',
    sinceMs: nowMs,
    untilMs: nowMs + recoveredWaitMs,
    by: recovery.by,
  };
  return { ...state, seating: { ...state.seating, asks: [...state.seating.asks, ask] } };
};

/** A recovery goes on with what it has just heard, and not a slot later. */
export const recoverySoon = (state: KeeperState, nowMs: number): KeeperState =>
  state.relief.recovery === null ? state : sampleSoon(state, nowMs, 'slot');

/** A recovery that the keeper before this one began: what it has done stands, and the rest is the operator's. */
export const tellInterrupted = ({ recovery }: ReliefMemory, orders: Pick<Orders, 'rows' | 'alerts'>): void => {
  if (recovery === null) return;
  const { seat, step } = recovery;
  const detail = interruptedWords(step, seat);
  orders.rows.push({ kind: 'observed', what: 'recovery', target: seat, detail });
  orders.alerts.push({ alert: 'recovery_failed', subject: seat, detail });
};
