import * as z from 'zod/mini';
import '../protocol/english.ts';
import { compilePattern, maxPatternLength } from '../relief/patterns.ts';
import { didYouMean } from './suggest.ts';
import { parseQuantity, type QuantityKind, quantities, type Read, shown } from './units.ts';

/**
 * The kinds of value castellan.toml has. Each reads the written value itself, so that every refusal carries a sentence
 * of ours and the right form; zod adds the structure, and the JSON Schema for editors comes from the same place.
 */

interface Hint {
  readonly type: 'string' | 'boolean' | 'integer';
  readonly pattern?: string;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
}

export const field = <T>(read: (value: unknown) => Read<T>, example: string, description: string, hint: Hint) =>
  z
    .pipe(
      z.unknown(),
      z.transform((value, context): T => {
        const result: Read<T> =
          value === undefined ? { ok: false, message: 'This key is missing.', fix: `Add ${example}.` } : read(value);
        if (result.ok) return result.value;
        const { message, fix } = result;
        context.issues.push({ code: 'custom', message, params: { fix }, input: value });
        return z.NEVER;
      }),
    )
    .register(z.globalRegistry, { description: `${description} For example: ${example}`, ...hint });

/** A quantity with its unit, read in the base unit of its kind; `least` and `most` are in that unit, as text too. */
export const quantity = (
  kind: QuantityKind,
  key: string,
  description: string,
  bounds: { readonly least?: string; readonly most?: string } = {},
) => {
  const bound = (text: string | undefined, otherwise: number): number => {
    if (text === undefined) return otherwise;
    const known = parseQuantity(kind, text);
    if (!known.ok) throw new Error(`bound of ${key}: ${known.message}`);
    return known.value;
  };
  const least = bound(bounds.least, 0);
  const most = bound(bounds.most, quantities[kind].max);
  const { example, units } = quantities[kind];
  const read = (value: unknown): Read<number> => {
    const result = parseQuantity(kind, value);
    if (!result.ok) return result;
    if (result.value < least) {
      return { ok: false, message: `${shown(value)} is too little here.`, fix: `Write at least "${bounds.least}".` };
    }
    if (result.value > most) {
      return { ok: false, message: `${shown(value)} is too much here.`, fix: `Write at most "${bounds.most}".` };
    }
    return result;
  };
  const pattern = `^[0-9]+(\\.[0-9]+)? *(${[...units.keys()].join('|')})$`;
  return field(read, `${key} = "${example}"`, description, { type: 'string', pattern });
};

/** One word out of a few. */
export const choice = <const Words extends readonly [string, ...string[]]>(
  words: Words,
  key: string,
  description: string,
) => {
  const listed = words.map((word) => `"${word}"`).join(' or ');
  const read = (value: unknown): Read<Words[number]> => {
    const word = words.find((known) => known === value);
    if (word !== undefined) return { ok: true, value: word };
    const meant = typeof value === 'string' ? didYouMean(value, words) : null;
    const fix = meant === null ? `Write ${listed}.` : `Did you mean "${meant}"?`;
    return { ok: false, message: `${shown(value)} is not one of ${listed}.`, fix };
  };
  return field(read, `${key} = ${listed}`, description, { type: 'string', enum: words });
};

/** Text of a fixed form; `form` says the form in words. */
export const word = (pattern: RegExp, form: string, key: string, example: string, description: string) => {
  const read = (value: unknown): Read<string> =>
    typeof value === 'string' && pattern.test(value)
      ? { ok: true, value }
      : { ok: false, message: `${shown(value)} cannot be used here.`, fix: `Write ${form}, like "${example}".` };
  return field(read, `${key} = "${example}"`, description, {
    type: 'string',
    pattern: pattern.source,
  });
};

/** true or false, without quotes. */
export const yesNo = (key: string, description: string) => {
  const read = (value: unknown): Read<boolean> =>
    typeof value === 'boolean'
      ? { ok: true, value }
      : {
          ok: false,
          message: `${shown(value)} is neither true nor false.`,
          fix: 'Write true or false, without quotes.',
        };
  return field(read, `${key} = true`, description, { type: 'boolean' });
};

/** A whole number from `least` to `most`. */
export const count = (key: string, example: number, most: number, description: string, least = 0) => {
  const read = (value: unknown): Read<number> =>
    typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most
      ? // Without the sign of −0.
        { ok: true, value: value + 0 }
      : {
          ok: false,
          message: `${shown(value)} is not a whole number from ${least} to ${most}.`,
          fix: `Write it without quotes, like ${example}.`,
        };
  return field(read, `${key} = ${example}`, description, { type: 'integer', minimum: least, maximum: most });
};

/** A pattern of the RE2 kind, as `castellan match` tries it. */
export const pattern = (key: string, example: string, description: string) => {
  const read = (value: unknown): Read<string> => {
    if (typeof value !== 'string')
      return {
        ok: false,
        message: `${shown(value)} is not a pattern.`,
        fix: `Write it in single quotes, like '${example}'.`,
      };
    const compiled = compilePattern(value);
    if (compiled.ok) return { ok: true, value };
    const place = compiled.at === null ? '' : ` at character ${compiled.at} of the pattern`;
    return {
      ok: false,
      message: `This is no regular expression of the RE2 kind: ${compiled.complaint}${place}.`,
      fix: compiled.failure.todo,
    };
  };
  return field(read, `${key} = '${example}'`, description, { type: 'string', maxLength: maxPatternLength });
};
