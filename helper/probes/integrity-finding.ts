import { type Finding, findingCodes } from '../protocol/health.ts';

/** A finding as the completion of an effect, which carries an outcome and words: its code is the first of them. */

export const findingWords = ({ code, detail }: Finding): string => `${code} ${detail}`;

/** What could not be looked at within its time was not found whole. */
export const findingOf = ({ outcome, detail }: { readonly outcome: string; readonly detail: string }): Finding => {
  const [first = '', ...rest] = detail.split(' ');
  const code = findingCodes.find((each) => each === first);
  if (code === undefined)
    return { ok: outcome === 'ok', code: outcome === 'ok' ? 'ok' : 'unreadable', detail, ms: null };
  return { ok: outcome === 'ok', code, detail: rest.join(' '), ms: null };
};
