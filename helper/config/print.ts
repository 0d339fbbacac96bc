import { type PushTarget, shownUrl } from '../protocol/push.ts';
import { addressText } from './addresses.ts';
import {
  type AdvisorConfig,
  type Config,
  type ContainersConfig,
  type PolicyEntry,
  type RuntimeConfig,
  type SeatConfig,
  seatDefaults,
} from './config.ts';
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

/** A list as it is written: JSON's texts are TOML's as well. */
const list = (words: readonly string[]): string => `[${words.map((word) => JSON.stringify(word)).join(', ')}]`;

const setReady = (set: (key: string, value: string) => void, ready: SeatConfig['ready']): void => {
  switch (ready?.kind) {
    case 'http':
      set('ready.url', ready.url);
      break;
    case 'command':
      set('probe_cmd', list(ready.argv));
      break;
    case undefined:
  }
};

const setHealth = (set: (key: string, value: string) => void, health: SeatConfig['health']): void => {
  if (health === null) return;
  const { listUrls, chatUrl, model, files, tls } = health;
  if (listUrls.length > 0) set('health.list', list(listUrls));
  if (chatUrl !== null) set('health.chat', chatUrl);
  if (model !== null) set('health.model', model);
  if (files !== null) set('health.program', files.program);
  if (files !== null && files.beside.length > 0) set('health.beside', list(files.beside));
  if (files?.sha256) set('health.sha256', files.sha256);
  if (tls !== null) for (const key of ['ca', 'cert', 'key'] as const) set(`health.tls.${key}`, tls[key]);
};

const isUsual = (wiredArgument: readonly string[]): boolean => list(wiredArgument) === list(seatDefaults.wiredArgument);

const setSeat = (entries: Map<string, string>, seat: SeatConfig): void => {
  const set = (key: string, value: string): void => {
    entries.set(`seat "${seat.name}".${key}`, value);
  };
  const lasts = (key: string, seconds: number): void => set(key, printQuantity('duration', seconds * 1000));
  set('class', seat.class);
  set('label', seat.label);
  set('domain', seat.domain);
  set('peak', size(seat.peakBytes));
  if (seat.note !== null) set('note', seat.note);
  set('wired', size(seat.wiredBytes));
  set('band', seat.band);
  if (seat.class === 'on_call') lasts('idle', seat.idleSeconds);
  setReady(set, seat.ready);
  lasts('ready_timeout', seat.readySeconds);
  lasts('drain', seat.drainSeconds);
  if (seat.port !== null) set('port', String(seat.port));
  if (seat.proxy !== null) {
    set('proxy.listen', addressText(seat.proxy.listen));
    set('proxy.target', addressText(seat.proxy.target));
  }
  if (seat.user !== null) set('user', seat.user);
  if (seat.command !== null) set('command', list(seat.command));
  if (!isUsual(seat.wiredArgument)) set('wired_argument', list(seat.wiredArgument));
  if (seat.oracle !== null) set('oracle', seat.oracle);
  if (seat.fallback !== null) set('fallback', seat.fallback);
  setHealth(set, seat.health);
};

const setRuntime = (entries: Map<string, string>, runtime: RuntimeConfig): void => {
  const set = (key: string, value: string): void => void entries.set(`relief.runtime "${runtime.name}".${key}`, value);
  set('kind', runtime.kind);
  set('url', runtime.url);
  set('at', runtime.at);
  set('least_billions', String(runtime.leastBillions));
  set('without_asking', String(runtime.withoutAsking));
  if (runtime.tokenFile !== null) set('token_file', runtime.tokenFile);
  if (runtime.cli !== null) set('cli', runtime.cli);
};

const setPush = (entries: Map<string, string>, target: PushTarget): void => {
  const set = (key: string, value: string): void => void entries.set(`alerts.push "${target.name}".${key}`, value);
  set('kind', target.kind);
  set('url', shownUrl(target.url));
  set('level', target.level);
  if (target.secretFile !== null) set('secret_file', target.secretFile);
  if (target.ca !== null) set('ca', target.ca);
};

/** Addresses whose paths may be secrets, by their keys. */
const hiddenUrls = ({ advisor, alerts }: Config): ReadonlyMap<string, string> =>
  new Map([
    ...(advisor === null ? [] : [['advisor.url', advisor.url] as const]),
    ...alerts.push.map(({ name, url }) => [`alerts.push "${name}".url`, url] as const),
  ]);

/** Of an address that is another one only in what is not shown. */
const hiddenChanges = (before: Config, after: Config): readonly string[] => {
  const known = hiddenUrls(before);
  return [...hiddenUrls(after)].flatMap(([key, url]) => {
    const old = known.get(key);
    const isHidden = old !== undefined && old !== url && shownUrl(old) === shownUrl(url);
    return isHidden ? [`${key}: another path, which is not shown`] : [];
  });
};

const setContainers = (entries: Map<string, string>, containers: ContainersConfig): void => {
  const { socket, idleSeconds, stop, keep, checksPorts, restart } = containers;
  if (socket !== null) entries.set('containers.socket', socket);
  entries.set('containers.idle', printQuantity('duration', idleSeconds * 1000));
  if (stop.length > 0) entries.set('containers.stop', list(stop));
  entries.set('containers.keep', list(keep));
  entries.set('containers.check_ports', String(checksPorts));
  if (restart !== null) entries.set('containers.restart', list(restart));
};

const setAdvisor = (entries: Map<string, string>, advisor: AdvisorConfig): void => {
  const lasts = (key: string, seconds: number): void =>
    void entries.set(`advisor.${key}`, printQuantity('duration', seconds * 1000));
  entries.set('advisor.url', shownUrl(advisor.url));
  entries.set('advisor.model', advisor.model);
  if (advisor.keyFile !== null) entries.set('advisor.key_file', advisor.keyFile);
  if (advisor.caFile !== null) entries.set('advisor.ca', advisor.caFile);
  lasts('after', advisor.afterSeconds);
  lasts('every', advisor.everySeconds);
  lasts('timeout', advisor.withinSeconds);
};

/** The configuration as keys of the file and printed values, in the order of the file. Seats, entries, runtimes and rules go by name, services by label. */
export const configEntries = (config: Config): ReadonlyMap<string, string> => {
  const { pressure, relief, containers, advisor, history, seats, alerts, api, gpu, bands } = config;
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
  for (const { label, at, domain } of relief.services) {
    entries.set(`relief.service "${label}".at`, at);
    if (domain !== undefined) entries.set(`relief.service "${label}".domain`, domain);
  }
  for (const runtime of relief.runtimes) setRuntime(entries, runtime);
  if (containers !== null) setContainers(entries, containers);
  if (advisor !== null) setAdvisor(entries, advisor);
  if (alerts.file !== null) entries.set('alerts.file', alerts.file);
  for (const target of alerts.push) setPush(entries, target);
  entries.set('history.max', size(history.maxBytes));
  entries.set('api.listen', addressText(api.listen));
  if (api.extraListen.length > 0) entries.set('api.extra_listen', list(api.extraListen.map(addressText)));
  entries.set('api.open', String(api.isOpen));
  if (gpu.wiredLimitBytes !== null) entries.set('gpu.wired_limit', size(gpu.wiredLimitBytes));
  // The first rule that matches counts, so their order is a setting of its own.
  if (bands.length > 1) entries.set('band', bands.map(({ name }) => name).join(', '));
  for (const { name, pattern, band } of bands) {
    entries.set(`band "${name}".pattern`, pattern);
    entries.set(`band "${name}".band`, band);
  }
  for (const seat of seats) setSeat(entries, seat);
  return entries;
};

export interface KeyParts {
  readonly list: string;
  readonly name: string;
  readonly rest: string;
}

/** Of `relief.entry "QEMU".class`; null: a setting of its own. */
export const keyParts = (key: string): KeyParts | null => {
  const [, list, name, rest] = /^([a-z.]+) "(.*)"\.([a-z_]+(?:\.[a-z_]+)*)$/.exec(key) ?? [];
  return list === undefined || name === undefined || rest === undefined ? null : { list, name, rest };
};

/** `relief.entry "QEMU"` */
const memberOf = (key: string): string | null => {
  const parts = keyParts(key);
  return parts === null ? null : `${parts.list} "${parts.name}"`;
};

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
  return [...new Set([...lines, ...hiddenChanges(before, after)])];
};
