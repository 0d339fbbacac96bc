import type { TomlError } from 'smol-toml';
import type { ConfigProblem } from '../protocol/index.ts';
import { plain } from './units.ts';

/** Mistakes people make in TOML, told by the text of the line and the parser's complaint; the first that fits is used. */
const advice: readonly {
  readonly line?: RegExp;
  readonly complaint?: RegExp;
  readonly message?: string;
  readonly fix: string;
}[] = [
  {
    line: /=\s*[\d.]+\s*(?:[KMGT]i?B?(?:\/s)?|%|ms|s|min|h)\s*(?:[,}#].*)?$/i,
    message: 'A value with a unit stands without quotes.',
    fix: 'Put it in quotes, like "8 GB".',
  },
  {
    line: /^\s*\[[^\]=]*\]?\s*(?:#.*)?$/,
    complaint: /key|table array/,
    message: 'A table header is not closed.',
    fix: 'Write [table], or [[seat]] and [[relief.entry]] for one of several.',
  },
  {
    complaint: /escape/,
    message: 'In double quotes a backslash begins an escape, and this is none.',
    fix: "Put the text in single quotes, where a backslash is a backslash, like '\\.lmstudio/'.",
  },
  {
    complaint: /control characters are not allowed in strings|unfinished string/,
    message: 'A string is not closed.',
    fix: 'Close the quote on the same line.',
  },
  {
    complaint: /redefine/,
    message: 'This table or key is written twice.',
    fix: 'Keep one of the two. A second seat starts with [[seat]].',
  },
  {
    complaint: /unsafe property/,
    message: 'This key is not allowed.',
    fix: 'Remove the line.',
  },
  {
    complaint: /unfinished (?:array|table)|expected comma/,
    message: 'A list or { … } is not closed, or a comma is missing.',
    fix: 'Close the bracket that is open here, or put a comma between the values.',
  },
  {
    complaint: /^invalid value/,
    message: 'The value cannot be read.',
    fix: 'Put text in quotes; only true, false and whole numbers stand without.',
  },
  { complaint: /end of key|key-value/, fix: 'Each line is a key = "value", a [table] or a # comment.' },
];

/** What smol-toml refused, in the form all configuration problems have. */
export const syntaxProblem = (text: string, error: TomlError): ConfigProblem => {
  const line = text.split('\n', error.line)[error.line - 1] ?? '';
  const complaint = (error.message.split('\n', 1)[0] ?? '').replace('Invalid TOML document: ', '');
  const fitting = advice.find(
    (row) => (row.line?.test(line.slice(0, 500)) ?? true) && (row.complaint?.test(complaint) ?? true),
  );
  const sentence = `${complaint.slice(0, 1).toUpperCase()}${complaint.slice(1)}`.replace(/\.?$/, '.');
  return {
    line: error.line,
    key: '',
    message: fitting?.message ?? sentence,
    fix: fitting?.fix ?? `Look at ${plain(JSON.stringify(line.trim()))}.`,
  };
};
