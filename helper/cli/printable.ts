import { steering } from '../protocol/steering.ts';

/** Names and command lines come from whoever runs a process: before they reach a terminal, whatever could steer it is replaced. */
export const printable = (text: string): string => text.replaceAll(steering, '\u{FFFD}');

/** JSON whose strings are escaped where `printable` would replace: the value stays, the terminal is safe. */
export const printableJson = (value: unknown, indent: number): string =>
  JSON.stringify(value, null, indent).replaceAll(steering, (found) =>
    // JSON.stringify has escaped line feeds inside strings; those that are left are its own indentation.
    found === '\n'
      ? found
      : [...Array(found.length).keys()]
          .map((at) => `\\u${found.charCodeAt(at).toString(16).padStart(4, '0')}`)
          .join(''),
  );

const wide =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;
const combining = /\p{M}/u;

const widthOf = (character: string): number => (combining.test(character) ? 0 : wide.test(character) ? 2 : 1);

/** Columns a printable text takes on a terminal. */
export const width = (text: string): number => [...text].reduce((sum, character) => sum + widthOf(character), 0);

/** At most `columns` wide; what is cut ends in an ellipsis. */
export const cut = (text: string, columns: number): string => {
  if (width(text) <= columns) return text;
  let kept = '';
  let used = 1;
  for (const character of text) {
    used += widthOf(character);
    if (used > columns) break;
    kept += character;
  }
  return columns < 1 ? '' : `${kept}…`;
};
