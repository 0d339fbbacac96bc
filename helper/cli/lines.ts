import { cut, width } from './printable.ts';

/** Lines of styled text, so that width can be known and colours left out. */

export const styles = {
  plain: '',
  bold: '1',
  dim: '2',
  green: '32',
  yellow: '33',
  // 256-colour palette: the sixteen have no orange.
  orange: '38;5;208',
  red: '31',
  blue: '34',
  magenta: '35',
  cyan: '36',
} as const;
export type Style = keyof typeof styles;

export interface Span {
  readonly text: string;
  readonly style: Style;
}
export type Line = readonly Span[];

export const span = (text: string, style: Style = 'plain'): Span => ({ text, style });

const paintSpan = ({ text, style }: Span, colours: boolean): string =>
  !colours || style === 'plain' || text === '' ? text : `\u001b[${styles[style]}m${text}\u001b[0m`;

/** One line as text, cut at `columns` (infinite for a file or pipe). Never has trailing spaces. */
export const paint = (line: Line, colours: boolean, columns = Number.POSITIVE_INFINITY): string => {
  let left = columns;
  let painted = '';
  for (const part of line) {
    if (left <= 0) break;
    const text = cut(part.text, left);
    left -= width(text);
    painted += paintSpan({ ...part, text }, colours);
  }
  return painted.trimEnd();
};
