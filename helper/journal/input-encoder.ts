import type { Input } from '../keeper/judgement/events.ts';
import type { Reading } from '../keeper/judgement/reading.ts';
import { deltaPrefix } from './input-form.ts';
import { createTableEncoder } from './table-encoder.ts';

/**
 * Writes inputs of `decide` as lines. What fills them is the process table, nearly the same every two seconds: it is written
 * against the one before. What seldom changes (services, facts, inspections, signs) is written when it does.
 */

export interface InputEncoder {
  readonly line: (input: Input) => string;
  /** The next line that needs one before it will not: after a checkpoint, and after a loss. */
  readonly reset: () => void;
}

export const createInputEncoder = (): InputEncoder => {
  const table = createTableEncoder();
  const chosen = createTableEncoder();
  let number = 0;
  let isFresh = true;
  /** Text of what seldom changes, as it was written last. */
  let written = new Map<string, string>();

  /** Whether it is as it was written last, and worth leaving out. */
  const isSame = (name: string, value: unknown): boolean => {
    const text = JSON.stringify(value);
    if (written.get(name) === text) return text.length > 2;
    written.set(name, text);
    return false;
  };

  const parts = (reading: Reading) => {
    const same: string[] = [];
    const unlessSame = <T>(name: string, value: T): T | null => {
      if (!isSame(name, value)) return value;
      same.push(name);
      return null;
    };
    const services = unlessSame('services', reading.services);
    const inspections = unlessSame('inspections', reading.inspections);
    const signs = reading.signs === null ? null : unlessSame('signs', reading.signs);
    const facts = reading.table === null ? null : unlessSame('facts', reading.table.facts);
    const short = {
      ...reading,
      services,
      inspections,
      signs,
      chosen: null,
      table: reading.table === null ? null : { ...reading.table, processes: null, facts },
    };
    return { short, same };
  };

  return {
    line: (input) => {
      const { reading } = input;
      if (reading === null || reading.depth === 'fast') return JSON.stringify(input);
      const { short, same } = parts(reading);
      const delta = {
        of: isFresh ? null : number,
        number: ++number,
        same,
        rows: reading.table === null ? null : table.encode(reading.table.processes),
        chosen: chosen.encode(reading.chosen),
      };
      isFresh = false;
      return `${deltaPrefix}${JSON.stringify(delta)},"input":${JSON.stringify({ ...input, reading: short })}}`;
    },
    reset: () => {
      table.reset();
      chosen.reset();
      written = new Map();
      isFresh = true;
    },
  };
};
