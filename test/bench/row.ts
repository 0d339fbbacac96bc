import type { Row } from '../../build/bench/rows.ts';

/** How a bench tells a figure: one JSON object a line. */
export const printRow = (row: Row): void => void process.stdout.write(`${JSON.stringify(row)}\n`);
