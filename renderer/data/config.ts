import type { ConfigValue, ConfigView } from '../../helper/protocol/policy.ts';

/** castellan.toml as the settings page shows it: grouped, each value with what holds without it and where it stands. */

export interface ConfigRow {
  readonly key: string;
  /** Without its group. */
  readonly name: string;
  readonly value: string;
  /** What holds when it is left out; empty: there is none for all files. */
  readonly usual: string;
  /** "line 12", or that it is not written. */
  readonly place: string;
  /** It is written, and differs from what holds without it. */
  readonly isChanged: boolean;
}

export interface ConfigGroup {
  readonly title: string;
  readonly rows: readonly ConfigRow[];
}

const titles: Readonly<Record<string, string>> = {
  pressure: 'Levels',
  relief: 'Relief',
  containers: 'Containers',
  alerts: 'Alerts',
  history: 'History',
  api: 'HTTP API',
  gpu: 'GPU',
  band: 'Bands',
  advisor: 'Advisor',
};

/** `seat "Cilghal"` of `seat "Cilghal".peak`; else the first word. */
const groupOf = (key: string): string => /^(?:[a-z_.]+ ".*"(?=\.)|[a-z_]+)/.exec(key)?.[0] ?? key;

const groupTitle = (group: string): string => {
  const [, list, name] = /^([a-z_.]+) "(.*)"$/.exec(group) ?? [];
  if (list === undefined || name === undefined) return titles[group] ?? group;
  const what: Readonly<Record<string, string>> = {
    seat: 'Seat',
    band: 'Band',
    'relief.entry': 'Rule',
    'relief.service': 'Service to shed',
    'relief.runtime': 'Runtime',
    'alerts.push': 'Push',
  };
  return `${what[list] ?? list} ${name}`;
};

const rowOf = ({ key, value, usual, line }: ConfigValue, group: string): ConfigRow => ({
  key,
  name: key.length > group.length ? key.slice(group.length + 1) : key,
  value,
  usual: usual ?? '',
  place: line === null ? 'not written' : `line ${line}`,
  isChanged: line !== null && usual !== null && usual !== value,
});

const isWanted = ({ key, value }: ConfigValue, words: readonly string[]): boolean => {
  const text = `${key} ${value}`.toLowerCase();
  return words.every((word) => text.includes(word));
};

/** @param filter words that key or value must have, all of them */
export const configGroups = ({ values }: Pick<ConfigView, 'values'>, filter: string): readonly ConfigGroup[] => {
  const words = filter
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  const groups = new Map<string, ConfigRow[]>();
  for (const value of values) {
    if (!isWanted(value, words)) continue;
    const group = groupOf(value.key);
    const rows = groups.get(group);
    const row = rowOf(value, group);
    if (rows === undefined) groups.set(group, [row]);
    else rows.push(row);
  }
  return [...groups].map(([group, rows]) => ({ title: groupTitle(group), rows }));
};

export const configFileText = ({ file }: Pick<ConfigView, 'file'>): string => {
  switch (file.state) {
    case 'file':
      return `These are what ${file.path} says, and what holds where it says nothing. It is root’s file: shown here, changed there.`;
    case 'defaults':
      return `There is no ${file.path}: all of this is built in. The command below begins one from the example file.`;
    case 'invalid':
      return `${file.path} cannot be used: Castellan only observes, with what is built in.`;
  }
};
