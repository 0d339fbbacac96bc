import { defaultConfig, GB, MB } from '../../helper/config/config.ts';
import { decide } from '../../helper/keeper/decide.ts';
import { initialState } from '../../helper/keeper/state.ts';
import { machineReading, processReading, processTable, readingOf } from '../fakes/readings.ts';
import { printRow } from './row.ts';

/** `decide` over a day of a machine with 600 processes, at the cadence it chooses itself, with a seat. */
const dayMs = 24 * 3_600_000;
const config = {
  ...defaultConfig,
  seats: [
    {
      name: 'big',
      class: 'protected' as const,
      label: 'big',
      peakBytes: 41 * GB,
      wiredBytes: 18 * GB,
      oracle: null,
      drainSeconds: 30,
    },
  ],
};
const processes = Array.from({ length: 600 }, (_, index) =>
  processReading(index + 2, { ppid: index < 5 ? 1 : 2 + (index % 5), footprintBytes: (index + 1) * MB }),
);
const services = [['big', 2]] as const;

const once = (): { readonly ms: number; readonly steps: number } => {
  const began = performance.now();
  let state = initialState(0);
  let steps = 0;
  while (state.next.atMs <= dayMs) {
    const nowMs = state.next.atMs;
    const { depth } = state.next;
    const machine = machineReading({ atMs: nowMs, freeBytes: 13 * GB + (nowMs % 911) * MB });
    const reading = readingOf(depth, machine, {
      services,
      table: depth === 'full' ? processTable(processes, nowMs) : null,
      chosen: depth === 'slot' ? processes.slice(0, 1) : [],
    });
    const decision = decide(state, { nowMs, reading, events: [] }, config);
    const events = decision.effects.map(({ id }) => ({
      type: 'effect' as const,
      id,
      outcome: 'ok' as const,
      detail: '',
    }));
    state = decide(decision.state, { nowMs, reading: null, events }, config).state;
    steps += 2;
  }
  return { ms: performance.now() - began, steps };
};

once();
const runs = [once(), once(), once()].sort((a, b) => a.ms - b.ms);
const ms = Math.round(runs[1]?.ms ?? Number.NaN);
printRow({
  name: 'decide',
  figure: `24 h × 600 processes, ${runs[1]?.steps ?? 0} calls`,
  value: ms,
  unit: 'ms',
  goal: '≤ 2000',
  met: ms <= 2000,
});
