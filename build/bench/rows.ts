/** One measured figure, as a bench prints it: one JSON object a line on standard output. */
export interface Row {
  /** The bench. */
  readonly name: string;
  readonly figure: string;
  readonly value: number | null;
  readonly unit: string;
  /** What is to be reached, in words: `≤ 3 ms`. */
  readonly goal?: string;
  /** Whether it was reached; absent where there is no goal. */
  readonly met?: boolean;
  /** Whose figure this is, when not Castellan's. A missing peer has no value and says why in `note`. */
  readonly peer?: string;
  /** Castellan's value over the peer's. */
  readonly ratio?: number;
  readonly note?: string;
}

/** A row, or null for a line that is none (a bench may say what it does between its rows). */
export function parseRow(line: string): Row | null {
  if (!line.startsWith('{')) return null;
  let value: Partial<Record<keyof Row, unknown>>;
  try {
    value = JSON.parse(line) as typeof value;
  } catch {
    return null;
  }
  const isRow =
    typeof value.name === 'string' &&
    typeof value.figure === 'string' &&
    typeof value.unit === 'string' &&
    (value.value === null || typeof value.value === 'number');
  return isRow ? (value as unknown as Row) : null;
}

const columns = ['bench', 'figure', 'who', 'value', 'unit', 'goal', 'ratio', ''] as const;

const cellsOf = (row: Row): readonly string[] => [
  row.name,
  row.figure,
  row.peer ?? 'castellan',
  row.value === null ? '–' : numberText(row.value),
  row.unit,
  row.goal === undefined ? '' : `${row.goal}${row.met === undefined ? '' : row.met ? ' met' : ' MISSED'}`,
  row.ratio === undefined ? '' : `${row.ratio.toFixed(2)}×`,
  row.note ?? '',
];

const numberText = (value: number): string => {
  const size = Math.abs(value);
  if (size >= 100 || Number.isInteger(value)) return value.toFixed(0);
  return size >= 1 ? value.toFixed(2) : value.toPrecision(3);
};

/** Columns wide enough for what is in them; numbers to the right. */
export function table(rows: readonly Row[]): readonly string[] {
  const lines = [columns as readonly string[], ...rows.map(cellsOf)];
  const widths = columns.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? '').length)));
  return lines.map((line) =>
    line
      .map((cell, column) => (column === 3 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}
