import type { ConfigProblem, Failure } from '../protocol/index.ts';
import { type Config, defaultConfig } from './config.ts';
import { type ConfigSource, maxConfigBytes, type ParsedConfig, parseConfig } from './parse.ts';
import { configDiff } from './print.ts';
import { readTrusted } from './trusted.ts';

/** The configuration in force, and how it came about. */
export interface LoadedConfig {
  /**
   * `file`: what the file says. `defaults`: there is no file. `invalid`: the file cannot be used, `config` holds the
   * compiled defaults and `problems` says why; the keeper then only observes.
   */
  readonly state: 'file' | 'defaults' | 'invalid';
  readonly config: Config;
  /** Errors when the state is `invalid` or a reload was refused; otherwise warnings. */
  readonly problems: readonly ConfigProblem[];
  readonly path: string;
  /** What the file said when it was loaded; null: no file is in force. */
  readonly source: ConfigSource | null;
}

export interface LoadRules {
  /** uids that may own the file and the folders above it; see `trustedOwners`. */
  readonly owners: readonly number[];
  /** RAM in bytes, for the checks against the machine; null turns them off. */
  readonly totalBytes?: number | null;
}

export interface ReloadedConfig {
  readonly loaded: boolean;
  /** What is in force now: the new configuration, or the last good one. */
  readonly current: LoadedConfig;
  /** `key: old → new`, one a line; empty when nothing changed or nothing was loaded. */
  readonly diff: readonly string[];
  readonly problems: readonly ConfigProblem[];
}

export type CheckedConfig =
  | ({ readonly state: 'valid' } & Pick<
      Extract<ParsedConfig, { ok: true }>,
      'config' | 'warnings' | 'place' | 'source'
    >)
  | { readonly state: 'invalid'; readonly problems: readonly ConfigProblem[] }
  | { readonly state: 'missing' | 'unreadable'; readonly failure: Failure };

/** Tests a file without loading it, by exactly the rules by which the keeper reads it. */
export const checkConfigFile = (path: string, { owners, totalBytes = null }: LoadRules): CheckedConfig => {
  const read = readTrusted(path, { owners, maxBytes: maxConfigBytes });
  if (!read.ok) return { state: read.missing ? 'missing' : 'unreadable', failure: read.failure };
  const parsed = checkConfigBytes(read.bytes, totalBytes, read.ownerUid);
  if (!parsed.ok) return { state: 'invalid', problems: parsed.problems };
  const { config, warnings, place, source } = parsed;
  return { state: 'valid', config, warnings, place, source };
};

/** Reads the configuration at start. Never fails: what cannot be used is said, and the defaults hold. */
export const loadConfig = (path: string, rules: LoadRules): LoadedConfig => {
  const checked = checkConfigFile(path, rules);
  switch (checked.state) {
    case 'valid':
      return { state: 'file', config: checked.config, problems: checked.warnings, path, source: checked.source };
    case 'missing':
      return { state: 'defaults', config: defaultConfig, problems: [], path, source: null };
    default:
      return { state: 'invalid', config: defaultConfig, problems: errorsOf(checked), path, source: null };
  }
};

/**
 * Reads the file again. With errors the last good configuration stays in force. A file that was there and is gone is an
 * error too: an editor that saves in two steps must not cost the seats; who wants the defaults back writes an empty file.
 */
export const reloadConfig = (current: LoadedConfig, path: string, rules: LoadRules): ReloadedConfig => {
  const checked = checkConfigFile(path, rules);
  const keep = (problems: readonly ConfigProblem[]): ReloadedConfig => ({
    loaded: false,
    current: { ...current, problems: current.state === 'invalid' ? problems : [staysInForce, ...problems] },
    diff: [],
    problems,
  });
  if (checked.state === 'missing' && current.state !== 'file') {
    const defaults: LoadedConfig = { state: 'defaults', config: defaultConfig, problems: [], path, source: null };
    return { loaded: true, current: defaults, diff: configDiff(current.config, defaultConfig), problems: [] };
  }
  if (checked.state !== 'valid') return keep(errorsOf(checked));
  const { config, warnings, source } = checked;
  const loaded: LoadedConfig = { state: 'file', config, problems: warnings, path, source };
  return { loaded: true, current: loaded, diff: configDiff(current.config, config), problems: warnings };
};

const staysInForce: ConfigProblem = {
  line: null,
  key: '',
  message: 'The file was changed and cannot be used; the configuration loaded before stays in force.',
  fix: 'Correct what is named and reload.',
};

/** `PATH:LINE: key: message fix`, as compilers print it, so that editors find the place. */
export const problemText = (path: string, problem: ConfigProblem): string => {
  const place = problem.line === null ? path : `${path}:${problem.line}`;
  return [`${place}:`, problem.key === '' ? '' : `${problem.key}:`, problem.message, problem.fix]
    .filter((part) => part !== '')
    .join(' ');
};

const errorsOf = (checked: Exclude<CheckedConfig, { readonly state: 'valid' }>): readonly ConfigProblem[] => {
  if (checked.state === 'invalid') return checked.problems;
  const { message, detail, todo } = checked.failure;
  return [{ line: null, key: '', message: `${message} ${detail}`, fix: todo }];
};

/** Tests a text. `ownerUid`: of its file; null: of a text that has none yet. TOML is UTF-8 and nothing else; the line with the first byte that is not is named. */
export const checkConfigBytes = (
  bytes: Uint8Array,
  totalBytes: number | null,
  ownerUid: number | null = null,
): ParsedConfig => {
  const text = decode(bytes);
  if (text !== null) return parseConfig(text, { totalBytes, ownerUid });
  const problem = { line: brokenLine(bytes), key: '', message: 'This line is not UTF-8 text.' };
  return { ok: false, problems: [{ ...problem, fix: 'Save the file as UTF-8.' }] };
};

const decode = (bytes: Uint8Array): string | null => {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
};

const brokenLine = (bytes: Uint8Array): number | null => {
  let line = 1;
  for (let from = 0; from < bytes.length; line += 1) {
    const end = bytes.indexOf(0x0a, from);
    const until = end === -1 ? bytes.length : end;
    if (decode(bytes.subarray(from, until)) === null) return line;
    from = until + 1;
  }
  return null;
};
