import type { Config } from '../config/config.ts';
import type { ConfigSource } from '../config/parse.ts';
import type { PolicyEdit } from '../protocol/policy.ts';
import { knownRuntimes } from './known-runtimes.ts';
import type { LintFinding } from './lint.ts';

/** What a finding asks to be written into castellan.toml, as lines to be replaced. Pure; nothing is ever written from here. */

/** Lines and characters of them that are shown. */
const mostLines = 24;
const mostCharacters = 240;

const shown = (line: string): string =>
  line.length <= mostCharacters ? line : `${line.slice(0, mostCharacters - 1).trimEnd()}…`;

/** Lines of the table whose header stands at `line`; null: it is not written as a table of its own. */
const tableAt = (lines: readonly string[], line: number): readonly string[] | null => {
  if (!/^\s*\[/.test(lines[line - 1] ?? '')) return null;
  const next = lines.findIndex((text, i) => i >= line && /^\s*\[\[?[A-Za-z]/.test(text));
  const block = lines.slice(line - 1, next < 0 ? lines.length : next);
  // What stands above the next header belongs to that.
  const last = block.findLastIndex((text) => !/^\s*(?:#.*)?$/.test(text));
  return block.slice(0, last + 1);
};

/** As TOML writes a text: literally where it can be. */
const quoted = (text: string): string => (text.includes("'") ? JSON.stringify(text) : `'${text}'`);

const withoutLabel = (label: string, { dependsOn }: Config['relief']): readonly string[] => {
  const left = dependsOn.filter((each) => each !== label);
  return left.length === 0 ? [] : [`depends_on = [${left.map((each) => JSON.stringify(each)).join(', ')}]`];
};

/** The pattern of the example file for the runtime that the finding names. */
const usualPattern = (message: string): string | null =>
  knownRuntimes.find(({ name }) => message.includes(`processes of ${name} like`))?.pattern ?? null;

/** Null: the file does not say it, so there is nothing to change in it. */
export const editOf = (
  { code, path, subject, message }: LintFinding,
  { relief }: Pick<Config, 'relief'>,
  source: ConfigSource | null,
): PolicyEdit | null => {
  if (source === null) return null;
  const line = source.lines.nearest(path);
  if (line === null) return null;
  const lines = source.text.split(/\r?\n/);
  const here = [shown(lines[line - 1] ?? '')];
  switch (code) {
    case 'misses_runtime': {
      const pattern = usualPattern(message);
      return { line, old: here, new: pattern === null ? null : [`pattern = ${quoted(pattern)}`] };
    }
    case 'never_acts': {
      const header = source.lines.exact(path.slice(0, -1));
      const block = header === null ? null : tableAt(lines, header);
      if (header === null || block === null || block.length > mostLines) return { line, old: here, new: null };
      return { line: header, old: block.map(shown), new: [] };
    }
    case 'missing_enforcer': {
      // Only a list on one line can be replaced by one.
      const list = source.lines.exact(path.slice(0, -1));
      const text = list === null ? '' : (lines[list - 1] ?? '');
      if (list === null || !/^\s*depends_on\s*=\s*\[.*\]\s*(?:#.*)?$/.test(text)) return { line, old: here, new: null };
      return { line: list, old: [shown(text)], new: withoutLabel(subject, relief).map(shown) };
    }
    case 'matches_nothing':
    case 'matches_protected':
    case 'matches_too_much':
    case 'hidden':
    case 'service_absent':
      return { line, old: here, new: null };
  }
};
