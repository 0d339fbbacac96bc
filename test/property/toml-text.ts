import fc from 'fast-check';

/**
 * Writes TOML documents in all the forms the language has, and remembers the line of everything it writes.
 * What to write and how to write it are drawn apart, so that one document can be written twice in the same layout.
 */

export type Value = string | number | boolean | readonly Value[] | Table;
export interface Table {
  readonly [key: string]: Value;
}

/** Layout decisions, used up in order and then from the start again. */
export type Layout = readonly number[];
export const layout: fc.Arbitrary<Layout> = fc.array(fc.nat({ max: 997 }), { minLength: 1, maxLength: 40 });

export interface Written {
  readonly text: string;
  /** Path and 1-based line of every key, table and array element. */
  readonly lines: readonly (readonly [readonly (string | number)[], number])[];
}

type Path = readonly (string | number)[];

/** The value of this key is written as a line of its own, whatever it says: for syntax errors. */
export const rawLine = '\u0000raw';

const noise = ['# [[seat]] """', "# ' = {", '', '  ', '\t# a = 1', '#'];

const isTable = (value: Value): value is Table => typeof value === 'object' && !Array.isArray(value);
const isList = (value: Value): value is readonly Value[] => Array.isArray(value);
const isTables = (value: Value): value is readonly Table[] => isList(value) && value.length > 0 && value.every(isTable);

export const writeToml = (document: Table, decisions: Layout): Written => {
  const lines: (readonly [Path, number])[] = [];
  const seen = new Set<string>();
  let text = '';
  let line = 1;
  let used = 0;

  const pick = (n: number): number => {
    used += 1;
    return ((decisions[(used - 1) % decisions.length] ?? 0) + Math.floor(used / decisions.length)) % n;
  };
  const put = (more: string): void => {
    text += more;
    line += more.split('\n').length - 1;
  };
  const here = (path: Path): void => {
    const name = JSON.stringify(path);
    if (!seen.has(name)) lines.push([path, line]);
    seen.add(name);
  };
  const space = (): void => put(['', ' ', '\t', '  '][pick(4)] ?? '');
  const newlines = (): void => {
    for (let n = pick(3); n > 0; n -= 1) put(`${noise[pick(noise.length)]}\n`);
  };
  const endLine = (): void => {
    if (pick(3) === 0) put(' # } ] """');
    put('\n');
  };

  const key = (part: string): string => {
    const bare = /^[A-Za-z0-9_-]+$/.test(part);
    const literal = !/['\p{Cc}]/u.test(part);
    const style = pick(4);
    if (bare && style < 2) return part;
    if (literal && style === 2) return `'${part}'`;
    const [first = '', ...rest] = [...part];
    const code = first.codePointAt(0) ?? 0;
    const escaped = first === '' ? '' : `\\U${code.toString(16).padStart(8, '0')}`;
    return style === 3 ? `"${escaped}${JSON.stringify(rest.join('')).slice(1)}` : JSON.stringify(part);
  };
  const string = (value: string): string => {
    const literal = !/['\p{Cc}]/u.test(value);
    const basic = JSON.stringify(value);
    switch (pick(5)) {
      case 0:
        return literal ? `'${value}'` : basic;
      case 1:
        return `""${basic}""`;
      case 2:
        return literal ? `'''\n${value}'''` : basic;
      case 3:
        // The line-ending backslash swallows blanks at the start of the text.
        return /^\s/.test(value) ? basic : `"""\n\\\n   \n${basic.slice(1)}""`;
      default:
        return basic;
    }
  };

  const keyOf = (path: Path, parts: readonly string[]): void => {
    for (const [i, part] of parts.entries()) {
      if (i > 0) {
        space();
        put('.');
        space();
      }
      here([...path, ...parts.slice(0, i + 1)]);
      put(key(part));
    }
    space();
    put('=');
    space();
  };
  const inline = (path: Path, value: Value): void => {
    if (typeof value === 'string') put(string(value));
    else if (isList(value)) {
      put('[');
      for (const [i, element] of value.entries()) {
        between();
        here([...path, i]);
        inline([...path, i], element);
        between();
        if (i < value.length - 1 || pick(2) === 0) put(',');
      }
      between();
      put(']');
    } else if (typeof value === 'object') {
      put('{');
      const leaves = pick(2) === 0 ? Object.entries(value).map(([k, v]) => [[k], v] as const) : dotted(value);
      for (const [i, [parts, inner]] of leaves.entries()) {
        between();
        keyOf(path, parts);
        inline([...path, ...parts], inner);
        between();
        if (i < leaves.length - 1) put(',');
      }
      between();
      put('}');
    } else put(String(value));
  };
  /** Between the elements of a list or inline table, where TOML 1.1 allows line ends and comments. */
  const between = (): void => {
    space();
    if (pick(4) > 0) return;
    put('\n');
    newlines();
    space();
  };
  const dotted = (table: Table): readonly (readonly [readonly string[], Value])[] =>
    Object.entries(table).flatMap(([part, value]) =>
      isTable(value) && Object.keys(value).length > 0
        ? dotted(value).map(([parts, inner]) => [[part, ...parts], inner] as const)
        : [[[part], value] as const],
    );

  const pair = (path: Path, parts: readonly string[], value: Value): void => {
    newlines();
    space();
    keyOf(path, parts);
    inline([...path, ...parts], value);
    endLine();
  };
  const header = (paths: readonly Path[], names: readonly string[], open: string, close: string): void => {
    newlines();
    space();
    for (const path of paths) here(path);
    put(open);
    space();
    put(names.map(key).join([' . ', '.'][pick(2)] ?? '.'));
    space();
    put(close);
    endLine();
  };
  const table = (path: Path, content: Table): void => {
    const names = path.filter((part) => typeof part === 'string');
    const later: (() => void)[] = [];
    for (const [part, value] of Object.entries(content)) {
      const inner = [...path, part];
      if (part === rawLine) {
        here(inner);
        put(`${value}\n`);
      } else if (isTables(value) && pick(3) > 0) {
        later.push(() => {
          for (const [i, one] of value.entries()) {
            header([inner, [...inner, i]], [...names, part], '[[', ']]');
            table([...inner, i], one);
          }
        });
      } else if (isTable(value) && pick(3) > 0) {
        later.push(() => {
          header([inner], [...names, part], '[', ']');
          table(inner, value);
        });
      } else if (isTable(value) && Object.keys(value).length > 0 && pick(2) === 0) {
        for (const [parts, leaf] of dotted({ [part]: value })) pair(path, parts, leaf);
      } else pair(path, [part], value);
    }
    for (const write of later) write();
  };
  table([], document);

  if (pick(4) === 0) text = `\uFEFF${text}`;
  return { text: pick(3) === 0 ? text.replaceAll('\n', '\r\n') : text, lines };
};
