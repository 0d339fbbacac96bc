import { type BandName, bandNames } from '../host/port.ts';
import { isEverywhere, isLoopback, parseAddress } from './addresses.ts';
import type { Address } from './config.ts';
import { count, field, word } from './fields.ts';
import { didYouMean } from './suggest.ts';
import { type Read, shown } from './units.ts';

/** Kinds of value that name something of the machine: addresses, programs, accounts, bands. */

/** Where a port stands in a table of its own it is one that somebody listens at, so never 0. */
export const port = (key: string, example: number, description: string) => count(key, example, 65_535, description, 1);

export interface AddressRules {
  /** What to say of an address that others on the network can reach; left out: it may be one. */
  readonly loopbackOnly?: { readonly message: string; readonly fix: string };
  /** Somebody else listens there, so 0 ("any free port") is none. */
  readonly isTarget?: boolean;
}

export const address = (
  key: string,
  example: string,
  description: string,
  { loopbackOnly, isTarget = false }: AddressRules = {},
) => {
  const read = (value: unknown): Read<Address> => {
    const found = typeof value === 'string' ? parseAddress(value) : null;
    const fix = `Write an address and its port, like "${example}".`;
    if (found === null) return { ok: false, message: `${shown(value)} is not an address with a port.`, fix };
    if (isEverywhere(found.host))
      return {
        ok: false,
        message: `${shown(value)} means every network this machine is on.`,
        fix: `Name one address, like "${example}".`,
      };
    if (isTarget && found.port === 0) return { ok: false, message: 'Nobody can be reached at port 0.', fix };
    if (loopbackOnly !== undefined && !isLoopback(found.host)) return { ok: false, ...loopbackOnly };
    return { ok: true, value: found };
  };
  return field(read, `${key} = "${example}"`, description, {
    type: 'string',
    pattern: '^([0-9.]{7,15}|\\[[0-9A-Fa-f:.]{2,45}\\]):[0-9]{1,5}$',
  });
};

const loopbackUrl = /^https?:\/\/(?:127\.\d{1,3}\.\d{1,3}\.\d{1,3}|localhost|\[::1\])(?::\d{1,5})?(?:\/[!-~]*)?$/;
const longestUrl = 256;

/** A URL that the gateway may ask: this machine, without a name and password in it. */
export const localUrl = (
  key: string,
  example: string,
  description: string,
  /** What to say of https; left out: it may be. */
  { noTls }: { readonly noTls?: string } = {},
) => {
  const read = (value: unknown): Read<string> => {
    const fix = `Write an address of this machine, like "${example}".`;
    if (typeof value !== 'string') return { ok: false, message: `${shown(value)} is not a URL.`, fix };
    if (noTls !== undefined && value.startsWith('https:')) return { ok: false, message: noTls, fix };
    const url = value.length <= longestUrl && URL.canParse(value) ? new URL(value) : null;
    if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:'))
      return { ok: false, message: `${shown(value)} is not an HTTP URL of up to ${longestUrl} characters.`, fix };
    if (!loopbackUrl.test(value) || url.hash !== '')
      return {
        ok: false,
        message: `${shown(value)} is not asked: only 127.0.0.1, [::1] and localhost are, without a password or a #.`,
        fix,
      };
    return { ok: true, value };
  };
  return field(read, `${key} = "${example}"`, description, {
    type: 'string',
    pattern: noTls === undefined ? loopbackUrl.source : loopbackUrl.source.replace('https?', 'http'),
    maxLength: longestUrl,
  });
};

/** One word of a command line: it is handed on as it is, no shell reads it. */
export const argument = (key: string, example: string, description: string) =>
  word(
    /^[^\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]{1,1024}$/u,
    'one argument of up to 1024 characters on one line',
    key,
    example,
    description,
  );

export const absolutePath = (key: string, example: string, description: string) =>
  word(
    /^\/[^\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]{1,1023}$/u,
    'the whole path of a file, from / on',
    key,
    example,
    description,
  );

export const account = (key: string, example: string, description: string) =>
  word(/^[A-Za-z_][A-Za-z0-9._-]{0,31}$/, 'the short name of an account', key, example, description);

/** xnu bsd/sys/kern_memorystatus.h: the numbers since macOS 13, and those before it, a tenth of them. */
const bandOfNumber: Readonly<Record<string, BandName>> = {
  '0': 'IDLE',
  '3': 'BACKGROUND',
  '30': 'BACKGROUND',
  '10': 'FOREGROUND',
  '100': 'FOREGROUND',
  '16': 'HOME',
  '160': 'HOME',
  '18': 'DEFAULT',
  '180': 'DEFAULT',
  '19': 'CRITICAL',
  '190': 'CRITICAL',
};

const listedBands = bandNames.map((name) => `"${name}"`).join(', ');

const numbered = (digits: string): Extract<Read<BandName>, { readonly ok: false }> => {
  const meant = bandOfNumber[digits];
  return {
    ok: false,
    message: 'Bands are named here and never numbered: their numbers changed tenfold in macOS 13.',
    fix: meant === undefined ? `Write one of ${listedBands}.` : `Write "${meant}" if that is the one you mean.`,
  };
};

export const band = (key: string, description: string) => {
  const read = (value: unknown): Read<BandName> => {
    const known = bandNames.find((name) => name === value);
    if (known !== undefined) return { ok: true, value: known };
    if (typeof value === 'number' || typeof value === 'bigint') return numbered(String(value));
    if (typeof value === 'string' && /^-?\d+$/.test(value)) return numbered(value);
    const meant = typeof value === 'string' ? didYouMean(value, bandNames) : null;
    const hint = meant === null ? '' : `Did you mean "${meant}"? `;
    return { ok: false, message: `${shown(value)} is not a band.`, fix: `${hint}There are ${listedBands}.` };
  };
  return field(read, `${key} = "CRITICAL"`, description, { type: 'string', enum: bandNames });
};
