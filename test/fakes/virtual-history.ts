import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { defaultConfig } from '../../helper/config/config.ts';
import { createSimHost } from '../../helper/host/sim/host.ts';
import { simSeats } from '../../helper/host/sim/seats.ts';
import { openStore } from '../../helper/journal/history-file.ts';
import type { MachineSample } from '../../helper/journal/samples.ts';
import { reserveOf, seatStateOf } from '../../helper/keeper/judgement/status.ts';
import { startLoop } from '../../helper/keeper/loop.ts';
import { growthWindowMs, windowGrowth } from '../../helper/memory/growth.ts';

/** What a keeper of the simulated Mac would have recorded, had it run for so long: its loop in virtual time. */

export interface VirtualPast {
  readonly lengthMs: number;
  /** Wall time of the last sample, ms since 1970. */
  readonly untilMs: number;
}

export const virtualHistory = ({ lengthMs, untilMs }: VirtualPast): readonly MachineSample[] => {
  const host = createSimHost({ clock: 'manual' });
  // Nobody here carries out what is decided: a seat that was told to end would end for the whole day.
  const config = { ...defaultConfig, seats: simSeats.map((seat) => ({ ...seat, idleSeconds: lengthMs })) };
  const samples: MachineSample[] = [];
  const loop = startLoop({
    host,
    config: () => config,
    carryOut: async () => ({ outcome: 'ok', detail: '' }),
    onFault: (fault) => {
      throw fault;
    },
    onStep: ({ reading, nowMs }, { state }) => {
      if (reading === null || reading.depth === 'fast') return;
      samples.push({
        wallMs: untilMs - lengthMs + nowMs,
        tiers: state.tiers,
        swapUsedBytes: state.machine?.swap?.usedBytes ?? null,
        level: state.level.level,
        kernelLevel: state.machine?.kernelLevel ?? null,
        compressorGrowthBytesPerSecond: windowGrowth(state.compressor, growthWindowMs),
        reserveLineBytes: reserveOf(state, config)?.lineBytes ?? null,
        seats: state.seats.map((view) => ({
          name: view.name,
          footprintBytes: view.footprintBytes,
          state: seatStateOf(state, view.name),
        })),
      });
    },
  });
  host.advance(lengthMs);
  loop.stop();
  void host.close();
  return samples;
};

const batch = 5000;

/** Puts a past into a run directory, before its keeper starts. */
export const writePast = (runDirectory: string, past: VirtualPast): number => {
  const state = path.join(runDirectory, 'state');
  mkdirSync(runDirectory, { recursive: true, mode: 0o755 });
  mkdirSync(state, { mode: 0o700 });
  const samples = virtualHistory(past);
  const store = openStore(path.join(state, 'history.db'), defaultConfig.history.maxBytes);
  for (let from = 0; from < samples.length; from += batch) store.insert(samples.slice(from, from + batch), []);
  store.close();
  return samples.length;
};
