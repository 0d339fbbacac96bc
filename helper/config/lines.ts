import { parse } from 'smol-toml';

/**
 * Where each key of a TOML document stands. smol-toml gives positions for syntax errors only, so the text is walked a
 * second time for the keys. The walk relies on the document being valid: it is only done after smol-toml accepted it,
 * and a property test holds the paths found here against the value smol-toml made of the same text.
 * Time and memory are linear in the text, however deep its dotted keys are.
 */

export type Path = readonly (string | number)[];

export interface LineIndex {
  /** 1-based line of the key, table header or array element itself; null when it is not written. */
  readonly exact: (path: Path) => number | null;
  /** Line of the innermost part of the path that is written; null for the document as a whole. */
  readonly nearest: (path: Path) => number | null;
  /** All paths that are written, parents before children. */
  readonly paths: () => readonly Path[];
}

interface Node {
  readonly line: number;
  readonly children: Map<string | number, Node>;
  /** Number of `[[…]]` headers seen for this path; 0 for anything else. */
  tables: number;
}

const node = (line: number): Node => ({ line, children: new Map(), tables: 0 });

export const lineIndex = (text: string): LineIndex => {
  const root = node(1);
  walk(text, root);
  const find = (path: Path): { readonly last: Node | null; readonly whole: boolean } => {
    let at: Node | null = null;
    let here = root;
    for (const part of path) {
      const next = here.children.get(part);
      if (next === undefined) return { last: at, whole: false };
      here = next;
      at = next;
    }
    return { last: at, whole: true };
  };
  return {
    exact: (path) => {
      const { last, whole } = find(path);
      return whole ? (last?.line ?? null) : null;
    },
    nearest: (path) => find(path).last?.line ?? null,
    paths: () => {
      const all: Path[] = [];
      const visit = (from: Node, path: Path): void => {
        for (const [part, child] of from.children) {
          all.push([...path, part]);
          visit(child, [...path, part]);
        }
      };
      visit(root, []);
      return all;
    },
  };
};

/** Fills `root`. One cursor, one pass; the nesting of arrays and inline tables is bounded by smol-toml's `maxDepth`. */
const walk = (text: string, root: Node): void => {
  let at = text.startsWith('\uFEFF') ? 1 : 0;
  let line = 1;
  let table = root;

  const step = (): void => {
    if (text[at] === '\n') line += 1;
    at += 1;
  };
  const blank = (newlines: boolean): void => {
    while (at < text.length) {
      const c = text[at];
      if (c === ' ' || c === '\t' || (newlines && (c === '\n' || c === '\r'))) step();
      else if (c === '#') while (at < text.length && text[at] !== '\n') at += 1;
      else return;
    }
  };
  const child = (parent: Node, part: string | number): Node => {
    const known = parent.children.get(part);
    if (known !== undefined) return known;
    const made = node(line);
    parent.children.set(part, made);
    return made;
  };

  /** A string on one line, with its quotes. */
  const quoted = (): string => {
    const from = at;
    const quote = text[at];
    at += 1;
    while (at < text.length && text[at] !== quote) at += quote === '"' && text[at] === '\\' ? 2 : 1;
    at += 1;
    return text.slice(from, at);
  };
  const quotedKey = (): string => {
    const raw = quoted();
    return raw.startsWith('"') && raw.includes('\\') ? String(parse(`k=${raw}`).k) : raw.slice(1, -1);
  };
  const bare = (): string => {
    const from = at;
    while (at < text.length && /[A-Za-z0-9_-]/.test(text[at] ?? '')) at += 1;
    return text.slice(from, at);
  };
  /** A dotted key and the character that ends it. */
  const key = (): readonly string[] => {
    const parts: string[] = [];
    for (;;) {
      blank(false);
      parts.push(text[at] === '"' || text[at] === "'" ? quotedKey() : bare());
      blank(false);
      const c = text[at];
      at += 1;
      if (c !== '.') return parts;
    }
  };
  const under = (parent: Node, parts: readonly string[]): Node => parts.reduce<Node>(child, parent);

  const string = (): void => {
    const quote = text[at] ?? '';
    const escapes = quote === '"';
    if (!text.startsWith(quote.repeat(3), at)) {
      quoted();
      return;
    }
    at += 3;
    while (at < text.length && !text.startsWith(quote.repeat(3), at)) {
      if (escapes && text[at] === '\\') at += 1;
      step();
    }
    at += 3;
    // One or two quotes before the closing three belong to the string.
    for (let extra = 0; extra < 2 && text[at] === quote; extra += 1) at += 1;
  };
  const array = (into: Node): void => {
    at += 1;
    for (let i = 0; at < text.length; i += 1) {
      blank(true);
      if (text[at] === ']') break;
      value(child(into, i));
      blank(true);
      if (text[at] !== ',') break;
      at += 1;
    }
    at += 1;
  };
  const inlineTable = (into: Node): void => {
    at += 1;
    while (at < text.length) {
      blank(true);
      if (text[at] === '}') break;
      const of = under(into, key());
      blank(false);
      value(of);
      blank(true);
      if (text[at] !== ',') break;
      at += 1;
    }
    at += 1;
  };
  const value = (into: Node): void => {
    const c = text[at];
    if (c === '[') array(into);
    else if (c === '{') inlineTable(into);
    else if (c === '"' || c === "'") string();
    else while (at < text.length && !/[,\]}#\n]/.test(text[at] ?? '')) at += 1;
  };

  const header = (): Node => {
    at += 1;
    const isArray = text[at] === '[';
    if (isArray) at += 1;
    const parts = key();
    if (isArray) at += 1;
    let here = root;
    for (const [i, part] of parts.entries()) {
      here = child(here, part);
      if (isArray && i === parts.length - 1) here.tables += 1;
      // A header below an array of tables means the last table of that array.
      if (here.tables > 0) here = child(here, here.tables - 1);
    }
    return here;
  };

  for (blank(true); at < text.length; blank(true)) {
    if (text[at] === '[') table = header();
    else {
      const of = under(table, key());
      blank(false);
      value(of);
    }
  }
};
