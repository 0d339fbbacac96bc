import type { Config } from '../config/config.ts';
import { bucket } from '../journal/buckets.ts';
import { openHistory } from '../journal/history.ts';
import { createRing } from '../journal/ring.ts';
import { daySlots, type MachineSample } from '../journal/samples.ts';
import { growthWindowMs, windowGrowth } from '../memory/growth.ts';
import { slotMs } from '../memory/level.ts';
import type { History, HistoryRange, Status } from '../protocol/index.ts';
import type { Decision } from './decide.ts';
import type { Input, KeeperState } from './state.ts';
import { reserveOf } from './status.ts';

/** What is kept of each step: the ring that charts are drawn from, the database behind it, the journal of inputs. */
export interface Records {
  readonly onStep: (input: Input, decision: Decision, config: Config, wallMs: number) => void;
  readonly history: (range: HistoryRange, columns: number, wallMs: number, totalBytes: number) => History;
  readonly telemetry: () => Omit<Status['telemetry'], 'heartbeat'>;
  readonly replaceFile: (path: string, text: string) => Promise<boolean>;
  readonly close: () => Promise<void>;
}

export interface RecordsOptions {
  readonly statePath: string;
  readonly maxBytes: number;
  readonly wallMs: number;
  readonly log: (text: string) => void;
}

export const sampleOf = (state: KeeperState, config: Config, wallMs: number): MachineSample => ({
  wallMs,
  tiers: state.tiers,
  swapUsedBytes: state.machine?.swap?.usedBytes ?? null,
  level: state.level.level,
  kernelLevel: state.machine?.kernelLevel ?? null,
  compressorGrowthBytesPerSecond: windowGrowth(state.compressor, growthWindowMs),
  reserveLineBytes: reserveOf(state, config)?.lineBytes ?? null,
  seats: state.seats.map(({ name, footprintBytes }) => ({ name, footprintBytes })),
});

export const openRecords = async (options: RecordsOptions): Promise<Records> => {
  const store = openHistory({ directory: options.statePath, maxBytes: options.maxBytes, onTrouble: options.log });
  const ring = createRing();
  await store.replay(options.wallMs - daySlots * slotMs, ring.push);
  return {
    onStep: (input, { state }, config, wallMs) => {
      store.inputs.append(JSON.stringify(input));
      if (input.reading === null || input.reading.depth === 'fast') return;
      const sample = sampleOf(state, config, wallMs);
      ring.push(sample);
      store.record(sample);
      if (input.reading.table !== null) store.recordProcesses(input.reading.table.processes);
    },
    history: (range, columns, wallMs, totalBytes) => bucket(ring.view(), range, columns, wallMs, totalBytes),
    telemetry: () => {
      const history = store.stats();
      const journal = store.inputs.stats();
      return {
        history: history.state,
        droppedRows: history.droppedRows,
        journal: journal.state,
        lostRows: journal.lostRows,
      };
    },
    replaceFile: store.replaceFile,
    close: store.close,
  };
};
