/** How many parameters a model has, as far as words tell. */

const units: Readonly<Record<string, number>> = { t: 1_000, b: 1, m: 0.001 };

/**
 * "70.6B", "8x7B", "qwen2.5-72b-instruct-4bit", "gpt-oss-120b": the largest figure that stands alone with a B (billions), T or
 * M; of experts all together. The active part of a mixture ("35B-A3B") has a letter before it and does not stand alone, nor has
 * "4bit" its B at the end of a word. Null: nothing tells.
 */
const figure = /(?<![\p{L}\p{N}.])(?:(\d{1,3})x)?(\d{1,5}(?:\.\d{1,4})?) ?([tbm])(?![\p{L}\p{N}])/giu;

export const billionsIn = (text: unknown): number | null => {
  if (typeof text !== 'string') return null;
  let most: number | null = null;
  for (const [, experts = '1', count = '', unit = ''] of text.slice(0, 300).matchAll(figure)) {
    const billions = Number(experts) * Number(count) * (units[unit.toLowerCase()] ?? 0);
    if (billions > 0 && billions <= 100_000 && (most === null || billions > most)) most = billions;
  }
  return most;
};

/** A whole count of bytes; null: it says none, or nonsense. */
export const bytesIn = (value: unknown): number | null =>
  typeof value === 'number' && Number.isSafeInteger(value) && value > 0 && value <= 2 ** 50 ? value : null;
