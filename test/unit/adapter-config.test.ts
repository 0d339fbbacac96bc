import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { configDiff, configEntries } from '../../helper/config/print.ts';
import { bad, good } from './config-tools.ts';

/** [[relief.runtime]] of castellan.toml. */

const written = (...runtimes: readonly string[]): string =>
  runtimes.map((keys) => `[[relief.runtime]]\n${keys.split('; ').join('\n')}\n`).join('\n');
const runtimesOf = (text: string) => good(text).config.relief.runtimes;

describe('a runtime in castellan.toml', () => {
  test('needs its kind only; models of 35B are massive, and of ollama all', () => {
    const kinds = ['lm_studio', 'ollama', 'llama_cpp', 'mlx_lm'];
    // The last two listen at the same place, as they do by themselves.
    assert.deepEqual(
      runtimesOf(written(...kinds.map((kind) => `kind = "${kind}"`))).map((one) => [
        one.name,
        one.url,
        one.at,
        one.leastBillions,
        one.withoutAsking,
      ]),
      [
        ['LM Studio', 'http://127.0.0.1:1234', 'ladder_2', 35, false],
        ['ollama', 'http://127.0.0.1:11434', 'ladder_2', 0, false],
        ['llama.cpp', 'http://127.0.0.1:8080', 'ladder_2', 35, false],
        ['mlx_lm', 'http://127.0.0.1:8080', 'ladder_2', 35, false],
      ],
    );
  });

  test('says all else, and is called after where it is', () => {
    const [one] = runtimesOf(
      written(
        'kind = "lm_studio"; url = "http://localhost:4321"; at = "ladder_3"; least_billions = 20; without_asking = true; token_file = "/Users/neo/token"; cli = "/Users/neo/bin/lms"',
      ),
    );
    assert.deepEqual(one, {
      kind: 'lm_studio',
      name: 'LM Studio at localhost:4321',
      url: 'http://localhost:4321',
      tokenFile: '/Users/neo/token',
      cli: '/Users/neo/bin/lms',
      at: 'ladder_3',
      leastBillions: 20,
      withoutAsking: true,
    });
  });

  for (const [what, keys] of Object.entries({
    'is of a kind nobody knows': 'kind = "vllm"',
    'is not on this machine': 'kind = "ollama"; url = "http://192.0.2.1:11434"',
    'speaks TLS': 'kind = "ollama"; url = "https://127.0.0.1:11434"',
    'has a command line somewhere': 'kind = "lm_studio"; cli = "lms"',
    'has a key of nobody': 'kind = "ollama"; keep = 1',
    'has no whole number of parameters': 'kind = "ollama"; least_billions = 0.5',
  }))
    test(`that ${what} is refused`, () => {
      assert.ok(bad(written(keys)).length > 0);
    });

  test('written twice is refused, and at two places is two', () => {
    assert.ok(bad(written('kind = "ollama"', 'kind = "ollama"; url = "http://127.0.0.1:11434/"')).length > 0);
    assert.equal(runtimesOf(written('kind = "ollama"', 'kind = "ollama"; url = "http://127.0.0.1:11435"')).length, 2);
  });

  test('is in what is printed, and in what changes', () => {
    const [none, some, other] = ['', written('kind = "ollama"'), written('kind = "ollama"; at = "ladder_3"')].map(
      (text) => good(text).config,
    );
    assert.ok(none && some && other);
    assert.equal(configEntries(some).get('relief.runtime "ollama".at'), 'ladder_2');
    assert.deepEqual(configDiff(some, other), ['relief.runtime "ollama".at: ladder_2 → ladder_3']);
    assert.equal(configDiff(none, some).length, 1);
  });
});
