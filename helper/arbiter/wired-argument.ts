import type { SeatConfig } from '../config/config.ts';

/**
 * The arguments by which a seat's program is told how much it may hold wired. It takes them at its start and keeps to them
 * until it ends: another limit needs another start.
 */

const MB = 2 ** 20;
const place = '{mb}';

type WiredSeat = Pick<SeatConfig, 'wiredBytes' | 'wiredArgument' | 'command'>;

/** In whole megabytes, as the programs take it. */
export const wiredMb = ({ wiredBytes }: Pick<SeatConfig, 'wiredBytes'>): number => Math.round(wiredBytes / MB);

/** Empty when nothing is declared to be wired, or the program takes no such argument. */
export const wiredArguments = (seat: Omit<WiredSeat, 'command'>): readonly string[] =>
  wiredMb(seat) === 0 ? [] : seat.wiredArgument.map((each) => each.replaceAll(place, String(wiredMb(seat))));

const words = (text: string): readonly string[] => text.split(/\s+/).filter((word) => word !== '');

const startsAt = (line: readonly string[], part: readonly string[], at: number): boolean =>
  part.every((word, index) => line[at + index] === word);

/** The figure with which a command line has the arguments; null: it does not have them. */
const figureIn = (line: readonly string[], template: readonly string[]): number | null => {
  const withPlace = template.findIndex((word) => word.includes(place));
  const [before = '', after = ''] = template[withPlace]?.split(place) ?? [];
  for (let at = 0; at + template.length <= line.length; at++) {
    const word = line[at + withPlace];
    if (word === undefined || !word.startsWith(before) || !word.endsWith(after)) continue;
    const figure = word.slice(before.length, word.length - after.length);
    if (!/^\d{1,12}$/.test(figure)) continue;
    const filled = template.map((each) => each.replaceAll(place, figure));
    if (startsAt(line, filled, at)) return Number(figure);
  }
  return null;
};

const holds = (line: readonly string[], part: readonly string[]): boolean =>
  part.length > 0 && line.some((_, at) => startsAt(line, part, at));

/**
 * Whether a seat runs with another wired limit than is declared. `commands` are those of its processes, its main one
 * first, as the process table has them. Arguments that are not there at all tell something only of a program that was
 * started as castellan.toml says: what an operator's own property list leaves out, the next start would leave out too.
 */
export const runsWithOtherWired = (seat: WiredSeat, commands: readonly string[]): boolean => {
  const template = words(seat.wiredArgument.join(' '));
  if (!template.some((word) => word.includes(place))) return false;
  const lines = commands.map(words);
  for (const line of lines) {
    const figure = figureIn(line, template);
    if (figure !== null) return figure !== wiredMb(seat);
  }
  const [main = []] = lines;
  return wiredMb(seat) > 0 && seat.command !== null && holds(main, words(seat.command.join(' ')));
};
