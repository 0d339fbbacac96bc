import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { rulesOf, sheets } from './style-sheets.ts';

const renderer = path.resolve(import.meta.dirname, '../../renderer');
const sources = globSync('**/*.{ts,tsx,html}', { cwd: renderer })
  .map((file) => readFileSync(path.join(renderer, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, ''))
  .join('\n');
const wordsOf = (text: string): readonly string[] => text.match(/[\w-]+/g) ?? [];
const literals = /'[^'\n]*'|"[^"\n]*"|`[^`]*`/g;
/** Words of all string literals and templates: a class may be a value (`verdict ${verdict}`). */
const words = new Set([...sources.matchAll(literals)].flatMap(([text]) => wordsOf(text)));
/** What stands in a `class`. */
const classes = new Set(
  [...sources.matchAll(/\bclass(?:Name)?=("[^"]*"|\{(?:[^{}]|\{[^{}]*\})*\})/g)].flatMap(([, given = '']) =>
    [...given.matchAll(literals)].flatMap(([text]) => wordsOf(text)),
  ),
);
/** `is-` of a template `is-${group}`. */
const stems = [...sources.matchAll(/([\w-]+-)\$\{/g)].map(([, stem]) => stem ?? '');
const isStem = (name: string): boolean =>
  stems.some((stem) => name.startsWith(stem) && words.has(name.slice(stem.length)));

/** The first class of an element is one that is written down; what it is besides can be a value. */
const unusedIn = (selector: string): readonly string[] =>
  [...selector.matchAll(/([a-z][\w-]*)?((?:\.[A-Za-z][\w-]*)+)|#([\w-]+)/g)].flatMap(([, tag, list = '', id]) => {
    if (id !== undefined) return words.has(id) ? [] : [id];
    return list
      .slice(1)
      .split('.')
      .filter((name, at) => !(classes.has(name) || isStem(name) || ((at > 0 || tag !== undefined) && words.has(name))));
  });

/** Lengths that are a matter of taste and therefore tokens; the size of one thing is its own. */
const tasteful = /^(margin|padding|gap|row-gap|column-gap|font-size|border(-\w+)*|outline(-\w+)*|border-radius|inset)/;

/** From here on, rem: not a distance, but the room that something else takes. */
const roomOf = 2;

const declarationsOf = (body: string): readonly (readonly [property: string, value: string])[] =>
  body
    .split(';')
    .map((line) => line.split(/:(.*)/s).map((part) => part.trim()))
    .filter(([property = '']) => property !== '')
    .map(([property = '', value = '']) => [property, value]);

describe('style sheets', () => {
  const all = sheets();
  const rooms = all.filter(({ name }) => name !== 'tokens.css');

  test('each is bundled, once', () => {
    const index = all.find(({ name }) => name === 'index.css')?.text ?? '';
    const imported = [...index.matchAll(/@import "\.\/([\w-]+\.css)";/g)].map(([, name]) => name ?? '');
    assert.deepEqual(
      imported.toSorted(),
      all
        .map(({ name }) => name)
        .filter((name) => name !== 'index.css')
        .toSorted(),
    );
  });

  test('no selector is left of what the page no longer has', () => {
    const unused = rooms.flatMap(({ name, text }) =>
      rulesOf(text).flatMap(({ selector }) => unusedIn(selector).map((found) => `${name}: ${found}`)),
    );
    assert.deepEqual([...new Set(unused)], []);
  });

  test('a class alone is styled in one room, so that no room changes what another has', () => {
    const homes = new Map<string, Set<string>>();
    for (const { name, text } of rooms) {
      for (const selector of rulesOf(text).flatMap((rule) => rule.selector.split(','))) {
        const alone = /^\.[\w-]+$/.exec(selector.trim())?.[0];
        if (alone !== undefined) homes.set(alone, (homes.get(alone) ?? new Set()).add(name));
      }
    }
    const shared = [...homes]
      .filter(([, found]) => found.size > 1)
      .map(([name, found]) => `${name}: ${[...found].join(', ')}`);
    assert.deepEqual(shared, []);
  });

  test('no sheet has the same selector twice', () => {
    const twice = rooms.flatMap(({ name, text }) => {
      const outside = text.replace(/@[\w-]+[^{;]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}/g, '');
      const selectors = rulesOf(outside).map(({ selector }) => selector.replace(/\s+/g, ' '));
      return selectors
        .filter((selector, at) => selectors.indexOf(selector) < at)
        .map((selector) => `${name}: ${selector}`);
    });
    assert.deepEqual(twice, []);
  });

  test('no token is left that nobody uses, and none is used that is not there', () => {
    const tokens = all.find(({ name }) => name === 'tokens.css')?.text ?? '';
    const made = new Set([...tokens.matchAll(/(--[\w-]+):/g)].map(([, name]) => name ?? ''));
    const asked = new Set(
      all.flatMap(({ text }) => [...text.matchAll(/var\((--[\w-]+)\)/g)].map(([, name]) => name ?? '')),
    );
    assert.deepEqual(
      [...asked].filter((name) => !made.has(name) && !words.has(name)),
      [],
    );
    const unused = [...made].filter((name) => !asked.has(name) && !words.has(name.slice(2)) && !words.has(name));
    assert.deepEqual(unused, []);
  });

  test('colours are in tokens.css only; so are lengths that would have to fit one another', () => {
    const literal = rooms
      .filter(({ name }) => name !== 'index.css')
      .flatMap(({ name, text }) =>
        rulesOf(text).flatMap(({ selector, body }) =>
          declarationsOf(body)
            .filter(
              ([property, value]) =>
                /#[0-9a-f]{3,8}\b|\b(rgb|hsl|oklch|color-mix)a?\(|\b\d*\.?\d+px\b/i.test(
                  value.replace(/url\([^)]*\)/g, ''),
                ) ||
                (tasteful.test(property) &&
                  [...value.matchAll(/([\d.]+)rem\b/g)].some(([, size]) => Number(size) < roomOf)) ||
                /^(white|black|red|gr[ae]y|blue|green|yellow|orange)$/.test(value),
            )
            .map(([property, value]) => `${name}: ${selector} { ${property}: ${value} }`),
        ),
      );
    assert.deepEqual(literal, []);
  });

  test('the pointer stays an arrow: no web page is shown', () => {
    assert.deepEqual(
      rooms.filter(({ text }) => /cursor:\s*pointer/.test(text)).map(({ name }) => name),
      [],
    );
  });

  test('nothing moves but by the one duration, which can be nothing', () => {
    const moving = rooms.flatMap(({ name, text }) =>
      rulesOf(text).flatMap(({ body }) =>
        declarationsOf(body)
          .filter(([property, value]) => /^(animation|transition)/.test(property) && !value.includes('var(--quick)'))
          .map(([property, value]) => `${name}: ${property}: ${value}`),
      ),
    );
    assert.deepEqual(moving, []);
  });
});
