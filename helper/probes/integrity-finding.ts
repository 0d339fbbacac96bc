import { type Finding, findingCodes, signatureCodes } from '../protocol/health.ts';

/**
 * A finding as the completion of an effect, which carries an outcome and words: its code is the first of them, and how the
 * program is signed the second, where that is known.
 */

const mark = 'signed:';

export const findingWords = ({ code, detail, signed }: Finding): string =>
  signed === undefined ? `${code} ${detail}` : `${code} ${mark}${signed} ${detail}`;

/** What could not be looked at within its time was not found whole. */
export const findingOf = ({ outcome, detail }: { readonly outcome: string; readonly detail: string }): Finding => {
  const [first = '', ...rest] = detail.split(' ');
  const ok = outcome === 'ok';
  const code = findingCodes.find((each) => each === first);
  if (code === undefined) return { ok, code: ok ? 'ok' : 'unreadable', detail, ms: null };
  const signed = signatureCodes.find((each) => rest[0] === `${mark}${each}`);
  return signed === undefined
    ? { ok, code, detail: rest.join(' '), ms: null }
    : { ok, code, detail: rest.slice(1).join(' '), ms: null, signed };
};
