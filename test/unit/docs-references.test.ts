import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, test } from 'node:test';

/** What the pages name is there. */

const root = join(import.meta.dirname, '../..');
const pages = [
  'README.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
];
const read = (page: string): string => readFileSync(join(root, page), 'utf8');

/** `test/unit/server-verbs`, `test/darwin/auth-*`; a name alone is of the folder named last before it, or of any. */
const folders = ['unit', 'property', 'linux', 'darwin', 'scenarios', 'e2e'];
const tests = folders.flatMap((folder) =>
  readdirSync(join(root, 'test', folder)).map((name) => `test/${folder}/${name}`),
);

const isTest = (named: string): boolean =>
  tests.some((path) => {
    const given = named.includes('/') ? path : basename(path);
    return named.endsWith('*') ? given.startsWith(named.slice(0, -1)) : given === `${named}.test.ts`;
  });

describe('the pages of docs', () => {
  test('their links lead to files that are there', () => {
    for (const page of pages)
      for (const [, target = ''] of read(page).matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g))
        assert.ok(existsSync(join(root, dirname(page), target)), `${page}: ${target}`);
  });

  test('sources they name are there', () => {
    for (const page of pages)
      for (const [, path = ''] of read(page).matchAll(/`((?:app|build|helper|renderer)\/[\w./-]+\.(?:ts|tsx|mjs))`/g))
        assert.ok(existsSync(join(root, path)), `${page}: ${path}`);
  });

  test('each property of security.md names tests that are there, or is one of those that need none', () => {
    const text = read('docs/security.md');
    const named = [...text.matchAll(/`(test\/[\w/*-]+)`/g)].map(([, name = '']) => name);
    assert.ok(named.length > 20);
    for (const name of named) assert.ok(folders.some((folder) => name === `test/${folder}`) || isTest(name), name);
    for (const [, list = ''] of text.matchAll(/\(([^()]*`test\/[^()]*)\)/g))
      for (const [, name = ''] of list.matchAll(/`([\w/*-]+)`/g))
        assert.ok(folders.some((folder) => name === `test/${folder}`) || isTest(name), name);
  });

  test('nothing in them speaks of what is not in this repository', () => {
    for (const page of pages)
      assert.doesNotMatch(read(page), /\/work\/|\bissue [0-9]|DESIGN\.md|requirement [A-Z]{3}-/, page);
  });
});
