import type { Host } from '../host/port.ts';
import {
  failure,
  type History,
  type HistoryRange,
  listedFootprintBytes,
  type Status,
  type VerbResult,
} from '../protocol/index.ts';
import { doctorChecks } from './doctor.ts';
import type { Handlers } from './server/dispatch.ts';
import type { KeeperState } from './state.ts';
import { largest, processRow } from './status.ts';

/** What the verbs draw on. */
export interface HandlerSources {
  readonly host: Host;
  readonly state: () => KeeperState;
  /** Null until the first sample. */
  readonly status: () => Status | null;
  readonly history: (range: HistoryRange, columns: number) => History | null;
  readonly ownPids: () => ReadonlySet<number>;
  readonly reloadConfig: () => VerbResult<'config.reload'>;
  readonly wallMs: () => number;
}

const measuring = { ok: false, failure: failure('not_ready') } as const;

/** One handler a verb; the server has already checked tier and arguments. */
export const createHandlers = (sources: HandlerSources): Handlers => ({
  'read.status': () => {
    const result = sources.status();
    return result === null ? measuring : { ok: true, result };
  },
  'read.processes': ({ all }) => {
    const { processes } = sources.state();
    if (processes === null) return measuring;
    const own = sources.ownPids();
    const rows = largest(processes.views, processes.views.length, all ? 0 : listedFootprintBytes);
    return { ok: true, result: { atMs: sources.wallMs(), processes: rows.map((view) => processRow(view, own)) } };
  },
  'read.history': ({ range, columns }) => {
    const result = sources.history(range, columns);
    return result === null ? measuring : { ok: true, result };
  },
  'read.doctor': () => {
    const status = sources.status();
    return status === null ? measuring : { ok: true, result: { checks: [...doctorChecks(status, sources.host)] } };
  },
  'config.reload': () => ({ ok: true, result: sources.reloadConfig() }),
  'sim.set': ({ key, value }) => {
    const answer = sources.host.simulate?.(key, value);
    if (answer === undefined) return { ok: false, failure: failure('only_on_sim') };
    return answer.ok
      ? { ok: true, result: { now: answer.now } }
      : { ok: false, failure: failure('bad_arguments', answer.detail) };
  },
});
