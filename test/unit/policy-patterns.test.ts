import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { FreezeOnlyEntry } from '../../helper/config/config.ts';
import { compilePattern, entriesMatching, entryOf, maxPatternLength } from '../../helper/relief/patterns.ts';

const entry = (name: string, pattern: string): FreezeOnlyEntry => ({
  name,
  pattern,
  class: 'freeze_only',
  freezeFloorBytes: 0,
  group: 'none',
  oracle: null,
  withoutAsking: false,
  ownerUid: null,
});

describe('which entry a command line belongs to', () => {
  const entries = [entry('shim', '\\.lmstudio/.*node'), entry('all', '\\.lmstudio/'), entry('other', '^/usr/')];

  test('the first whose pattern is found anywhere in it', () => {
    assert.equal(entryOf(entries, '/Users/neo/.lmstudio/.internal/utils/node'), entries[0]);
    assert.equal(entryOf(entries, '/Users/neo/.lmstudio/bin/lms'), entries[1]);
    assert.equal(entryOf(entries, '/usr/bin/x'), entries[2]);
    assert.equal(entryOf(entries, '/Users/neo/.lms'), null);
    assert.equal(entryOf([], '/usr/bin/x'), null);
    assert.deepEqual(entriesMatching(entries, '/usr/.lmstudio/node'), [0, 1, 2]);
  });

  test('is the same when asked again, and for thousands of others in between', () => {
    const ask = (): readonly (string | undefined)[] =>
      Array.from({ length: 200 }, (_, i) => entryOf(entries, `/${i % 3 === 0 ? 'usr' : '.lmstudio'}/${i}`)?.name);
    const before = ask();
    for (let i = 0; i < 3000; i += 1) entryOf(entries, `/opt/${i}/${'x'.repeat(1000)}`);
    assert.deepEqual(ask(), before);
  });

  test('the memory of command lines is bounded, and so is that of the searches', () => {
    const greedy = [entry('states', '(?:a|b).{14}(?:c|d).{14}x$')];
    const random = (i: number): string => {
      let text = '';
      for (let n = i * 7919 + 1; text.length < 4000; n = (n * 48271) % 2147483647) text += 'abcd'[n % 4];
      return text;
    };
    const heap = (): number => {
      globalThis.gc?.();
      return process.memoryUsage().heapUsed;
    };
    for (let i = 0; i < 50; i += 1) entryOf(greedy, random(i));
    const from = heap();
    for (let i = 50; i < 600; i += 1) entryOf(greedy, random(i));
    // Unbounded it would be 8 MB of states and 2.4 MB of text and more; without a collector at hand only a leak shows.
    assert.ok(heap() - from < (globalThis.gc === undefined ? 64 : 4) * 2 ** 20);
  });

  test('an entry that does not compile never matches, and the others do', () => {
    const broken = [entry('broken', '('), entry('good', 'x')];
    assert.equal(entryOf(broken, 'x')?.name, 'good');
  });
});

describe('a pattern that cannot be used is refused with its place', () => {
  const rows: readonly (readonly [string, RegExp, number | null])[] = [
    ['', /empty/, null],
    ['x'.repeat(maxPatternLength + 1), /longer than 256 characters/, null],
    ['a(b', /missing closing \)/, 2],
    ['(a)(b|(c)', /missing closing \)/, 4],
    ['a)b', /unexpected \)/, 2],
    ['[)(](', /missing closing \)/, 5],
    ['[]()](', /missing closing \)/, 6],
    ['\\(\\Q(((\\E(', /missing closing \)/, 10],
    ['a[b', /missing closing \]/, 2],
    ['a**b', /nested repetition/, 2],
    ['*', /missing argument/, 1],
    ['ab{9999}', /repeat count/, 3],
    ['x(?=a)', /Perl syntax/, 2],
    ['(?=a)(?!b)', /Perl syntax/, 1],
    ['(a)\\1', /escape/, 4],
    ['a\\', /trailing backslash/, 2],
    ['[z-a]', /range/, 2],
    ['\\pX', /range/, 1],
    ['(?<n>a)(?<n>b)', /duplicate/, null],
    ['(?:[a-z]{30}){40}', /repeat count/, null],
    [`(?:${'a'.repeat(30)}){33}${'b'.repeat(30)}`, /repetitions/, null],
  ];
  for (const [pattern, complaint, at] of rows)
    test(JSON.stringify(pattern.slice(0, 30)), () => {
      const compiled = compilePattern(pattern);
      assert.ok(!compiled.ok);
      assert.match(compiled.complaint, complaint);
      if (at !== null) assert.equal(compiled.at, at, compiled.complaint);
      assert.equal(compiled.failure.code, 'pattern_invalid');
      assert.ok(compiled.failure.detail.includes(compiled.complaint));
    });
});
