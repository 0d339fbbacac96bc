import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { defaultConfig } from '../../helper/config/config.ts';
import { configDiff, configEntries } from '../../helper/config/print.ts';
import { bad, good } from './config-tools.ts';

/** [advisor] of castellan.toml. */

const url = 'https://advisor.example.org/v1/chat/completions';
const written = (...keys: readonly string[]): string => ['[advisor]', ...keys, ''].join('\n');
const at = (address: string): string => written(`url = "${address}"`, 'model = "m"');

describe('an advisor in castellan.toml', () => {
  test('is off unless it is there', () => {
    assert.equal(good('').config.advisor, null);
    assert.equal(defaultConfig.advisor, null);
  });

  test('needs an address and a model; the rest has its default', () => {
    assert.deepEqual(good(at(url)).config.advisor, {
      url,
      model: 'm',
      keyFile: null,
      caFile: null,
      afterSeconds: 60,
      everySeconds: 1_800,
      withinSeconds: 60,
    });
    assert.match(bad(written('model = "m"'))[0]?.message ?? '', /missing/);
    assert.match(bad(written(`url = "${url}"`))[0]?.message ?? '', /missing/);
  });

  test('is shown as it holds, and by what changes', () => {
    const text = written(
      `url = "${url}"`,
      'model = "m"',
      'key_file = "/etc/castellan/advisor.key"',
      'ca = "/etc/castellan/ca.pem"',
      'after = "2 min"',
      'every = "1 h"',
      'timeout = "30 s"',
    );
    const { config } = good(text);
    assert.deepEqual(
      [...configEntries(config)].filter(([key]) => key.startsWith('advisor.')),
      [
        ['advisor.url', `${new URL(url).origin}/…`],
        ['advisor.model', 'm'],
        ['advisor.key_file', '/etc/castellan/advisor.key'],
        ['advisor.ca', '/etc/castellan/ca.pem'],
        ['advisor.after', '2 min'],
        ['advisor.every', '1 h'],
        ['advisor.timeout', '30 s'],
      ],
    );
    assert.ok(configDiff(defaultConfig, config).includes('advisor.model: not set → m'));
    assert.deepEqual(configDiff(config, good(text.replace(url, `${url}/path-nobody-guesses`)).config), [
      'advisor.url: another path, which is not shown',
    ]);
  });

  test('without TLS is on a network of the house, or refused', () => {
    for (const host of [
      '10.0.0.2',
      '192.168.1.9:8080',
      '172.16.3.4',
      '100.100.1.2',
      '169.254.1.1',
      '[fd00::1]:80',
      '[fe80::1]',
    ])
      assert.equal(good(at(`http://${host}/v1`)).config.advisor?.url, `http://${host}/v1`);
    for (const host of ['advisor.example.org', '8.8.8.8', '172.32.0.1', '100.128.0.1', '[2001:db8::1]', '11.0.0.1'])
      assert.match(bad(at(`http://${host}/v1`))[0]?.message ?? '', /without TLS can be read on the way/, host);
  });

  test('has no password in its address, and what might be one is not repeated', () => {
    for (const address of [
      'https://neo:hunter2@a.example/v1',
      'https://a.example/v1?key=hunter2',
      'https://a.example/#hunter2',
    ]) {
      const [problem] = bad(at(address));
      assert.match(problem?.message ?? '', /have no place in this URL/, address);
      assert.ok(!JSON.stringify(problem).includes('hunter2'));
    }
    for (const address of ['ftp://a.example', 'a.example', '', 'https://a b/', `https://a.example/${'x'.repeat(300)}`])
      assert.ok(bad(at(address)).length > 0, address);
  });

  test('on this machine is warned of: it is gone when it is needed', () => {
    for (const host of ['127.0.0.1:1234', 'localhost:1234', '[::1]:1234', '127.8.8.8']) {
      const { warnings } = good(at(`http://${host}/v1`));
      assert.match(warnings[0]?.message ?? '', /on this machine: when it is needed/, host);
    }
    assert.deepEqual(good(at('http://10.0.0.2/v1')).warnings, []);
  });

  test('with a key and without TLS is warned of', () => {
    const text = written('url = "http://10.0.0.2/v1"', 'model = "m"', 'key_file = "/etc/k"');
    assert.match(good(text).warnings[0]?.message ?? '', /The key is sent without TLS/);
  });

  test('is asked neither too soon nor too often nor for too long', () => {
    for (const key of [
      'after = "29 s"',
      'after = "2 h"',
      'every = "4 min"',
      'every = "25 h"',
      'timeout = "4 s"',
      'timeout = "3 min"',
    ])
      assert.match(
        bad(written(`url = "${url}"`, 'model = "m"', key))[0]?.message ?? '',
        /too (?:little|much) here/,
        key,
      );
  });
});
