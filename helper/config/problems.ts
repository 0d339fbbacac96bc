import type * as z from 'zod/mini';
import type { ConfigProblem } from '../protocol/index.ts';
import type { LineIndex, Path } from './lines.ts';
import { keysAt } from './schema.ts';
import { didYouMean } from './suggest.ts';
import { plain } from './units.ts';

/** Problems reported at once; the rest is counted. Status and verbs carry them in frames of limited size. */
const maxProblems = 20;

/** A problem whose words are not made yet: of thousands only the first few are ever told. */
export interface Draft {
  readonly path: Path;
  readonly tell: () => { readonly message: string; readonly fix: string };
}

/** The first problems in the order of the file, each with its line, and the number of the others. */
export const listed = (drafts: readonly Draft[], lines: LineIndex): readonly ConfigProblem[] => {
  const placed = drafts.map((draft) => ({ ...draft, line: lines.nearest(draft.path) }));
  const first = placed.sort((a, b) => (a.line ?? 0) - (b.line ?? 0)).slice(0, maxProblems);
  const problems = first.map(({ path, line, tell }): ConfigProblem => ({ line, key: keyText(path), ...tell() }));
  const more = drafts.length - first.length;
  if (more === 0) return problems;
  const fix = 'Correct these first and check again.';
  return [...problems, { line: null, key: '', message: `There are ${more} more problems.`, fix }];
};

/** What zod found, in words of ours. */
export const draftsOf = (issue: z.core.$ZodIssue): readonly Draft[] => {
  const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({ path: [...path, key], tell: () => unknownKey(path, key) }));
    case 'custom': {
      const fix: unknown = issue.params?.fix;
      return [{ path, tell: () => ({ message: issue.message, fix: typeof fix === 'string' ? fix : '' }) }];
    }
    case 'invalid_type':
      return [{ path, tell: () => formOf(path) }];
    case 'too_big': {
      // A text in place of a list is measured, too, after it has been refused for what it is.
      if (issue.origin !== 'array') return [];
      const message = `There are more than ${issue.maximum} of these.`;
      return [{ path, tell: () => ({ message, fix: 'Remove those that are not needed.' }) }];
    }
    default:
      return [
        { path, tell: () => ({ message: `${issue.message}.`, fix: 'See the example file for the right form.' }) },
      ];
  }
};

const unknownKey = (path: Path, key: string): ReturnType<Draft['tell']> => {
  const known = keysAt(path);
  const meant = didYouMean(key, known);
  return {
    message: `There is no key "${plain(key)}" here.`,
    fix: meant === null ? `Known here: ${known.join(', ')}.` : `Did you mean "${meant}"?`,
  };
};

/** How the lists of the file are written, by the path of the list. */
const lists: Readonly<Record<string, { readonly what: string; readonly one: string }>> = {
  seat: { what: 'Seats', one: 'seat' },
  band: { what: 'Bands', one: 'rule' },
  'relief.entry': { what: 'Entries', one: 'entry' },
  'relief.service': { what: 'Services', one: 'service' },
  'alerts.push': { what: 'Targets', one: 'target' },
};

/** Lists of texts, by their path. */
const textLists: Readonly<Record<string, { readonly of: string; readonly example: string }>> = {
  'relief.depends_on': { of: 'labels', example: '["com.example.one"]' },
  'api.extra_listen': { of: 'addresses', example: '["10.10.10.1:2189"]' },
  'containers.stop': { of: 'names', example: '["jellyfin"]' },
  'containers.keep': { of: 'words', example: '["postgres", "redis"]' },
  'containers.restart': { of: 'arguments', example: '["/opt/homebrew/bin/colima", "restart"]' },
  'seat.probe_cmd': { of: 'arguments', example: '["/usr/local/bin/mlx-ready", "--port", "1337"]' },
  'seat.command': { of: 'arguments', example: '["/opt/mlx/bin/mlx_lm.server", "--port", "1337"]' },
  'seat.wired_argument': { of: 'arguments', example: '["--metal-wired-limit-mb", "{mb}"]' },
};

const formOf = (path: Path): ReturnType<Draft['tell']> => {
  const name = path.filter((part) => typeof part === 'string').join('.');
  const texts = textLists[name];
  if (texts !== undefined) {
    const key = name.slice(name.lastIndexOf('.') + 1);
    return { message: `A list of ${texts.of} is needed here.`, fix: `Write ${key} = ${texts.example}.` };
  }
  const list = lists[name];
  if (list === undefined) return tableForm(path);
  return {
    message: `${list.what} are written as [[${name}]].`,
    fix: `Start each ${list.one} with a line [[${name}]], double brackets, and its keys below.`,
  };
};

const tableForm = (path: Path): ReturnType<Draft['tell']> => {
  const keys = keysAt(path);
  const header = `Write [${path[0]}] on a line of its own, with ${keys.join(', ')} below.`;
  const inline = `Write { ${keys.map((key) => `${key} = …`).join(', ')} }.`;
  return { message: 'A table is needed here.', fix: path.length === 1 ? header : inline };
};

/** `pressure.yellow.available`, `seat[1].peak`; seats count from 1, as people count them. */
export const keyText = (path: Path): string =>
  path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part + 1}]`;
    return `${text}${text === '' ? '' : '.'}${plain(part)}`;
  }, '');
