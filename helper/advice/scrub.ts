import { shortened } from '../protocol/shortened.ts';

/**
 * What may leave the machine of a name or a sentence. Whoever names a process, a seat or a service may have put anything into the
 * name, so nothing is searched for secrets and let through otherwise: a word passes when it has the form of a word.
 */

export interface Scrub {
  /** A name, or `instead` where it might be something else. At most 64 characters of ASCII. */
  readonly name: (name: string, instead: string) => string;
  /** A sentence, in which whatever might be something else is left out. */
  readonly sentence: (text: string, characters: number) => string;
}

const longestName = 64;
/** Longer runs of letters are no words of a name. */
const longestLetters = 20;
/** With digits among them: aarch64, 31B, x86, v18. */
const longestMixed = 8;
const most = 8;

const telling = /secret|token|passw|api.?key|bearer|private.?key|credential|auth/i;
/** Beginnings that services give their keys; sk-…, ghp_…, xoxb-…, AKIA…, eyJ… (a JWT). */
const keyLike =
  /(?:^|[^A-Za-z])(?:sk|pk|rk|gh[pousr]|github|xox[a-z]|hf|glpat|AKIA|ASIA|eyJ|AIza|ya29)(?:[-_.]|[A-Z0-9])/;

const isWord = (word: string): boolean =>
  (/^[A-Za-z]+$/.test(word) && word.length <= longestLetters) ||
  /^\d{1,6}$/.test(word) ||
  (/^[A-Za-z0-9]+$/.test(word) && word.length <= longestMixed);

/** Words of this length or longer are looked for as parts of others, too. */
const partFrom = 4;

/** Accounts, as paths of homes name them. */
export const accountsIn = (texts: readonly string[]): readonly string[] => {
  const found = new Set<string>();
  for (const text of texts)
    for (const [, account] of text.matchAll(/(?:\/(?:Users|home)\/|(?:^|[\s"'=:])~)([A-Za-z_][A-Za-z0-9._-]{0,63})/g))
      if (account !== undefined && account !== 'Shared') found.add(account.toLowerCase());
  return [...found];
};

const leftOut = '(left out)';
/** Paths, addresses with a scheme, mail addresses, settings (a=b): a word that has one of these in it goes as a whole. */
const hidden = /[/\\@=~$%{}<>|&;`]/;
const quotes = /^[("'“”‘’«]+|[)"'“”‘’».,:;!?]+$/g;
/** What our own sentences count with; an address of IPv4 has one group more. */
const figure = /^[-+−×·…–—]?\d{1,3}(?:[.,]\d{1,3}){0,2}(?:%|[A-Za-z]{1,3})?$|^[-+−×·…–—≥≤]$/;

const rates: ReadonlySet<string> = new Set(['B/s', 'KB/s', 'MB/s', 'GB/s', 'TB/s']);

export const createScrub = (accounts: readonly string[]): Scrub => {
  const isPrivate = (word: string): boolean => {
    const low = word.toLowerCase();
    return accounts.some((account) => (account.length >= partFrom ? low.includes(account) : low === account));
  };
  /** Of letters, digits and what joins them in names. */
  const passes = (word: string): boolean => {
    const parts = word.split(/[ ._+()-]+/).filter((part) => part !== '');
    return (
      parts.length > 0 &&
      parts.length <= most &&
      parts.every(isWord) &&
      parts.filter((part) => /\d/.test(part)).length <= 3 &&
      !telling.test(word) &&
      !keyLike.test(word) &&
      !isPrivate(word)
    );
  };
  const passesInSentence = (word: string): boolean => {
    const bare = word.replaceAll(quotes, '');
    if (bare === '') return word.length <= 4;
    if (figure.test(bare) || rates.has(bare)) return true;
    if (hidden.test(bare)) return false;
    // Letters of other alphabets and apostrophes are in words of ours, and in nothing that unlocks anything.
    return (
      passes(bare.replaceAll(/[’'…]/g, '')) ||
      (/^\p{L}{1,20}$/u.test(bare.replaceAll(/[’'-]/g, '')) && !isPrivate(bare))
    );
  };
  return {
    name: (name, instead) =>
      name.length <= longestName && /^[A-Za-z0-9][A-Za-z0-9 ._+()-]*$/.test(name) && passes(name) ? name : instead,
    sentence: (text, characters) => {
      const words = text
        .replaceAll(/[\p{C}\p{Z}]+/gu, ' ')
        .trim()
        .split(' ')
        .slice(0, characters)
        // What follows "password" is not to be told either.
        .map((word, at, all) => (passesInSentence(word) && !telling.test(all[at - 1] ?? '') ? word : leftOut));
      const shown = words.filter((word, at) => word !== leftOut || words[at - 1] !== leftOut).join(' ');
      return shortened(shown, characters);
    },
  };
};
