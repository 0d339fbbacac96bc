import { width } from '../printable.ts';

/** Columns as wide as their longest cell, those in `right` aligned to the right, the last one as long as it is. */
export const columns = (
  rows: readonly (readonly string[])[],
  right: ReadonlySet<number> = new Set(),
): readonly string[] => {
  const count = rows[0]?.length ?? 0;
  const widths = Array.from({ length: count }, (_, at) => Math.max(0, ...rows.map((row) => width(row[at] ?? ''))));
  return rows.map((row) =>
    row
      .map((cell, at) => {
        const pad = ' '.repeat(Math.max(0, (widths[at] ?? 0) - width(cell)));
        if (right.has(at)) return `${pad}${cell}`;
        return at === count - 1 ? cell : `${cell}${pad}`;
      })
      .join('  ')
      .trimEnd(),
  );
};
