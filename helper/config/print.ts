import type { Config } from './config.ts';
import { printQuantity } from './units.ts';

/** The configuration as keys of the file and printed values, in the order of the file. Seats go by name. */
export const configEntries = (config: Config): ReadonlyMap<string, string> => {
  const { pressure, relief, history, seats } = config;
  const size = (bytes: number): string => printQuantity('size', bytes);
  const entries = new Map<string, string>();
  for (const level of ['yellow', 'orange', 'red'] as const) {
    entries.set(`pressure.${level}.available`, size(pressure[level].availableBytes));
    entries.set(`pressure.${level}.swap`, printQuantity('percent', pressure[level].swapPercent));
  }
  entries.set('pressure.swap_arm_from', size(pressure.swapArmFromBytes));
  entries.set('pressure.compressor_growth', printQuantity('rate', pressure.compressorGrowthBytesPerSecond));
  entries.set('relief.mode', relief.mode);
  entries.set('history.max', size(history.maxBytes));
  for (const seat of seats) {
    const key = `seat "${seat.name}"`;
    entries.set(`${key}.class`, seat.class);
    entries.set(`${key}.label`, seat.label);
    entries.set(`${key}.peak`, size(seat.peakBytes));
    entries.set(`${key}.wired`, size(seat.wiredBytes));
  }
  return entries;
};

/** What changes from one configuration to the other: `key: old → new`, one a line; empty when nothing does. */
export const configDiff = (before: Config, after: Config): readonly string[] => {
  const old = configEntries(before);
  const now = configEntries(after);
  const keys = new Set([...old.keys(), ...now.keys()]);
  return [...keys]
    .filter((key) => old.get(key) !== now.get(key))
    .map((key) => `${key}: ${old.get(key) ?? 'none'} → ${now.get(key) ?? 'none'}`);
};
