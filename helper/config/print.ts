import type { Config, PolicyEntry } from './config.ts';
import { printQuantity } from './units.ts';

const size = (bytes: number): string => printQuantity('size', bytes);

const setEntry = (entries: Map<string, string>, entry: PolicyEntry): void => {
  const key = `relief.entry "${entry.name}"`;
  entries.set(`${key}.pattern`, entry.pattern);
  entries.set(`${key}.class`, entry.class);
  entries.set(`${key}.freeze_floor`, size(entry.freezeFloorBytes));
  if (entry.class === 'kill_allowed') {
    entries.set(`${key}.kill_floor`, size(entry.killFloorBytes));
    entries.set(`${key}.pre_authorised`, String(entry.preAuthorised));
  }
  entries.set(`${key}.group`, entry.group);
  entries.set(`${key}.without_asking`, String(entry.withoutAsking));
  if (entry.oracle !== null) entries.set(`${key}.oracle`, entry.oracle);
  if (entry.ownerUid !== null) entries.set(`${key}.owner_uid`, String(entry.ownerUid));
};

/** The configuration as keys of the file and printed values, in the order of the file. Seats and entries go by name, services by label. */
export const configEntries = (config: Config): ReadonlyMap<string, string> => {
  const { pressure, relief, history, seats, alerts } = config;
  const entries = new Map<string, string>();
  for (const level of ['yellow', 'orange', 'red'] as const) {
    entries.set(`pressure.${level}.available`, size(pressure[level].availableBytes));
    entries.set(`pressure.${level}.swap`, printQuantity('percent', pressure[level].swapPercent));
  }
  entries.set('pressure.swap_arm_from', size(pressure.swapArmFromBytes));
  entries.set('pressure.compressor_growth', printQuantity('rate', pressure.compressorGrowthBytesPerSecond));
  entries.set('relief.mode', relief.mode);
  entries.set('relief.purge', relief.purge);
  if (relief.dependsOn.length > 0) entries.set('relief.depends_on', relief.dependsOn.join(', '));
  // The first entry that matches counts, so their order is a setting of its own.
  if (relief.entries.length > 1) entries.set('relief.entry', relief.entries.map((entry) => entry.name).join(', '));
  for (const entry of relief.entries) setEntry(entries, entry);
  for (const { label, at } of relief.services) entries.set(`relief.service "${label}".at`, at);
  if (alerts.file !== null) entries.set('alerts.file', alerts.file);
  entries.set('history.max', size(history.maxBytes));
  for (const seat of seats) {
    const key = `seat "${seat.name}"`;
    entries.set(`${key}.class`, seat.class);
    entries.set(`${key}.label`, seat.label);
    entries.set(`${key}.peak`, size(seat.peakBytes));
    entries.set(`${key}.wired`, size(seat.wiredBytes));
    entries.set(`${key}.drain`, printQuantity('duration', seat.drainSeconds * 1000));
    if (seat.oracle !== null) entries.set(`${key}.oracle`, seat.oracle);
  }
  return entries;
};

/** `relief.entry "QEMU"` of `relief.entry "QEMU".class`; null: a setting of its own. */
const memberOf = (key: string): string | null => /^[a-z.]+ ".*"(?=\.[a-z_]+$)/.exec(key)?.[0] ?? null;

/** All settings of one member, "class freeze_only, group none". */
const memberText = (member: string, entries: ReadonlyMap<string, string>): string =>
  [...entries]
    .filter(([key]) => memberOf(key) === member)
    .map(([key, value]) => `${key.slice(member.length + 1)} ${value}`)
    .join(', ');

const hasMember = (member: string, entries: ReadonlyMap<string, string>): boolean =>
  [...entries.keys()].some((key) => memberOf(key) === member);

const unset = 'not set';

/**
 * What changes from one configuration to the other: `key: old → new`, one a line; empty when nothing does. An entry, a
 * seat or a service that comes or goes is one line.
 */
export const configDiff = (before: Config, after: Config): readonly string[] => {
  const old = configEntries(before);
  const now = configEntries(after);
  const keys = new Set([...old.keys(), ...now.keys()]);
  const lines = [...keys]
    .filter((key) => old.get(key) !== now.get(key))
    .map((key) => {
      const member = memberOf(key);
      if (member !== null && !hasMember(member, old)) return `${member}: ${unset} → ${memberText(member, now)}`;
      if (member !== null && !hasMember(member, now)) return `${member}: ${memberText(member, old)} → ${unset}`;
      return `${key}: ${old.get(key) ?? unset} → ${now.get(key) ?? unset}`;
    });
  return [...new Set(lines)];
};
