import { addressText } from '../config/addresses.ts';
import type { SeatConfig } from '../config/config.ts';
import { shortened } from '../protocol/shortened.ts';

/**
 * Who has the port of a seat. A server that answers there vouches for the seat only if it is the seat's: another program may have
 * taken the port, and answers every question as well as the seat would.
 */
export type PortHolder =
  | { readonly kind: 'nobody' }
  /** A process of the seat. */
  | { readonly kind: 'own' }
  | { readonly kind: 'other'; readonly pid: number; readonly command: string };

/** "127.0.0.1:1337" of a URL on this machine; null: it names no address. */
const addressOfUrl = (url: string): string | null => {
  const { hostname, port, protocol } = new URL(url);
  const host = hostname === 'localhost' ? '127.0.0.1' : hostname;
  if (!/^[\d.]+$|^\[.*\]$/.test(host)) return null;
  return `${host}:${port === '' ? (protocol === 'https:' ? 443 : 80) : port}`;
};

/** Where the seat itself should listen; null: castellan.toml does not say. */
export const seatAddress = ({ port, health, ready, proxy }: SeatConfig): string | null => {
  if (port !== null) return `127.0.0.1:${port}`;
  const url = health?.chatUrl ?? health?.listUrls[0] ?? (ready?.kind === 'http' ? ready.url : null);
  if (url !== null && url !== undefined) return addressOfUrl(url);
  return proxy === null ? null : addressText(proxy.target);
};

const mostCharacters = 80;
const longestWord = 40;

/** A setting, an address, or what is too long for a name and has nothing of a path. */
const isTelling = (word: string): boolean =>
  /[=@]|:\/\//.test(word) || (word.length > longestWord && !word.includes('/'));

/** Which program a command line is. What follows as options may hold a key, and an alert leaves the machine; a module of Python stays. */
export const programOf = (command: string): string => {
  const [, program = '', module = ''] = /^(.*?)(?:( -m [\w.]+)(?: .*)?| -.*)?$/s.exec(command) ?? [];
  const words = program.split(' ');
  const end = words.findIndex((word, at) => at > 0 && isTelling(word));
  return shortened(`${(end < 0 ? words : words.slice(0, end)).join(' ')}${module}`, mostCharacters);
};

/** "python3 server.py (pid 45013)": nothing of its options. */
export const holderWords = ({ pid, command }: Extract<PortHolder, { kind: 'other' }>): string =>
  command === '' ? `pid ${pid}` : `${programOf(command)} (pid ${pid})`;

/** As the completion of an effect, which carries words only. */
export const holderText = (holder: PortHolder): string =>
  holder.kind === 'other' ? `other ${holder.pid} ${programOf(holder.command)}` : holder.kind;

/** Null: it was not found out. */
export const holderOf = (text: string): PortHolder | null => {
  if (text === 'nobody' || text === 'own') return { kind: text };
  const [, pid, command = ''] = /^other (\d+) (.*)$/s.exec(text) ?? [];
  return pid === undefined ? null : { kind: 'other', pid: Number(pid), command };
};
