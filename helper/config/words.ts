import { word } from './fields.ts';

/** Kinds of text that more than one table of castellan.toml has. */

export const name = (example: string, description: string) =>
  word(
    /^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,39}$/u,
    'up to 40 letters, digits, spaces, dots and dashes',
    'name',
    example,
    description,
  );

export const launchdLabel = (key: string, example: string, description: string) =>
  word(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/, 'a launchd label', key, example, description);

export const launchdDomain = (description: string) =>
  word(/^(?:system|gui\/(?:0|[1-9]\d{0,9}))$/, 'system, or gui/ and a uid', 'domain', 'gui/501', description);

const oneLine = (key: string, example: string, description: string) =>
  word(
    /^(?=\S)[^\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]{1,80}(?<=\S)$/u,
    'up to 80 characters on one line',
    key,
    example,
    description,
  );

export const oracle = oneLine(
  'oracle',
  'hosts the council gateway',
  'What answers there that is needed to judge the trouble; it comes last and is asked about first.',
);

export const note = oneLine('note', 'at 32K tokens of context', 'What the declared peak is tied to.');
