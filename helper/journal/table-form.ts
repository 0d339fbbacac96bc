/**
 * A process table against the one before it, so that a journal of tables costs what changes and not what there is: a row
 * is written in full once, afterwards only the columns that differ. What comes out of `decode` is equal to what went in as
 * JSON, byte for byte; a row that is of no common form is written as it is.
 *
 * An operation is one of:
 *   n ≥ 1            the next n rows of the table before, unchanged
 *   n ≤ 0            go to row −n of the table before
 *   [c, v, …]        the next row of the table before, with the value v in column c, and so on
 *   {"n": [v, …]}    a row that is new, by columns
 *   {"r": row}       a row as it is
 *   {"c": […]}       from here on rows have these columns
 */

export type Row = Readonly<Record<string, unknown>>;
export type Scalar = string | number | boolean | null;
export type Operation =
  | number
  | readonly Scalar[]
  | { readonly n: readonly unknown[] }
  | { readonly r: unknown }
  | { readonly c: readonly string[] };

/** Strings that many rows have in common are written once and named by number afterwards. */
export const shared: ReadonlySet<string> = new Set(['name', 'command']);
/** Bounds what both sides remember: beyond it strings are written as they are. */
const sharedCharacters = 2 ** 20;
const sharedCount = 20_000;

/** Strings both sides have seen. */
export const createStrings = () => {
  let characters = 0;
  const known: string[] = [];
  const numbers = new Map<string, number>();
  return {
    at: (index: number): string | undefined => known[index],
    numberOf: (text: string): number | undefined => numbers.get(text),
    learn: (text: string): void => {
      if (characters + text.length > sharedCharacters || known.length >= sharedCount || numbers.has(text)) return;
      characters += text.length;
      numbers.set(text, known.length);
      known.push(text);
    },
  };
};
