import type { Config } from '../config/config.ts';
import { type Decision, decide } from '../keeper/judgement/decide.ts';
import type { Effect } from '../keeper/judgement/effect.ts';
import type { KeeperEvent } from '../keeper/judgement/events.ts';
import type { Reading } from '../keeper/judgement/reading.ts';
import { initialState, type KeeperState } from '../keeper/judgement/state.ts';
import type { Plan } from '../relief/acts.ts';
import type { SeatAnswer } from '../seats/events.ts';
import type { Moment } from './moments.ts';
import { tellDecision } from './tell.ts';

/** A keeper in virtual time: `decide` with its state, what it said, and the proposals it made. */

export interface KnownProposal {
  readonly id: number;
  readonly hash: string;
  readonly plan: Plan;
}

export interface VirtualKeeper {
  readonly state: () => KeeperState;
  readonly step: (nowMs: number, reading: Reading | null, events: readonly KeeperEvent[]) => Decision;
  /** All it made, also those that are closed; latest last. */
  readonly proposals: () => readonly KnownProposal[];
  readonly plans: ReadonlyMap<number, Plan>;
}

export interface KeeperOptions {
  readonly startMs: number;
  readonly config: Config;
  readonly tell: (moment: Moment) => void;
  readonly log: (line: string) => void;
  /** Owed by the shell from now on. */
  readonly onEffect: (effect: Effect, nowMs: number) => void;
  readonly onSeatAnswers: (answers: readonly SeatAnswer[], nowMs: number) => void;
}

export const startKeeper = ({ startMs, config, tell, log, onEffect, onSeatAnswers }: KeeperOptions): VirtualKeeper => {
  let state = initialState(startMs);
  const proposals = new Map<number, KnownProposal>();
  const plans = new Map<number, Plan>();
  const teller = tellDecision(tell, plans);

  return {
    state: () => state,
    proposals: () => [...proposals.values()],
    plans,
    step: (nowMs, reading, events) => {
      const before = state.relief;
      const decision = decide(state, { nowMs, reading, events }, config);
      state = decision.state;
      if (state.relief.approvals !== before.approvals)
        for (const { id, plan } of state.relief.approvals.open) {
          // Put last again when it is made anew.
          if (proposals.get(id)?.hash !== plan.hash) proposals.delete(id);
          proposals.set(id, { id, hash: plan.hash, plan });
        }
      teller(nowMs, decision);
      const { effects, reasons, answers, seatAnswers, rows } = decision;
      const explanation = state.relief.explanation === before.explanation ? undefined : state.relief.explanation;
      const { next, level } = state;
      log(
        JSON.stringify({ nowMs, next, level: level.level, effects, reasons, answers, seatAnswers, rows, explanation }),
      );
      onSeatAnswers(seatAnswers, nowMs);
      for (const effect of effects) onEffect(effect, nowMs);
      return decision;
    },
  };
};
