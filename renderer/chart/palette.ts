/**
 * Names of the CSS variables that hold the palette, so that the chart and the tests read the one list in style/tokens.css.
 * Level hues are kept for levels; tiers use blue, purple and grey. Each hue has a second cue: a shape, a pattern, a word.
 */

export const levelTokens = ['green', 'yellow', 'orange', 'red'] as const;
export const tierTokens = ['wired', 'compressed', 'app', 'cached'] as const;
export const baseTokens = ['text', 'quiet', 'surface', 'edge', 'grid'] as const;

export const tokens = [...levelTokens, ...tierTokens, ...baseTokens] as const;
export type Token = (typeof tokens)[number];

export const cssVariable = (token: Token): string => `--${token}`;

export type Palette = Readonly<Record<Token, string>>;

/** Reads the palette through `lookup`, which is `getComputedStyle(root).getPropertyValue` in the popover. */
export const readPalette = (lookup: (variable: string) => string): Palette =>
  Object.fromEntries(tokens.map((token) => [token, lookup(cssVariable(token)).trim()])) as Record<Token, string>;
