import { createStrings, type Row, shared } from './table-form.ts';

/** Reads what table-encoder.ts wrote. */

export interface TableDecoder {
  /** Null: these are no operations on the table before. */
  readonly decode: (operations: unknown) => readonly unknown[] | null;
  readonly reset: () => void;
}

export const createTableDecoder = (): TableDecoder => {
  /** Values by columns; null for a row that was written as it is. */
  let before: readonly (readonly unknown[] | null)[] = [];
  let columns: readonly string[] = [];
  let strings = createStrings();

  const restored = (column: string | undefined, value: unknown): unknown => {
    if (!shared.has(column ?? '')) return value;
    if (typeof value === 'number') return strings.at(value);
    if (typeof value === 'string') strings.learn(value);
    return value;
  };
  const rowOf = (values: readonly unknown[]): Row =>
    Object.fromEntries(columns.map((column, index) => [column, values[index]]));

  const changed = (base: readonly unknown[], changes: readonly unknown[]): readonly unknown[] => {
    const values = [...base];
    for (let index = 0; index + 1 < changes.length; index += 2) {
      const column = Number(changes[index]);
      values[column] = restored(columns[column], changes[index + 1]);
    }
    return values;
  };

  const run = (operations: readonly unknown[]): readonly unknown[] | null => {
    const rows: unknown[] = [];
    const now: (readonly unknown[] | null)[] = [];
    let at = 0;
    const add = (values: readonly unknown[]): void => {
      now.push(values);
      rows.push(rowOf(values));
    };
    for (const operation of operations) {
      if (typeof operation === 'number') {
        if (operation <= 0) at = -operation;
        for (let left = operation; left > 0; left--) {
          const base = before[at++];
          if (base === undefined || base === null) return null;
          add(base);
        }
      } else if (Array.isArray(operation)) {
        const base = before[at++];
        if (base === undefined || base === null) return null;
        add(changed(base, operation));
      } else if (typeof operation !== 'object' || operation === null) return null;
      else if ('n' in operation && Array.isArray(operation.n)) {
        add(operation.n.map((value: unknown, index) => restored(columns[index], value)));
      } else if ('c' in operation && Array.isArray(operation.c)) {
        columns = operation.c.map(String);
      } else if ('r' in operation) {
        now.push(null);
        rows.push(operation.r);
      } else return null;
    }
    before = now;
    return rows;
  };

  return {
    decode: (operations) => (Array.isArray(operations) ? run(operations) : null),
    reset: () => {
      before = [];
      columns = [];
      strings = createStrings();
    },
  };
};
