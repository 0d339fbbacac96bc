import { RE2JS, RE2JSException, RE2JSSyntaxException } from 're2js';
import type { PolicyEntry } from '../config/config.ts';
import { type Failure, failure } from '../protocol/errors.ts';
import { faultyPlace } from './pattern-place.ts';

/**
 * Which policy entry a command line belongs to. Patterns are RE2: the time of a search is bounded by the length of the
 * text times the size of the compiled pattern, so both are bounded here, and no command line that somebody gives to a
 * process can stop the keeper.
 */

/** Characters. The longest of the patterns known from the field has 30. */
export const maxPatternLength = 256;

/**
 * Instructions of the compiled pattern: `x{1000}` is short and would be 1,000. At this many the worst search of the longest
 * command line takes about 50 ms, a usual one a microsecond.
 */
const maxInstructions = 300;

/**
 * Bytes that the states found while searching may take, for each pattern; re2js's own limit is 8 MB. Beyond it the search
 * starts over with an empty table, or goes on without one.
 */
const maxStateBytes = 128 * 1024;

export type CompiledPattern =
  | { readonly ok: true; readonly matches: (command: string) => boolean }
  | {
      readonly ok: false;
      readonly failure: Failure;
      /** Character of the pattern, counted from 1; null when it is about the pattern as a whole. */
      readonly at: number | null;
      /** What is wrong, without the place: "missing closing )". */
      readonly complaint: string;
    };

/** Compiles a pattern that is searched anywhere in a command line. Never throws, whatever the text. */
export const compilePattern = (text: string): CompiledPattern => {
  const refuse = (complaint: string, at: number | null): CompiledPattern => {
    const place = at === null ? complaint : `${complaint}, at character ${at}`;
    return { ok: false, failure: failure('pattern_invalid', place), at, complaint };
  };
  if (text === '') return refuse('it is empty and would match everything', null);
  if (text.length > maxPatternLength) return refuse(`it is longer than ${maxPatternLength} characters`, null);
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(text);
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    return error instanceof RE2JSSyntaxException
      ? refuse(error.error, faultyPlace(text, error.error, error.input, refuses))
      : refuse(error.message, null);
  }
  if (compiled.programSize() > maxInstructions) return refuse('its repetitions are too large', null);
  const { dfa } = compiled.re2();
  Object.assign(dfa, { maxMem: maxStateBytes, stateBudget: maxStateBytes, memBudget: maxStateBytes });
  return { ok: true, matches: (command) => compiled.test(command) };
};

/** What re2js says against a text; null: nothing. */
const refuses = (text: string): string | null => {
  try {
    RE2JS.compile(text);
    return null;
  } catch (error) {
    return error instanceof RE2JSSyntaxException ? error.error : null;
  }
};

type Matcher = (command: string) => readonly number[];

/** Whatever is told by a pattern: policy entries, rules for bands. */
type Searched = Pick<PolicyEntry, 'pattern'>;

/** The policy of one configuration is one array, made once; with it go its compiled patterns and what they matched. */
const matchers = new WeakMap<readonly Searched[], Matcher>();

/** Characters of command lines that are remembered; twice as many at most. */
const memoCharacters = 512 * 1024;

const none: readonly number[] = [];

const createMatcher = (entries: readonly Searched[]): Matcher => {
  // The configuration is checked when it is loaded; an entry that does not compile all the same never matches.
  const patterns = entries.map(({ pattern }) => compilePattern(pattern));
  // Two generations: what is asked for again moves to the younger one, the older one is dropped as a whole.
  let young = new Map<string, readonly number[]>();
  let old = new Map<string, readonly number[]>();
  let characters = 0;
  return (command) => {
    const known = young.get(command);
    if (known !== undefined) return known;
    const found = old.get(command) ?? search(patterns, command);
    characters += command.length;
    if (characters > memoCharacters) {
      old = young;
      young = new Map();
      characters = command.length;
    }
    young.set(command, found);
    return found;
  };
};

const search = (patterns: readonly CompiledPattern[], command: string): readonly number[] => {
  const found = patterns.flatMap((pattern, i) => (pattern.ok && pattern.matches(command) ? [i] : []));
  return found.length === 0 ? none : found;
};

/** Indexes of all entries whose pattern matches, ascending. Memoised like `entryOf`. */
export const entriesMatching = (entries: readonly Searched[], command: string): readonly number[] => {
  let matcher = matchers.get(entries);
  if (matcher === undefined) {
    matcher = createMatcher(entries);
    matchers.set(entries, matcher);
  }
  return matcher(command);
};

/**
 * The entry that a process with this command line belongs to: the first whose pattern matches; null: none, so that it is
 * never acted upon. About a microsecond for a command line seen before.
 */
export const entryOf = (entries: readonly PolicyEntry[], command: string): PolicyEntry | null => {
  const [first] = entriesMatching(entries, command);
  return first === undefined ? null : (entries[first] ?? null);
};
