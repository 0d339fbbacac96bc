/**
 * A report is two JSON documents one after the other: a header, on a line of its own, and a body. Either may be cut off
 * (a full disk, a restart in the middle), and what stands behind the header may not be JSON at all. One pass over the text,
 * no recursion: time is linear in its length, whatever it has in it.
 */

export interface Documents {
  /** Null: there is none that can be read. */
  readonly header: unknown;
  readonly body: unknown;
  /** What is not JSON: the whole text, or what follows the header. Null: all of it was. */
  readonly plain: string | null;
  /** False: something was cut off, and what is here is what could be read before that. */
  readonly isComplete: boolean;
}

/** A panic has seven levels (process, thread, frames), a JetsamEvent four. */
export const depthLimit = 32;

const [quote, backslash, comma] = [0x22, 0x5c, 0x2c];
const [openList, closeList, openObject, closeObject] = [0x5b, 0x5d, 0x7b, 0x7d];

interface Extent {
  /** Behind its last character; of one that is cut off: behind the last value that is there whole. */
  readonly end: number;
  /** Where the kernel's own words can be closed when they are cut off; null: they are not, or something else is. */
  readonly textEnd: number | null;
  /** What would close it; empty: it is closed. */
  readonly closers: string;
}

/** The escape at `at` is there whole: a backslash and a character, or `u` and four digits. */
const isWholeEscape = (text: string, at: number): boolean =>
  at + 1 < text.length && (text[at + 1] !== 'u' || at + 5 < text.length);

/** A name or a figure of which half is there would be another one. Words are worth reading as far as they go. */
const isWords = (text: string, from: number): boolean =>
  /"panic(?:S|_s)tring"\s{0,8}:\s{0,8}$/.test(text.slice(Math.max(0, from - 40), from));

/** Where the document that begins at `from` ends. Null: nested too deep. */
const extentOf = (text: string, from: number): Extent | null => {
  const open: string[] = [];
  let whole = from;
  let inString = false;
  let stringFrom = from;
  let textEnd = text.length;
  for (let at = from; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (inString) {
      if (code === backslash) {
        if (!isWholeEscape(text, at)) textEnd = at;
        at += 1;
      } else if (code === quote) inString = false;
    } else if (code === quote) {
      inString = true;
      stringFrom = at;
    } else if (code === openList || code === openObject) {
      open.push(code === openList ? ']' : '}');
      if (open.length > depthLimit) return null;
      whole = at + 1;
    } else if (code === closeList || code === closeObject) {
      open.pop();
      whole = at + 1;
      if (open.length === 0) return { end: whole, textEnd: null, closers: '' };
    } else if (code === comma) whole = at;
  }
  return {
    end: whole,
    textEnd: inString && isWords(text, stringFrom) ? textEnd : null,
    closers: open.toReversed().join(''),
  };
};

/** Undefined: not JSON. */
const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const skipBlanks = (text: string, from: number): number => {
  let at = from;
  // Blanks of JSON, the byte order mark, and NUL, with which a file is filled up when a machine loses its power.
  while (at < text.length && ' \t\r\n\ufeff\0'.includes(text.charAt(at))) at += 1;
  return at;
};

type Parsed = { readonly value: unknown; readonly end: number; readonly isWhole: boolean };

/** Null: there is no JSON object here. */
const documentAt = (text: string, from: number): Parsed | null => {
  if (text.charCodeAt(from) !== openObject) return null;
  const extent = extentOf(text, from);
  if (extent === null) return null;
  const { end, textEnd, closers } = extent;
  const closed = textEnd === null ? undefined : parsed(`${text.slice(from, textEnd)}"${closers}`);
  const value = closed ?? parsed(text.slice(from, end) + closers);
  return value === undefined ? null : { value, end, isWhole: closers === '' };
};

export const readDocuments = (text: string): Documents => {
  const from = skipBlanks(text, 0);
  const first = documentAt(text, from);
  if (first === null) return { header: null, body: null, plain: text.slice(from), isComplete: false };
  const next = skipBlanks(text, first.end);
  const second = first.isWhole ? documentAt(text, next) : null;
  if (second !== null) return { header: first.value, body: second.value, plain: null, isComplete: second.isWhole };
  const rest = first.isWhole ? text.slice(next) : '';
  // A body that was saved without its header is both.
  return {
    header: first.value,
    body: first.value,
    plain: rest === '' ? null : rest,
    isComplete: first.isWhole && rest === '',
  };
};
