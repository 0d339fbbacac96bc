import { shortened } from '../protocol/shortened.ts';
import { steering } from '../protocol/steering.ts';

/** Text of an untrusted source, made fit to be read and for nothing else. */

/** Sequences that steer a terminal (ECMA-48, 5.4 and 8.3.89), taken out as a whole; what is left of a broken one is replaced. */
const [esc, bell] = [27, 7].map((code) => String.fromCharCode(code));
const sequences = new RegExp(
  `${esc}(?:\\[[0-?]*[ -/]*[@-~]|[\\]PX^_][^${bell}${esc}]{0,512}(?:${bell}|${esc}\\\\)|[@-Z\\\\-_])`,
  'g',
);
/** An element or a comment of HTML: its text stays. */
const tags = /<(?:\/?[A-Za-z][^<>]{0,400}|!--[^<>]{0,400}--)>/g;
/** A link of Markdown: what it is called and where it leads are both shown. */
const links = /\[([^\][\n]{1,200})\]\(([^()\s]{1,400})\)/g;
const marks = /^(?:#{1,6} +|> ?)|\*\*|__|`{1,3}/gm;

/** Printable lines: no markup, no control or format characters, at most so many characters. */
export const plainText = (text: string, characters: number): string =>
  shortened(
    text
      // More is never shown; what follows need not be looked at.
      .slice(0, characters * 8)
      .replaceAll(sequences, '')
      .replaceAll(/\r\n?/g, '\n')
      .replaceAll('\t', '  ')
      .replaceAll(tags, '')
      .replaceAll(links, '$1 ($2)')
      .replaceAll(marks, '')
      .replaceAll(steering, (found) => (found === '\n' ? found : '\u{FFFD}'))
      .replaceAll(/[^\S\n]+$/gm, '')
      .replaceAll(/\n{3,}/g, '\n\n')
      .trim(),
    characters,
  );

/** The same on one line. */
export const plainLine = (text: string, characters: number): string =>
  shortened(plainText(text, characters * 2).replaceAll(/\s*\n\s*/g, ' '), characters);
