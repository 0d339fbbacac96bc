import { type Config, defaultConfig } from '../../helper/config/config.ts';
import { toContainers } from '../../helper/config/schema-containers.ts';
import type { Heard } from '../../helper/containers/orders.ts';
import type { AuditFacts } from '../../helper/journal/audit.ts';
import type { Adapters } from '../../helper/keeper/acting/adapters.ts';
import { type ContainerDesk, createContainerDesk } from '../../helper/keeper/acting/container-desk.ts';
import { type Decision, decide } from '../../helper/keeper/judgement/decide.ts';
import type { Effect } from '../../helper/keeper/judgement/effect.ts';
import type { Input, KeeperEvent } from '../../helper/keeper/judgement/events.ts';
import { initialState, type KeeperState } from '../../helper/keeper/judgement/state.ts';
import { machineReading, readingOf } from './readings.ts';

/** A keeper in virtual time whose orders about containers are carried out by its own desk, through whatever adapter it is given. */

export interface ContainerKeeper {
  /** Goes on until then; `each` is called before every step. */
  readonly until: (nowMs: number, each?: (nowMs: number) => void) => Promise<void>;
  readonly state: () => KeeperState;
  /** Alerts as `kind subject`, with the time each was told. */
  readonly alerts: { readonly atMs: number; readonly alert: string; readonly detail: string }[];
  readonly rows: (AuditFacts & { readonly atMs: number })[];
  readonly inputs: Input[];
  readonly config: Config;
}

export const containerConfig = (
  containers: Parameters<typeof toContainers>[0] = {},
  mode: 'live' | 'dry_run' = 'live',
): Config => ({
  ...defaultConfig,
  relief: { ...defaultConfig.relief, mode },
  containers: toContainers(containers),
});

export const startContainerKeeper = (config: Config, askDocker: Adapters['askDocker']): ContainerKeeper => {
  let state = initialState(0);
  let nowMs = 0;
  const heard: Heard[] = [];
  const alerts: ContainerKeeper['alerts'] = [];
  const rows: ContainerKeeper['rows'] = [];
  const inputs: Input[] = [];
  const audit = (facts: AuditFacts): boolean => {
    rows.push({ ...facts, atMs: nowMs });
    return true;
  };
  const desk: ContainerDesk = createContainerDesk({ adapters: { askDocker }, audit, post: (each) => heard.push(each) });

  const step = (input: Input): Decision => {
    // As the journal would have it.
    inputs.push(JSON.parse(JSON.stringify(input)));
    const decision = decide(state, input, config);
    state = decision.state;
    for (const row of decision.rows) audit(row);
    for (const effect of decision.effects)
      if (effect.kind === 'alert')
        alerts.push({ atMs: nowMs, alert: `${effect.alert} ${effect.subject}`, detail: effect.detail });
    return decision;
  };

  const carryOut = async (effects: readonly Effect[]): Promise<void> => {
    for (const effect of effects) {
      if (effect.kind === 'container') await desk.carryOut(effect.order);
      // A restart goes on by itself; here its machine is quick.
      if (effect.kind === 'container' && effect.order.op === 'restart')
        while (heard.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      const events: KeeperEvent[] = heard.splice(0).map((each) => ({ type: 'containers', heard: each }));
      events.push({ type: 'effect', id: effect.id, outcome: 'ok', detail: '' });
      await carryOut(step({ nowMs, reading: null, events }).effects);
    }
  };

  return {
    until: async (untilMs, each = () => {}) => {
      while (state.next.atMs <= untilMs) {
        nowMs = state.next.atMs;
        each(nowMs);
        const reading = readingOf(state.next.depth, machineReading({ atMs: nowMs }));
        await carryOut(step({ nowMs, reading, events: [] }).effects);
      }
    },
    state: () => state,
    alerts,
    rows,
    inputs,
    config,
  };
};
