import type { MacVerdict } from './check.ts';

/** Figures out of what Apple's tools print, and whether two of them agree. */

const units: Readonly<Record<string, number>> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 };

/** The first match's number times its unit (K, M, G or none); null: there is none. */
export const bytesOf = (text: string, pattern: RegExp): number | null => {
  const [, figure, unit = ''] = pattern.exec(text) ?? [];
  const value = Number(figure);
  const by = units[unit];
  return figure === undefined || by === undefined || !Number.isFinite(value) ? null : value * by;
};

/** The whole number behind a word; null: there is none. */
export const numberAfter = (text: string, word: string): number | null => {
  const at = text.indexOf(word);
  const [found] = at < 0 ? [] : (/\d+/.exec(text.slice(at + word.length)) ?? []);
  return found === undefined ? null : Number(found);
};

/** A row of vm_stat: `Pages free:      3194.` */
export const pagesOf = (text: string, name: string): number | null => {
  const line = text.split('\n').find((each) => each.startsWith(`${name}:`));
  return line === undefined ? null : numberAfter(line, ':');
};

/** Within a share of the larger, or within `slack`. */
export const agrees = (a: number, b: number, share: number, slack: number): boolean =>
  Math.abs(a - b) <= Math.max(Math.max(a, b) * share, slack);

export const apart = (a: number, b: number): string =>
  `${((100 * Math.abs(a - b)) / Math.max(a, b, 1)).toFixed(1)} % apart`;

/** Nothing to compare with: the check says nothing. */
export const missingTool = (tool: string, err: string): MacVerdict => ({
  state: 'skip',
  why: `${tool} gave no figure to compare with${err.trim() === '' ? '' : `: ${err.trim().split('\n')[0]}`}`,
});
