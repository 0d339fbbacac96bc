import { createStrings, type Operation, type Row, type Scalar, shared } from './table-form.ts';

/** Writes a table against the one before it: see table-form.ts. */

interface Id {
  readonly pid: unknown;
  readonly start: unknown;
}

const isScalar = (value: unknown): value is Scalar =>
  value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';

/** `{pid, start}` in this order and nothing else. */
const isId = (value: unknown): value is Id => {
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return false;
  const keys = Object.keys(value);
  return (
    keys.length === 2 &&
    keys[0] === 'pid' &&
    keys[1] === 'start' &&
    isScalar((value as Id).pid) &&
    isScalar((value as Id).start)
  );
};

const isSameId = (a: Id, b: Id): boolean => a === b || (a.pid === b.pid && a.start === b.start);

const keyOf = ({ pid, start }: Id): string => `${String(pid)}:${String(start)}`;

const isPlainObject = (value: unknown): value is Row =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;

const hasColumns = (row: Row, columns: readonly string[]): boolean => {
  const keys = Object.keys(row);
  if (keys.length !== columns.length) return false;
  for (let index = 0; index < keys.length; index++) if (keys[index] !== columns[index]) return false;
  return true;
};

/** Whether rows of these columns can be written by columns at all. */
const areColumns = (columns: readonly string[]): boolean =>
  columns.includes('id') && !columns.includes('toJSON') && !columns.includes('__proto__');

/** What JSON has no word for is null in an array. */
const inArray = (row: unknown): unknown =>
  row === undefined || typeof row === 'function' || typeof row === 'symbol' ? null : row;

const idOf = (row: unknown): Id => (row as { readonly id: Id }).id;

const placesOf = (rows: readonly unknown[], regular: readonly boolean[]): Map<string, number> => {
  const places = new Map<string, number>();
  for (const [place, row] of rows.entries()) if (regular[place] === true) places.set(keyOf(idOf(row)), place);
  return places;
};

export interface TableEncoder {
  readonly encode: (rows: readonly unknown[]) => readonly Operation[];
  readonly reset: () => void;
}

export const createTableEncoder = (): TableEncoder => {
  let before: readonly unknown[] = [];
  /** Rows of `before` that were written by columns, the ones in force. */
  let regular: readonly boolean[] = [];
  let columns: readonly string[] = [];
  let strings = createStrings();

  const written = (column: string | undefined, value: unknown): unknown => {
    if (typeof value !== 'string' || !shared.has(column ?? '')) return value;
    const known = strings.numberOf(value);
    if (known === undefined) strings.learn(value);
    return known ?? value;
  };

  const isWritable = (column: string | undefined, value: unknown): boolean =>
    column === 'id' ? isId(value) : isScalar(value) && (typeof value === 'string' || !shared.has(column ?? ''));

  /** Null: nothing changed. `false`: it cannot be written as a change. */
  const changesOf = (row: Row, old: Row): readonly Scalar[] | null | false => {
    let changed: number[] | null = null;
    for (let index = 0; index < columns.length; index++) {
      const column = columns[index] ?? '';
      const value = row[column];
      if (value === old[column] || column === 'id') continue;
      if (!isWritable(column, value)) return false;
      changed ??= [];
      changed.push(index);
    }
    if (changed === null) return null;
    // Only now: strings are learned by what is really written.
    const changes: Scalar[] = [];
    for (const index of changed) changes.push(index, written(columns[index], row[columns[index] ?? '']) as Scalar);
    return changes;
  };

  return {
    encode: (rows) => {
      const operations: Operation[] = [];
      const isRegular: boolean[] = [];
      let places: Map<string, number> | null = null;
      let at = 0;
      let unchanged = 0;
      const flush = (): void => {
        if (unchanged > 0) operations.push(unchanged);
        unchanged = 0;
      };
      /** Where the same process is in the table before, looked for only when it is not where it was expected. */
      const placeOf = (id: unknown): number => {
        if (!isId(id)) return -1;
        if (regular[at] === true && isSameId(idOf(before[at]), id)) return at;
        places ??= placesOf(before, regular);
        const place = places.get(keyOf(id)) ?? -1;
        return place >= 0 && isSameId(idOf(before[place]), id) ? place : -1;
      };

      /** From this row on the columns are its own, if they can be. Rows of the table before are no base any more. */
      const begin = (row: Row): boolean => {
        const found = Object.keys(row);
        if (!areColumns(found)) return false;
        flush();
        columns = found;
        regular = [];
        isRegular.fill(false);
        places = null;
        operations.push({ c: found });
        return true;
      };

      for (const row of rows) {
        if (!isPlainObject(row) || !(hasColumns(row, columns) || begin(row))) {
          flush();
          operations.push({ r: inArray(row) });
          isRegular.push(false);
          continue;
        }
        const place = placeOf(row.id);
        const changes = place < 0 ? false : changesOf(row, before[place] as Row);
        if (changes === false) {
          flush();
          const isPlain = columns.every((column) => isWritable(column, row[column]));
          operations.push(isPlain ? { n: columns.map((column) => written(column, row[column])) } : { r: inArray(row) });
          isRegular.push(isPlain);
          continue;
        }
        if (place !== at) {
          flush();
          operations.push(-place);
        }
        at = place + 1;
        if (changes === null) unchanged++;
        else {
          flush();
          operations.push(changes);
        }
        isRegular.push(true);
      }
      flush();
      before = rows;
      regular = isRegular;
      return operations;
    },
    reset: () => {
      before = [];
      regular = [];
      columns = [];
      strings = createStrings();
    },
  };
};
