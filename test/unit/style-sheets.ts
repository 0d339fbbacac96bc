import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** The page's own style sheets, read for tests: nothing of CSS but what they use. */

const folder = path.resolve(import.meta.dirname, '../../renderer/style');

export interface Sheet {
  readonly name: string;
  /** Without comments. */
  readonly text: string;
}

export const sheets = (): readonly Sheet[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.css'))
    .map((name) => ({ name, text: readFileSync(path.join(folder, name), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '') }));

export interface Rule {
  readonly selector: string;
  readonly body: string;
}

/** Rules without those around them (@media); what an at-rule holds itself (@import, @font-face) is not a rule. */
export const rulesOf = (text: string): readonly Rule[] =>
  [...text.matchAll(/([^{};]+)\{([^{}]*)\}/g)]
    .map(([, selector = '', body = '']) => ({ selector: selector.trim(), body }))
    .filter(({ selector }) => !/^(@|from$|to$|\d+%)/.test(selector));

type Variables = ReadonlyMap<string, string>;

const tokens = (): string => sheets().find(({ name }) => name === 'tokens.css')?.text ?? '';

/** Variables of the `:root` block of one query, over those of `base`. */
const variables = (query: string, base: Variables): Variables => {
  const text = tokens();
  const at = query === '' ? 0 : text.indexOf(`@media ${query} {`);
  if (at < 0) throw new Error(`tokens.css has no ${query}`);
  const start = text.indexOf(':root {', at);
  const block = text.slice(start, text.indexOf('}', start));
  return new Map([
    ...base,
    ...[...block.matchAll(/(--[\w-]+):\s*([^;]+);/g)].map(([, name = '', value = '']) => [name, value.trim()] as const),
  ]);
};

/** What `tokens.css` gives in each appearance. */
export const schemes = (): Readonly<
  Record<'light' | 'dark' | 'light, more contrast' | 'dark, more contrast', Variables>
> => {
  const light = variables('', new Map());
  const dark = variables('(prefers-color-scheme: dark)', light);
  const more = '(prefers-contrast: more)';
  return {
    light,
    dark,
    'light, more contrast': variables(more, light),
    'dark, more contrast': variables(`${more} and (prefers-color-scheme: dark)`, variables(more, dark)),
  };
};
