import { type Config, defaultConfig } from '../../config/config.ts';
import { lineIndex } from '../../config/lines.ts';
import { parseConfig } from '../../config/parse.ts';
import { configDiff } from '../../config/print.ts';

/** Leaving the dry run by castellan.toml: the one line that changes, and nothing else of the operator's text. */

export type ConfigFound =
  | { readonly state: 'valid'; readonly config: Config; readonly text: string }
  /** The defaults hold. */
  | { readonly state: 'missing' }
  | { readonly state: 'unusable'; readonly why: string };

export interface GoLive {
  readonly path: string;
  /** Null: there is no file yet. */
  readonly before: string | null;
  readonly after: string;
  /** What changes by it, `key: old → new`. */
  readonly diff: readonly string[];
}

const line = 'mode = "live"';

/** Where the line could stand, best first; which one is right is told by what comes of reading it. */
const candidates = (text: string): readonly string[] => {
  const lines = text.split('\n');
  const index = lineIndex(text);
  const withLine = (at: number, change: (old: string) => string): string =>
    lines.map((old, i) => (i === at - 1 ? change(old) : old)).join('\n');
  const mode = index.exact(['relief', 'mode']);
  const table = index.exact(['relief']);
  const end = text === '' || text.endsWith('\n') ? '' : '\n';
  return [
    ...(mode === null
      ? []
      : [withLine(mode, (old) => old.replace(/(\bmode\s*=\s*)(?:"dry_run"|'dry_run')/, '$1"live"'))]),
    ...(table === null ? [] : [withLine(table, (old) => (/^\s*\[relief\]/.test(old) ? `${old}\n${line}` : old))]),
    `${text}${end}\n[relief]\n${line}\n`,
  ];
};

/** Null: it says live already. A string: why it cannot be done here. */
export const goLiveBy = (path: string, found: ConfigFound): GoLive | string | null => {
  if (found.state === 'unusable') return found.why;
  const config = found.state === 'valid' ? found.config : defaultConfig;
  if (config.relief.mode === 'live') return null;
  const text = found.state === 'valid' ? found.text : '';
  const wanted = configDiff(config, { ...config, relief: { ...config.relief, mode: 'live' } });
  for (const after of candidates(text)) {
    const parsed = parseConfig(after);
    if (!parsed.ok) continue;
    const diff = configDiff(config, parsed.config);
    if (diff.length === wanted.length && diff.every((row, i) => row === wanted[i]))
      return {
        path,
        before: found.state === 'valid' ? text : null,
        after: after.replace(/^\n(?=\[relief\])/, ''),
        diff,
      };
  }
  return `${path}: relief.mode could not be set there without touching anything else; use \`sudo castellan config edit\``;
};
