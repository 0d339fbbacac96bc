import { createStrings, type Operation, type Row, type Scalar, shared } from './table-form.ts';

/** Writes a table against the one before it: see table-form.ts. */

interface Id {
  readonly pid: unknown;
  readonly start: unknown;
}

const isScalar = (value: unknown): value is Scalar =>
  value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';

const isPlainObject = (value: unknown): value is Row =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;

/** `{pid, start}` in this order and nothing else. */
const isId = (value: unknown): value is Id => {
  if (!isPlainObject(value)) return false;
  let place = 0;
  for (const key in value) {
    if (key !== (place === 0 ? 'pid' : 'start')) return false;
    place++;
  }
  return place === 2 && isScalar(value.pid) && isScalar(value.start);
};

const isSameId = (a: Id, b: Id): boolean => a === b || (a.pid === b.pid && a.start === b.start);

/** Whether rows of these columns can be written by columns at all. */
const areColumns = (columns: readonly string[]): boolean =>
  columns.includes('id') && !columns.includes('toJSON') && !columns.includes('__proto__');

/** What JSON has no word for is null in an array. */
const inArray = (row: unknown): unknown =>
  row === undefined || typeof row === 'function' || typeof row === 'symbol' ? null : row;

type Values = readonly unknown[];

/**
 * Columns in which a row differs from these values: none, some; null when its columns are not these. `for … in`, because
 * with it V8 reads the fields of a row by their place and not by name.
 */
const differing = (row: Row, columns: readonly string[], values: Values): readonly number[] | null => {
  let changed: number[] | null = null;
  let place = 0;
  for (const column in row) {
    if (column !== columns[place]) return null;
    if (row[column] !== values[place] && column !== 'id') {
      changed ??= [];
      changed.push(place);
    }
    place++;
  }
  return place === columns.length ? (changed ?? none) : null;
};

const none: readonly number[] = [];

const lookAhead = 4;

export interface TableEncoder {
  readonly encode: (rows: readonly unknown[]) => readonly Operation[];
  readonly reset: () => void;
}

export const createTableEncoder = (): TableEncoder => {
  /** Values by columns; null for a row that was written as it is, or with other columns. */
  let before: readonly (Values | null)[] = [];
  let columns: readonly string[] = [];
  let idPlace = 0;
  let strings = createStrings();

  const idOf = (values: Values): Id => values[idPlace] as Id;

  const isAt = (place: number, id: Id): boolean => {
    const values = before[place];
    return values !== undefined && values !== null && isSameId(idOf(values), id);
  };

  /** By pid: of two with one pid only the last is found, and the other is written anew. */
  const placesOf = (rows: readonly (Values | null)[]): Map<unknown, number> => {
    const places = new Map<unknown, number>();
    for (let place = 0; place < rows.length; place++) {
      const values = rows[place] ?? null;
      if (values !== null) places.set(idOf(values).pid, place);
    }
    return places;
  };

  const isWritable = (column: string, value: unknown): boolean =>
    column === 'id' ? isId(value) : isScalar(value) && (typeof value === 'string' || !shared.has(column));

  const written = (column: string, value: unknown): unknown => {
    if (typeof value !== 'string' || !shared.has(column)) return value;
    const known = strings.numberOf(value);
    if (known === undefined) strings.learn(value);
    return known ?? value;
  };

  /** Null: it cannot be written as a change. Strings are learned only when all of it is written. */
  const changesOf = (row: Row, changed: readonly number[]): readonly Scalar[] | null => {
    for (const place of changed) {
      const column = columns[place] ?? '';
      if (!isWritable(column, row[column])) return null;
    }
    const changes: Scalar[] = [];
    for (const place of changed) {
      const column = columns[place] ?? '';
      changes.push(place, written(column, row[column]) as Scalar);
    }
    return changes;
  };

  return {
    encode: (rows) => {
      const operations: Operation[] = [];
      const now: (Values | null)[] = [];
      let places: Map<unknown, number> | null = null;
      let at = 0;
      let unchanged = 0;
      const write = (operation: Operation): void => {
        if (unchanged > 0) operations.push(unchanged);
        unchanged = 0;
        operations.push(operation);
      };
      const writeAsIs = (row: unknown): void => {
        write({ r: inArray(row) });
        now.push(null);
      };

      /** Where the same process is in the table before, looked for only when it is not where it was expected. */
      const placeOf = (id: unknown): number => {
        if (!isId(id)) return -1;
        // Where it was expected, or behind one that has ended.
        for (let place = at; place <= at + lookAhead; place++) if (isAt(place, id)) return place;
        places ??= placesOf(before);
        const place = places.get(id.pid) ?? -1;
        return isAt(place, id) ? place : -1;
      };

      /** From this row on the columns are its own, if they can be. Rows of other columns are no base any more. */
      const begin = (row: Row): boolean => {
        const found = Object.keys(row);
        if (!areColumns(found)) return false;
        if (found.length === columns.length && found.every((column, place) => column === columns[place])) return true;
        columns = found;
        idPlace = found.indexOf('id');
        before = [];
        places = null;
        now.fill(null);
        write({ c: found });
        return true;
      };

      const writeNew = (row: Row): void => {
        if (!begin(row) || !columns.every((column) => isWritable(column, row[column]))) {
          writeAsIs(row);
          return;
        }
        now.push(columns.map((column) => row[column]));
        write({ n: columns.map((column) => written(column, row[column])) });
      };

      for (const row of rows) {
        if (!isPlainObject(row)) {
          writeAsIs(row);
          continue;
        }
        const place = placeOf(row.id);
        const values = before[place] ?? null;
        const changed = values === null ? null : differing(row, columns, values);
        const changes = changed === null ? null : changesOf(row, changed);
        if (values === null || changes === null) {
          writeNew(row);
          continue;
        }
        if (place !== at) write(-place);
        at = place + 1;
        if (changes.length === 0) {
          unchanged++;
          now.push(values);
        } else {
          write(changes);
          now.push(columns.map((column) => row[column]));
        }
      }
      if (unchanged > 0) operations.push(unchanged);
      before = now;
      return operations;
    },
    reset: () => {
      before = [];
      columns = [];
      strings = createStrings();
    },
  };
};
