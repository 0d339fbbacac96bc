/**
 * Quantities as they are written in castellan.toml: a string with its unit. 1 GB is 2^30 bytes.
 * A bare number is refused: nobody can tell whether 41 was meant in GB or in bytes.
 */

export const quantityKinds = ['size', 'rate', 'percent', 'duration'] as const;
export type QuantityKind = (typeof quantityKinds)[number];

/** What a value was read as, or why not and what would be right. */
export type Read<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly message: string; readonly fix: string };

interface Form {
  /** For sentences: "… is not a size". */
  readonly noun: string;
  readonly example: string;
  /** Unit → how many of the base unit it is; largest first. */
  readonly units: ReadonlyMap<string, number>;
  /** Unit proposed for a bare number. */
  readonly usual: string;
  readonly max: number;
  /** Bytes and milliseconds are whole; percent has up to three decimals. */
  readonly decimals: 0 | 3;
}

const byteUnits = [
  ['TB', 2 ** 40],
  ['GB', 2 ** 30],
  ['MB', 2 ** 20],
  ['KB', 2 ** 10],
  ['B', 1],
] as const;

/** Base units: bytes, bytes a second, percent 0…100, milliseconds. */
export const quantities: Readonly<Record<QuantityKind, Form>> = {
  size: {
    noun: 'size',
    example: '41 GB',
    units: new Map(byteUnits),
    usual: 'GB',
    max: Number.MAX_SAFE_INTEGER,
    decimals: 0,
  },
  rate: {
    noun: 'rate',
    example: '100 MB/s',
    units: new Map(byteUnits.map(([unit, bytes]) => [`${unit}/s`, bytes])),
    usual: 'MB/s',
    max: Number.MAX_SAFE_INTEGER,
    decimals: 0,
  },
  percent: { noun: 'share', example: '70 %', units: new Map([['%', 1]]), usual: '%', max: 100, decimals: 3 },
  duration: {
    noun: 'duration',
    example: '300 s',
    units: new Map([
      ['h', 3_600_000],
      ['min', 60_000],
      ['s', 1000],
      ['ms', 1],
    ]),
    usual: 's',
    max: Number.MAX_SAFE_INTEGER,
    decimals: 0,
  },
};

/** What a value looks like in an error message: short, on one line, without control characters. */
export const shown = (value: unknown): string => {
  if (Array.isArray(value)) return 'A list';
  if (value instanceof Date) return 'A date';
  if (typeof value === 'object') return 'A table';
  return typeof value === 'string' ? `"${plain(value)}"` : String(value);
};

/** At most 48 characters, none of them a control, format or surrogate character. */
export const plain = (text: string): string => {
  const kept = [...text.slice(0, 120)].map((c) => (/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u.test(c) ? '?' : c));
  return kept.length > 48 ? `${kept.slice(0, 47).join('')}…` : kept.join('');
};

const written = /^(\d{1,16}(?:\.\d{1,16})?) *([A-Za-z%][A-Za-z/]*)$/;

/** Reads a quantity in its base unit: bytes, bytes a second, percent 0…100 or milliseconds. */
export const parseQuantity = (kind: QuantityKind, value: unknown): Read<number> => {
  const form = quantities[kind];
  const refuse = (message: string, fix: string): Read<number> => ({ ok: false, message, fix });
  const like = `Write it in quotes with its unit, like "${form.example}".`;
  if (typeof value === 'number' || typeof value === 'bigint') {
    const proper = Number.isFinite(Number(value)) && Number(value) >= 0;
    const fix = proper ? `Write "${value} ${form.usual}" if that is the unit you mean.` : like;
    return refuse(`${shown(value)} has no unit.`, fix);
  }
  if (typeof value !== 'string') return refuse(`A ${form.noun} is needed here.`, like);
  const [, digits, unit] = written.exec(value) ?? [];
  if (digits === undefined || unit === undefined) return refuse(`${shown(value)} is not a ${form.noun}.`, like);
  const factor = form.units.get(unit);
  if (factor === undefined)
    return refuse(`"${unit.slice(0, 16)}" is not a unit of a ${form.noun}.`, unitFix(form, digits, unit));
  const base = toBase(form, Number(digits) * factor);
  if (base > form.max) {
    const most = kind === 'percent' ? '100 %' : printQuantity(kind, form.max);
    return refuse(`${shown(value)} is more than a ${form.noun} can be here.`, `Write at most "${most}".`);
  }
  return { ok: true, value: base };
};

/** "GiB", "gb" and "G" are meant as GB; say so instead of listing all the units. */
const unitFix = (form: Form, digits: string, unit: string): string => {
  const bare = unit.toLowerCase().replace('i', '').replace('ps', '/s');
  for (const known of form.units.keys()) {
    const candidates = [known, known.replace('B', '')].map((u) => u.toLowerCase());
    if (candidates.includes(bare))
      return `Write "${digits} ${known}"${known.includes('B') ? ' (1 GB is 2^30 bytes)' : ''}.`;
  }
  return `Use one of the units ${[...form.units.keys()].join(', ')}, like "${form.example}".`;
};

/** The shortest written form that reads back as exactly this value; at most three decimals, else a smaller unit. */
export const printQuantity = (kind: QuantityKind, base: number): string => {
  const form = quantities[kind];
  for (const [unit, factor] of form.units) {
    const amount = Number((base / factor).toFixed(3));
    if (amount >= 1 && toBase(form, amount * factor) === base) return `${amount} ${unit}`;
  }
  return `${base} ${form.usual}`;
};

const toBase = (form: Form, amount: number): number =>
  form.decimals === 0 ? Math.round(amount) : Math.round(amount * 1000) / 1000;
