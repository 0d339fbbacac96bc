import { deltaPrefix, gapLine, isCheckpointText } from './input-form.ts';
import { createTableDecoder } from './table-decoder.ts';

/** Reads what input-encoder.ts wrote. */

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export interface InputDecoder {
  /** The line as `JSON.stringify(input)` gave it. A gap line when it cannot be had: what it builds upon is missing. */
  readonly line: (text: string) => string;
}

export const createInputDecoder = (): InputDecoder => {
  const table = createTableDecoder();
  const chosen = createTableDecoder();
  let number: unknown = null;
  let written = new Map<string, unknown>();

  const reset = (): void => {
    table.reset();
    chosen.reset();
    written = new Map();
    number = null;
  };

  const restored = (name: string, same: readonly unknown[], given: unknown): unknown => {
    if (same.includes(name)) return written.get(name);
    written.set(name, given);
    return given;
  };

  /** What was not read is written as null, and says nothing of what is remembered. */
  const restoredUnlessNull = (name: string, same: readonly unknown[], given: unknown): unknown =>
    same.includes(name) || given !== null ? restored(name, same, given) : null;

  const whole = (delta: Fields, input: Fields): string | null => {
    const { reading } = input;
    if (delta.of === null) reset();
    else if (delta.of !== number) return null;
    if (!isFields(reading) || !Array.isArray(delta.same)) return null;
    const { same } = delta;
    const chosenRows = chosen.decode(delta.chosen);
    const rows = isFields(reading.table) ? table.decode(delta.rows) : null;
    if (chosenRows === null || (isFields(reading.table) && rows === null)) return null;
    const services = restored('services', same, reading.services);
    const inspections = restored('inspections', same, reading.inspections);
    const signs = restoredUnlessNull('signs', same, reading.signs);
    // Keys stay where they are when their values are replaced: the text comes out in the order it had.
    const read = { ...reading, services, inspections, signs, chosen: chosenRows };
    number = delta.number;
    if (!isFields(reading.table)) return JSON.stringify({ ...input, reading: read });
    const facts = restored('facts', same, reading.table.facts);
    return JSON.stringify({ ...input, reading: { ...read, table: { ...reading.table, processes: rows, facts } } });
  };

  return {
    line: (text) => {
      if (isCheckpointText(text)) reset();
      if (!text.startsWith(deltaPrefix)) return text;
      let found: string | null = null;
      try {
        const parsed: unknown = JSON.parse(text);
        if (isFields(parsed) && isFields(parsed.delta) && isFields(parsed.input))
          found = whole(parsed.delta, parsed.input);
      } catch {
        // Not ours, or damaged.
      }
      if (found === null) reset();
      return found ?? gapLine(1);
    },
  };
};

/** Lines of a journal as they were before they were written against each other; others as they are. */
export async function* plainLines(
  lines: AsyncIterable<string> | Iterable<string>,
): AsyncGenerator<string, void, undefined> {
  const decoder = createInputDecoder();
  for await (const text of lines) yield decoder.line(text);
}
