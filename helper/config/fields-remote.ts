import { isIPv4 } from 'node:net';
import { isLoopback } from './addresses.ts';
import { field } from './fields.ts';
import { type Read, shown } from './units.ts';

/** Addresses off this machine that castellan.toml names. */

const longestUrl = 256;
const httpUrl = /^https?:\/\/[^\s/?#@]{1,253}(?:\/[!-~]*)?$/;

/** RFC 1918, RFC 6598 (also Tailscale's), RFC 3927 and this machine: what is sent there in the clear stays in the house. */
const privateFour =
  /^(?:10\.|127\.|192\.168\.|169\.254\.|172\.(?:1[6-9]|2\d|3[01])\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.)/;
/** RFC 4193 and RFC 4291, 2.5.3 and 2.5.6. */
const privateSix = /^\[(?:::1\]|f[cd]|fe[89ab])/i;

const isPrivate = (hostname: string): boolean =>
  hostname === 'localhost' || (isIPv4(hostname) ? privateFour.test(hostname) : privateSix.test(hostname));

/** A URL that the gateway may ask although it leads off this machine: without a password, and in the clear only within the house. */
export const remoteUrl = (key: string, example: string, description: string) => {
  const read = (value: unknown): Read<string> => {
    const fix = `Write a whole URL, like "${example}".`;
    const url = typeof value === 'string' && value.length <= longestUrl && URL.canParse(value) ? new URL(value) : null;
    if (typeof value !== 'string' || url === null || (url.protocol !== 'http:' && url.protocol !== 'https:'))
      return { ok: false, message: `${shown(value)} is not an HTTP URL of up to ${longestUrl} characters.`, fix };
    // Not shown: it may hold a secret.
    if (!httpUrl.test(value) || url.username !== '' || url.search !== '' || url.hash !== '')
      return { ok: false, message: 'Names, passwords, a ? or a # have no place in this URL.', fix };
    if (url.protocol === 'http:' && !isPrivate(url.hostname))
      return {
        ok: false,
        message: `What is sent to ${url.hostname} without TLS can be read on the way.`,
        fix: 'Write https://, or the address of a machine in a network of your own.',
      };
    return { ok: true, value };
  };
  return field(read, `${key} = "${example}"`, description, {
    type: 'string',
    pattern: httpUrl.source,
    maxLength: longestUrl,
  });
};

/** It never leaves this machine. */
export const leadsHere = (text: string): boolean => {
  const { hostname } = new URL(text);
  return hostname === 'localhost' || isLoopback(hostname.replaceAll(/[[\]]/g, ''));
};

/** What is sent there goes over a network for everybody to read. */
export const isInTheClear = (text: string): boolean => new URL(text).protocol !== 'https:' && !leadsHere(text);
