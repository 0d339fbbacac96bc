import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { createJsonScan } from '../../helper/gateway/health/json-scan.ts';
import { isSameModel } from '../../helper/gateway/health/model-names.ts';

interface Scanned {
  readonly ok: boolean;
  readonly strings: readonly (readonly [string, string])[];
}

/** Cut at the places given, and at none. */
const scan = (text: string, cuts: readonly number[] = []): Scanned => {
  const strings: (readonly [string, string])[] = [];
  const scanning = createJsonScan({
    onArray: () => {},
    onString: (place, value) => strings.push([JSON.stringify(place), value]),
  });
  const at = [0, ...cuts.map((cut) => cut % (text.length + 1)).sort((a, b) => a - b), text.length];
  const took = at.slice(1).every((end, n) => scanning.take(text.slice(at[n], end)));
  return { ok: took && scanning.isWhole(), strings };
};

const parses = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

const stringsIn = (value: unknown, place: readonly (string | number)[] = []): (readonly [string, string])[] => {
  if (typeof value === 'string') return [[JSON.stringify(place), value]];
  if (Array.isArray(value)) return value.flatMap((each, n) => stringsIn(each, [...place, n]));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) => stringsIn(each, [...place, key]));
};

describe('JSON that is checked as it comes', () => {
  test('is told from what is none as JSON.parse does, wherever it is cut', () => {
    const pieces = fc.array(
      fc.constantFrom(
        '{',
        '}',
        '[',
        ']',
        ',',
        ':',
        '"',
        '\\',
        '\\u00e9',
        '1',
        '-',
        '.5',
        'e3',
        'null',
        'tru',
        'a',
        ' ',
      ),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(pieces, fc.array(fc.nat(200), { maxLength: 5 }), (parts, cuts) => {
        const text = parts.join('');
        assert.equal(scan(text, cuts).ok, parses(text), text);
      }),
      { numRuns: 3_000 },
    );
    // One character of JSON changed is a near miss.
    fc.assert(
      fc.property(fc.json(), fc.nat(500), fc.constantFrom('"', ',', '}', '\\', '0', '\u0001'), (json, at, other) => {
        const text = `${json.slice(0, at % (json.length + 1))}${other}${json.slice((at % (json.length + 1)) + 1)}`;
        assert.equal(scan(text, [at]).ok, parses(text), text);
      }),
      { numRuns: 2_000 },
    );
  });

  test('tells of every string in its place', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.array(fc.nat(500), { maxLength: 8 }), (value, cuts) => {
        const text = JSON.stringify(value, null, 1);
        const { ok, strings } = scan(text, cuts);
        assert.ok(ok, text);
        const sorted = (all: Scanned['strings']): readonly string[] => all.map((each) => each.join(' ')).sort();
        assert.deepEqual(sorted(strings), sorted(stringsIn(JSON.parse(text))));
      }),
      { numRuns: 1_000 },
    );
  });

  test('is given up when it is nested without end, and keeps nothing of a string without end', () => {
    const deep = createJsonScan({ onArray: () => {}, onString: () => {} });
    assert.equal(deep.take('['.repeat(65)), false);
    const strings: string[] = [];
    const long = createJsonScan({ onArray: () => {}, onString: (_, value) => strings.push(value) });
    assert.ok(long.take('{"a":"'));
    for (let n = 0; n < 100; n += 1) assert.ok(long.take('x'.repeat(10_000)));
    assert.ok(long.take('","b":"short"}'));
    assert.ok(long.isWhole());
    assert.deepEqual(strings, ['short']);
  });
});

describe('the model that answers', () => {
  const names = ['qwen3-35b', 'mlx-community/qwen3-35b', '/models/mlx-community/qwen3-35b.gguf'] as const;

  test('is the one that was asked for under any of its usual names', () => {
    for (const one of names) for (const other of names) assert.ok(isSameModel(one, other), `${one} is ${other}`);
    assert.ok(isSameModel('llama3', 'llama3:latest'));
    assert.ok(isSameModel('C:\\models\\a.gguf', 'a'));
  });

  test('is another one when its name is', () => {
    for (const [asked, answered] of [
      ['qwen3-35b', 'qwen3-8b'],
      ['qwen3-35b', 'qwen3-35b-draft'],
      ['mlx-community/qwen3-35b', 'somebody-else/qwen3-35b'],
      ['qwen3-35b', ''],
      ['', 'qwen3-35b'],
      ['/', 'qwen3-35b'],
      ['llama3:8b', 'llama3:latest'],
    ] as const)
      assert.ok(!isSameModel(asked, answered), `${asked} is not ${answered}`);
  });
});
