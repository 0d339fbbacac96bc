import { type Finding, findingCodes, signatureCodes } from '../protocol/health.ts';

/**
 * A finding as the completion of an effect, which carries an outcome and words: its code is the first of them, then, where it
 * is known, how the program is signed and which file it is, then what is said to people.
 */

const signedMark = 'signed:';
const versionMark = 'version:';

export const findingWords = ({ code, detail, signed, version }: Finding): string =>
  [
    code,
    ...(signed === undefined ? [] : [`${signedMark}${signed}`]),
    ...(version === undefined ? [] : [`${versionMark}${version}`]),
    detail,
  ].join(' ');

/** Null: the words do not begin with a word of that kind. */
const taken = (words: readonly string[], mark: string): string | null =>
  words[0]?.startsWith(mark) === true ? words[0].slice(mark.length) : null;

/** What could not be looked at within its time was not found whole. */
export const findingOf = ({ outcome, detail }: { readonly outcome: string; readonly detail: string }): Finding => {
  const ok = outcome === 'ok';
  const [first, ...rest] = detail.split(' ');
  const code = findingCodes.find((each) => each === first);
  if (code === undefined) return { ok, code: ok ? 'ok' : 'unreadable', detail, ms: null };
  const signedWord = taken(rest, signedMark);
  const signed = signatureCodes.find((each) => each === signedWord);
  const unsigned = signed === undefined ? rest : rest.slice(1);
  const version = taken(unsigned, versionMark);
  const said = version === null ? unsigned : unsigned.slice(1);
  return {
    ...{ ok, code, detail: said.join(' '), ms: null },
    ...(signed === undefined ? {} : { signed }),
    ...(version === null ? {} : { version }),
  };
};
