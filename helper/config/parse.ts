import { parse, TomlError } from 'smol-toml';
import type { z } from 'zod';
import type { ConfigProblem } from '../protocol/index.ts';
import type { Config } from './config.ts';
import { type LineIndex, lineIndex, type Path } from './lines.ts';
import { type Finding, rules } from './rules.ts';
import { configSchema, keysAt, toConfig } from './schema.ts';
import { didYouMean } from './suggest.ts';
import { syntaxProblem } from './syntax.ts';
import { plain } from './units.ts';

export type ParsedConfig =
  | { readonly ok: true; readonly config: Config; readonly warnings: readonly ConfigProblem[] }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

/** A castellan.toml is a few kilobytes; anything larger is something else. */
export const maxConfigBytes = 256 * 1024;

/** Problems reported at once; the rest is counted. Status and verbs carry them in frames of limited size. */
const maxProblems = 20;

/** Deeper than any valid file; bounds the recursion of the readers. Dotted keys are read without recursion. */
const maxDepth = 16;

/**
 * Reads the text of a castellan.toml. Never throws, whatever the text. Every problem has the line of the key it is about,
 * or of the table that lacks one. `totalBytes` (RAM) turns on the checks against the machine.
 */
export const parseConfig = (text: string, { totalBytes = null }: { totalBytes?: number | null } = {}): ParsedConfig => {
  if (text.length > maxConfigBytes) return refused([tooLong]);
  const read = readToml(text);
  if (!read.ok) return refused([read.problem]);
  const lines = lineIndex(text);
  const dates = datesIn(read.document, lines);
  if (dates.length > 0) return refused(dates);
  const shape = configSchema.safeParse(read.document);
  if (!shape.success) return refused(shape.error.issues.flatMap((issue) => fromIssue(issue, lines)));
  const config = toConfig(shape.data);
  const context = { totalBytes, lineOf: lines.exact };
  const found = (severity: 'error' | 'warning'): readonly ConfigProblem[] =>
    rules
      .filter((rule) => rule.severity === severity)
      .flatMap((rule) => rule.find(config, context).map((finding) => fromFinding(finding, lines)));
  const errors = found('error');
  return errors.length > 0 ? refused(errors) : { ok: true, config, warnings: inOrder(found('warning')) };
};

const tooLong: ConfigProblem = {
  line: null,
  key: '',
  message: `The file is larger than ${maxConfigBytes / 1024} KB.`,
  fix: 'Check that this is the right file.',
};

type Toml = { readonly ok: true; readonly document: object } | { readonly ok: false; readonly problem: ConfigProblem };

const readToml = (text: string): Toml => {
  try {
    // "throw": `__proto__` and `constructor` as keys are refused with their line.
    return { ok: true, document: parse(text, { maxDepth, unsafeKeyBehaviour: 'throw' }) };
  } catch (error) {
    // Anything but a TomlError is a fault of the library; it must not stop a keeper that only wanted its configuration.
    return { ok: false, problem: error instanceof TomlError ? syntaxProblem(text, error) : unreadable(error) };
  }
};

const unreadable = (error: unknown): ConfigProblem => ({
  line: null,
  key: '',
  message: `The file cannot be read as TOML: ${plain(error instanceof Error ? error.message : String(error))}.`,
  fix: 'Start again from the example file.',
});

/** A date is an object, so it would pass for an empty table. Nothing in this file is a date. */
const datesIn = (document: object, lines: LineIndex): readonly ConfigProblem[] => {
  const problems: ConfigProblem[] = [];
  const visit = (value: unknown, path: Path): void => {
    if (value instanceof Date) {
      const fix = 'Put it in quotes if it is meant as text; otherwise remove it.';
      problems.push({ line: lines.nearest(path), key: keyText(path), message: 'A date is not used here.', fix });
    } else if (typeof value === 'object' && value !== null && path.length < maxDepth) {
      for (const [part, inner] of Object.entries(value))
        visit(inner, [...path, Array.isArray(value) ? Number(part) : part]);
    }
  };
  visit(document, []);
  return problems;
};

const fromIssue = (issue: z.core.$ZodIssue, lines: LineIndex): readonly ConfigProblem[] => {
  const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
  const at = (where: Path, message: string, fix: string): ConfigProblem => ({
    line: lines.nearest(where),
    key: keyText(where),
    message,
    fix,
  });
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => {
        const known = keysAt(path);
        const meant = didYouMean(key, known);
        const fix = meant === null ? `Known here: ${known.join(', ')}.` : `Did you mean "${meant}"?`;
        return at([...path, key], `There is no key "${plain(key)}" here.`, fix);
      });
    case 'custom': {
      const fix: unknown = issue.params?.fix;
      return [at(path, issue.message, typeof fix === 'string' ? fix : '')];
    }
    case 'invalid_type':
      return [at(path, tableNeeded(path), tableForm(path))];
    case 'too_big':
      return [at(path, `There are more than ${issue.maximum} of these.`, 'Remove those that are not needed.')];
    default:
      return [at(path, `${issue.message}.`, 'See the example file for the right form.')];
  }
};

const isSeat = (path: Path): boolean => path[0] === 'seat';
const tableNeeded = (path: Path): string =>
  isSeat(path) ? 'Seats are written as [[seat]].' : 'A table is needed here.';
const tableForm = (path: Path): string => {
  if (isSeat(path)) return 'Start each seat with a line [[seat]], double brackets, and its keys below.';
  const keys = keysAt(path);
  return path.length === 1
    ? `Write [${path[0]}] on a line of its own, with ${keys.join(', ')} below.`
    : `Write { ${keys.map((key) => `${key} = …`).join(', ')} }.`;
};

const fromFinding = ({ paths, message, fix }: Finding, lines: LineIndex): ConfigProblem => {
  const path = paths.find((candidate) => lines.exact(candidate) !== null) ?? paths[0];
  return { line: lines.nearest(path), key: keyText(path), message, fix };
};

/** `pressure.yellow.available`, `seat[1].peak`; seats count from 1, as people count them. */
const keyText = (path: Path): string =>
  path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part + 1}]`;
    return `${text}${text === '' ? '' : '.'}${plain(part)}`;
  }, '');

const inOrder = (problems: readonly ConfigProblem[]): readonly ConfigProblem[] =>
  [...problems].sort((a, b) => (a.line ?? 0) - (b.line ?? 0));

const refused = (all: readonly ConfigProblem[]): ParsedConfig => {
  const problems = inOrder(all).slice(0, maxProblems);
  const more = all.length - problems.length;
  if (more > 0) problems.push(moreProblems(more));
  return { ok: false, problems };
};

const moreProblems = (count: number): ConfigProblem => ({
  line: null,
  key: '',
  message: `There are ${count} more problems.`,
  fix: 'Correct these first and check again.',
});
