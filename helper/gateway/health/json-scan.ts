/**
 * JSON (RFC 8259) that is checked as it comes and not kept: a list of models may be long, and whoever sends it may mean ill.
 * Held are at most a kilobyte of one string and the place in the value.
 */

/** Where a string stands: names of members and indices of elements, from the outermost value on. */
export type Place = readonly (string | number)[];

export interface JsonScan {
  /** False: it is no JSON, whatever comes next. */
  readonly take: (text: string) => boolean;
  /** Whether what came is one whole value. */
  readonly isWhole: () => boolean;
}

export interface JsonListener {
  /** A string; one of more than 1,024 characters is not told of. */
  readonly onString: (place: Place, value: string) => void;
  /** An array, before its elements. */
  readonly onArray: (place: Place) => void;
}

const deepest = 64;
const keptCharacters = 1_024;

const space = /[ \t\n\r]*/y;
/** All but the quote, the backslash and what must be escaped. */
const inString = /[\u0020\u0021\u0023-\u005b\u005d-\uffff]*/y;
const inAtom = /[-+.0-9A-Za-z]*/y;
const atom = /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)$/;

type Expected = 'value' | 'value or end' | 'key' | 'key or end' | 'colon' | 'comma or end' | 'nothing';
type Inside = 'between' | 'string' | 'escape' | 'atom';

export const createJsonScan = ({ onString, onArray }: JsonListener): JsonScan => {
  const place: (string | number)[] = [];
  let expected: Expected = 'value';
  let inside: Inside = 'between';
  let isKey = false;
  /** The string or atom as written so far; null: too long to be kept. */
  let raw: string | null = '';
  /** Hexadecimal digits that an escape still needs. */
  let hexLeft = 0;
  let isBroken = false;

  const keep = (piece: string): void => {
    if (raw !== null) raw = raw.length + piece.length > keptCharacters ? null : raw + piece;
  };

  const ended = (): void => {
    expected = place.length === 0 ? 'nothing' : 'comma or end';
  };

  const opens = (first: string | number): boolean => {
    if (place.length >= deepest) return false;
    if (first === 0) onArray([...place]);
    place.push(first);
    expected = first === 0 ? 'value or end' : 'key or end';
    return true;
  };

  const closes = (isArray: boolean): boolean => {
    if (typeof place.at(-1) !== (isArray ? 'number' : 'string')) return false;
    if (expected !== 'comma or end' && expected !== (isArray ? 'value or end' : 'key or end')) return false;
    place.pop();
    ended();
    return true;
  };

  const comma = (): boolean => {
    const at = place.at(-1);
    if (expected !== 'comma or end' || at === undefined) return false;
    if (typeof at === 'number') place[place.length - 1] = at + 1;
    expected = typeof at === 'number' ? 'value' : 'key';
    return true;
  };

  const colon = (): boolean => {
    if (expected !== 'colon') return false;
    expected = 'value';
    return true;
  };

  const wantsValue = (): boolean => expected === 'value' || expected === 'value or end';
  const wantsKey = (): boolean => expected === 'key' || expected === 'key or end';

  const begins = (what: 'string' | 'atom'): boolean => {
    isKey = what === 'string' && wantsKey();
    if (!isKey && !wantsValue()) return false;
    inside = what;
    raw = '';
    return true;
  };

  const endString = (): void => {
    inside = 'between';
    const value = raw === null ? null : (JSON.parse(`"${raw}"`) as string);
    if (!isKey) {
      if (value !== null) onString([...place], value);
      ended();
      return;
    }
    place[place.length - 1] = value ?? '';
    expected = 'colon';
  };

  const endAtom = (): boolean => {
    inside = 'between';
    ended();
    return raw !== null && atom.test(raw);
  };

  const mark = (character: string): boolean => {
    switch (character) {
      case '{':
        return wantsValue() && opens('');
      case '[':
        return wantsValue() && opens(0);
      case '}':
        return closes(false);
      case ']':
        return closes(true);
      case ',':
        return comma();
      case ':':
        return colon();
      case '"':
        return begins('string');
      default:
        return false;
    }
  };

  const escaped = (character: string): boolean => {
    keep(character);
    if (hexLeft > 0) {
      hexLeft -= 1;
      if (hexLeft === 0) inside = 'string';
      return /[0-9a-fA-F]/.test(character);
    }
    if (character === 'u') hexLeft = 4;
    else inside = 'string';
    return /["\\/bfnrtu]/.test(character);
  };

  const run = (pattern: RegExp, text: string, at: number): number => {
    pattern.lastIndex = at;
    pattern.test(text);
    return pattern.lastIndex;
  };

  /** Where to go on; -1: it is no JSON. */
  const step = (text: string, at: number): number => {
    const character = text.charAt(at);
    if (inside === 'escape') return escaped(character) ? at + 1 : -1;
    if (inside === 'string') {
      const end = run(inString, text, at);
      keep(text.slice(at, end));
      if (end === text.length) return end;
      if (text[end] === '"') endString();
      else if (text[end] === '\\') {
        keep('\\');
        inside = 'escape';
      } else return -1;
      return end + 1;
    }
    if (inside === 'atom') {
      const end = run(inAtom, text, at);
      keep(text.slice(at, end));
      if (end === text.length) return end;
      return endAtom() ? end : -1;
    }
    const start = run(space, text, at);
    if (start > at) return start;
    if (run(inAtom, text, at) > at) return begins('atom') ? at : -1;
    return mark(character) ? at + 1 : -1;
  };

  return {
    take: (text) => {
      for (let at = 0; at < text.length && !isBroken; ) {
        const next = step(text, at);
        if (next < 0) isBroken = true;
        else at = next;
      }
      return !isBroken;
    },
    isWhole: () => {
      if (isBroken) return false;
      // A number alone ends with the text.
      if (inside === 'atom' && place.length === 0) return raw !== null && atom.test(raw);
      return inside === 'between' && expected === 'nothing';
    },
  };
};
