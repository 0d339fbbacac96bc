import { type Config, defaultConfig } from '../../helper/config/config.ts';
import type { MachineReading } from '../../helper/host/reading.ts';
import { type Decision, decide } from '../../helper/keeper/judgement/decide.ts';
import type { Effect } from '../../helper/keeper/judgement/effect.ts';
import type { KeeperEvent } from '../../helper/keeper/judgement/events.ts';
import type { Reading } from '../../helper/keeper/judgement/reading.ts';
import { initialState, type KeeperState } from '../../helper/keeper/judgement/state.ts';
import { machineReading, readingOf } from './readings.ts';

/** What the machine reads at a time. */
export type World = (nowMs: number) => Partial<MachineReading>;

export interface Sampled {
  readonly nowMs: number;
  readonly decision: Decision;
}

/**
 * Drives `decide` in virtual time exactly as the loop would: each sample at the moment and depth that `decide` asked
 * for, each effect completed at once. Returns every step up to and including `untilMs`.
 */
export const runVirtual = (
  world: World,
  untilMs: number,
  options: {
    readonly config?: Config;
    readonly from?: KeeperState;
    readonly reading?: (nowMs: number, reading: Reading) => Reading;
    readonly outcome?: (effect: Effect) => 'ok' | 'failed' | 'timed_out';
  } = {},
): { readonly state: KeeperState; readonly steps: readonly Sampled[]; readonly effects: readonly Effect[] } => {
  const config = options.config ?? defaultConfig;
  const steps: Sampled[] = [];
  const effects: Effect[] = [];
  let state = options.from ?? initialState(0);
  while (state.next.atMs <= untilMs) {
    const nowMs = state.next.atMs;
    const machine = machineReading({ atMs: nowMs, ...world(nowMs) });
    const plain = readingOf(state.next.depth, machine);
    const decision = decide(state, { nowMs, reading: options.reading?.(nowMs, plain) ?? plain, events: [] }, config);
    steps.push({ nowMs, decision });
    state = decision.state;
    effects.push(...decision.effects);
    const events = decision.effects.map(
      (effect): KeeperEvent => ({
        type: 'effect',
        id: effect.id,
        outcome: options.outcome?.(effect) ?? 'ok',
        detail: '',
      }),
    );
    if (events.length > 0) {
      const completed = decide(state, { nowMs, reading: null, events }, config);
      state = completed.state;
      effects.push(...completed.effects);
    }
  }
  return { state, steps, effects };
};
