import type { History, LogRow } from '../helper/protocol/index.ts';
import type { ExportFormat } from './ipc/contract.ts';

/** What is written to a file for the operator: CSV as RFC 4180 has it, for spreadsheets, or JSON. Pure. */

type Cell = string | number | boolean | null | undefined;

/** A spreadsheet takes a text that begins so for a formula; names of processes are chosen by others (OWASP, "CSV Injection"). */
const looksLikeFormula = /^[=+\-@\t\r]/;

const cell = (value: Cell): string => {
  if (value === null || value === undefined) return '';
  if (typeof value !== 'string') return String(value);
  const harmless = looksLikeFormula.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
};

const csv = (head: readonly string[], rows: readonly (readonly Cell[])[]): string =>
  [head, ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('');

const timeOf = (wallMs: number): string => {
  const time = new Date(wallMs);
  return Number.isNaN(time.getTime()) ? '' : time.toISOString();
};

const cellOf = (value: unknown): Cell => {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  return JSON.stringify(value);
};

/** One column for each thing that any row says; what has parts of its own stays JSON. */
const logCsv = (rows: readonly LogRow[]): string => {
  const others = new Set(rows.flatMap((row) => Object.keys(row)));
  for (const first of ['wallMs', 'kind']) others.delete(first);
  const columns = [...others];
  return csv(
    ['time', 'kind', ...columns],
    rows.map((row) => [
      row.wallMs === undefined ? null : timeOf(row.wallMs),
      row.kind,
      ...columns.map((column) => cellOf(row[column])),
    ]),
  );
};

export const logText = (format: ExportFormat, rows: readonly LogRow[]): string =>
  format === 'csv' ? logCsv(rows) : `${JSON.stringify(rows, null, 1)}\n`;

const historyCsv = (history: History): string => {
  const { tiers, seats } = history;
  const columns: readonly (readonly [string, readonly (number | null)[]])[] = [
    ['wired_bytes', tiers.wired],
    ['compressed_bytes', tiers.compressed],
    ['app_bytes', tiers.app],
    ['cached_bytes', tiers.cached],
    ['free_bytes', tiers.free],
    ['swap_used_bytes', history.swapUsedBytes],
    ['level', history.level],
    ['kernel_level', history.kernelLevel],
    ['compressor_growth_bytes_per_second', history.compressorGrowthBytesPerSecond],
    ['reserve_line_bytes', history.reserveLineBytes],
    ...seats.map(({ name, footprintBytes }) => [`${name} footprint_bytes`, footprintBytes] as const),
  ];
  return csv(
    ['time', ...columns.map(([name]) => name)],
    tiers.wired.map((_, at) => [timeOf(history.fromMs + at * history.columnMs), ...columns.map(([, of]) => of[at])]),
  );
};

export const historyText = (format: ExportFormat, history: History): string =>
  format === 'csv' ? historyCsv(history) : `${JSON.stringify(history, null, 1)}\n`;
