import { parse, TomlError } from 'smol-toml';
import type { ConfigProblem } from '../protocol/index.ts';
import type { Config } from './config.ts';
import { type LineIndex, lineIndex, type Path } from './lines.ts';
import { type Draft, draftsOf, listed } from './problems.ts';
import { type Finding, rules } from './rules.ts';
import { configSchema, toConfig } from './schema.ts';
import { syntaxProblem } from './syntax.ts';
import { plain } from './units.ts';

export type ParsedConfig =
  | {
      readonly ok: true;
      readonly config: Config;
      readonly warnings: readonly ConfigProblem[];
      /** Findings of later looks at the same file, as problems with their line. */
      readonly place: (findings: readonly Finding[]) => readonly ConfigProblem[];
      readonly source: ConfigSource;
    }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

/** The text that a configuration was made from, to say where in it something stands. */
export interface ConfigSource {
  readonly text: string;
  readonly lines: LineIndex;
}

/** A castellan.toml is a few kilobytes; anything larger is something else. */
export const maxConfigBytes = 64 * 1024;

/** Deeper than any valid file; bounds the recursion of the readers. Dotted keys are read without recursion. */
const maxDepth = 16;

/**
 * Reads the text of a castellan.toml. Never throws, whatever the text. Every problem has the line of the key it is about,
 * or of the table that lacks one. `totalBytes` (RAM) turns on the checks against the machine;
 * a text whose `ownerUid` is not told is judged as root's.
 */
export const parseConfig = (
  text: string,
  {
    totalBytes = null,
    ownerUid = null,
  }: { readonly totalBytes?: number | null; readonly ownerUid?: number | null } = {},
): ParsedConfig => {
  if (text.length > maxConfigBytes) return { ok: false, problems: [tooLong] };
  const read = readToml(text);
  if (!read.ok) return { ok: false, problems: [read.problem] };
  const lines = lineIndex(text);
  const told = (drafts: readonly Draft[]): readonly ConfigProblem[] => listed(drafts, lines);
  const dates = datesIn(read.document);
  if (dates.length > 0) return { ok: false, problems: told(dates) };
  const shape = configSchema.safeParse(read.document);
  if (!shape.success) return { ok: false, problems: told(shape.error.issues.flatMap(draftsOf)) };
  const config = toConfig(shape.data);
  const drafted = ({ paths, message, fix }: Finding): Draft => {
    const written = paths.find((path) => lines.exact(path) !== null);
    return { path: written ?? paths[0], tell: () => ({ message, fix }) };
  };
  const context = { totalBytes, isRoots: (ownerUid ?? 0) === 0, lineOf: lines.exact };
  const found = (severity: 'error' | 'warning'): readonly Draft[] =>
    rules
      .filter((rule) => rule.severity === severity)
      .flatMap((rule) => rule.find(config, context))
      .map(drafted);
  const errors = found('error');
  if (errors.length > 0) return { ok: false, problems: told(errors) };
  const place = (findings: readonly Finding[]) => told(findings.map(drafted));
  return { ok: true, config, warnings: told(found('warning')), place, source: { text, lines } };
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
const datesIn = (document: object): readonly Draft[] => {
  const drafts: Draft[] = [];
  const fix = 'Put it in quotes if it is meant as text; otherwise remove it.';
  const visit = (value: unknown, path: Path): void => {
    if (value instanceof Date) drafts.push({ path, tell: () => ({ message: 'A date is not used here.', fix }) });
    else if (typeof value === 'object' && value !== null && path.length < maxDepth) {
      for (const [part, inner] of Object.entries(value)) {
        visit(inner, [...path, Array.isArray(value) ? Number(part) : part]);
      }
    }
  };
  visit(document, []);
  return drafts;
};
