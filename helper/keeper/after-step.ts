import type { Host } from '../host/port.ts';
import { createShareWatch } from './acting/compressed-shares.ts';
import type { DeadmanLink } from './acting/deadman-link.ts';
import type { Freezer } from './acting/freezer.ts';
import type { RuntimeDesk } from './acting/runtimes-desk.ts';
import type { GatewayViews } from './answering/gateway-views.ts';
import type { Reporter } from './answering/reporter.ts';
import type { SeatDesk } from './answering/seat-handlers.ts';
import type { Configuration } from './configuration.ts';
import type { KeeperEvent } from './judgement/events.ts';
import { modeOf } from './judgement/mode.ts';
import type { KeeperState, Reason } from './judgement/state.ts';
import type { OwnFacts } from './life/own-facts.ts';
import type { LoopOptions } from './loop.ts';
import type { Records } from './records.ts';

/** What follows each step of the loop, in this order: it is written down, answered, told, and looked beyond. */

export interface AfterStepOptions {
  readonly host: Host;
  readonly configuration: Pick<Configuration, 'config'>;
  readonly records: Pick<Records, 'onStep' | 'audit'>;
  readonly seats: Pick<SeatDesk, 'settle'>;
  readonly views: Pick<GatewayViews, 'afterStep'>;
  readonly link: Pick<DeadmanLink, 'beat'>;
  readonly freezer: Pick<Freezer, 'prepare' | 'reread'>;
  readonly ownFacts: Pick<OwnFacts, 'afterSample'>;
  readonly runtimes: Pick<RuntimeDesk, 'afterSample'>;
  readonly reporter: Pick<Reporter, 'afterSample'>;
  readonly post: (event: KeeperEvent) => void;
  readonly log: { readonly notice: (text: string) => void; readonly warn: (text: string) => void };
}

/** After so long without a sample the deadman may have resumed everything. */
const unwatchedMs = 30_000;

/** The rest is worth a line, but no warning. A level that changed is told by what it changed to: in the status. */
const isTrouble = (code: Reason['code']): boolean => code === 'gap' || code === 'sensor' || code === 'effect';

export const createAfterStep = (options: AfterStepOptions): Required<Pick<LoopOptions, 'beforeSample' | 'onStep'>> => {
  const { host, configuration, records, seats, views, link, freezer, ownFacts, runtimes, reporter, post, log } =
    options;
  const watchShares = createShareWatch({ host, post, warn: log.warn });
  let mode = '';
  /** Candidates whose starts the freezer has been told to look up beforehand. */
  let prepared: KeeperState['relief']['candidates'] = [];
  let steps = 0;
  let lastSampleMs = host.clock.nowMs();

  return {
    beforeSample: (nowMs) => {
      if (nowMs - lastSampleMs > unwatchedMs) freezer.reread();
    },
    onStep: (input, decision) => {
      const { state, reasons, seatAnswers } = decision;
      records.onStep(input, decision, configuration.config());
      seats.settle(seatAnswers);
      views.afterStep(input);
      if (input.reading !== null) {
        steps += 1;
        link.beat(steps);
        lastSampleMs = input.nowMs;
      }
      for (const { code, text } of reasons) log[isTrouble(code) ? 'warn' : 'notice'](`${code}: ${text}`);
      if (input.reading === null || input.reading.depth === 'fast') return;
      const now = modeOf(state, configuration.config());
      if (now.name !== mode) records.audit({ kind: 'mode_changed', from: mode, to: now.name, reasons: now.reasons });
      mode = now.name;
      const { candidates } = state.relief;
      if (candidates !== prepared)
        void freezer.prepare(candidates.flatMap(({ targets }) => targets.map(({ id }) => id)));
      prepared = candidates;
      ownFacts.afterSample(state);
      watchShares(state);
      runtimes.afterSample(state);
      reporter.afterSample(input.reading.depth);
    },
  };
};
