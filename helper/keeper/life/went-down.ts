import type { Host } from '../../host/port.ts';
import { levelNames } from '../../memory/level.ts';
import type { Status } from '../../protocol/index.ts';
import type { Records } from '../records.ts';
import { watchCrashReport } from './crash-report.ts';
import { markRun } from './run-mark.ts';

/** Whether the machine went down under the last keeper, what was measured last, and what macOS says of it. */

export interface WentDown {
  readonly status: () => Status['wentDown'];
  /** `orderly`: the machine may go down now. */
  readonly close: (how: 'orderly' | 'failed') => void;
}

const nothing: WentDown = { status: () => null, close: () => {} };

export interface WentDownOptions {
  readonly host: Pick<Host, 'kind' | 'facts' | 'clock'>;
  readonly statePath: string;
  readonly newest: Records['newest'];
  readonly warn: (text: string) => void;
}

export const lookWhetherItWentDown = ({ host, statePath, newest, warn }: WentDownOptions): WentDown => {
  // A simulated machine is a new one each time.
  if (host.kind === 'sim') return nothing;
  const { clock } = host;
  const mark = markRun(statePath, {
    bootId: host.facts.bootId,
    nowMs: clock.wallMs,
    lastSample: newest,
    warn,
  });
  const { wentDown } = mark;
  const reports = watchCrashReport({
    lastSeenMs: host.kind === 'darwin' && wentDown !== null ? (wentDown.last?.atMs ?? wentDown.foundMs) : null,
    clock,
  });
  return {
    status: () => {
      if (wentDown === null) return null;
      const { last } = wentDown;
      return { last: last === null ? null : { ...last, level: levelNames[last.level] }, report: reports.report() };
    },
    close: (how) => {
      reports.close();
      if (how === 'orderly') mark.strike();
    },
  };
};
