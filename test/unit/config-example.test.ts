import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { addressText } from '../../helper/config/addresses.ts';
import { defaultConfig, GB, MB } from '../../helper/config/config.ts';
import { lineIndex, type Path } from '../../helper/config/lines.ts';
import { configJsonSchema } from '../../helper/config/schema.ts';
import { defaultScenario } from '../../helper/host/sim/default-scenario.ts';
import { knownRuntimes } from '../../helper/relief/known-runtimes.ts';
import { entryOf } from '../../helper/relief/patterns.ts';
import { good } from './config-tools.ts';

describe('docs/castellan.example.toml', () => {
  const text = readFileSync(new URL('../../docs/castellan.example.toml', import.meta.url), 'utf8');

  test('is valid and says the defaults, with every key that has one marked so', () => {
    assert.deepEqual(good(text).config, defaultConfig);
    const lines = lineIndex(text);
    const marked = new Set(text.split('\n').flatMap((line, i) => (/# default$/.test(line) ? [i + 1] : [])));
    const keys: readonly Path[] = [
      ...['yellow', 'orange', 'red'].flatMap((level) => ['available', 'swap'].map((key) => ['pressure', level, key])),
      ['pressure', 'swap_arm_from'],
      ['pressure', 'compressor_growth'],
      ['relief', 'mode'],
      ['relief', 'purge'],
      ['history', 'max'],
      ['api', 'listen'],
      ['api', 'open'],
    ];
    for (const key of keys) assert.ok(marked.has(lines.exact(key) ?? 0), `${key.join('.')} is written and marked`);
  });

  const whole = text.replaceAll(/^#(?=[[a-z])/gm, '');

  test('is still valid with everything uncommented', () => {
    const { config, warnings } = good(whole, 96 * GB);
    assert.deepEqual(warnings, []);
    assert.deepEqual(
      config.seats.map((seat) => [seat.name, seat.class, seat.peakBytes, seat.wiredBytes, seat.band, seat.idleSeconds]),
      [
        ['Cilghal', 'protected', 41 * GB, 18 * GB, 'CRITICAL', 0],
        ['Codestral', 'on_call', 14 * GB, 2 * GB, 'IDLE', 300],
        ['Council 31B', 'on_call', 20 * GB, 0, 'IDLE', 300],
        ['Demo', 'on_call', 200 * MB, 0, 'IDLE', 60],
      ],
    );
    assert.deepEqual(
      config.seats.map(({ proxy }) =>
        proxy === null ? null : `${addressText(proxy.listen)} ${addressText(proxy.target)}`,
      ),
      [null, '127.0.0.1:1340 127.0.0.1:1341', '10.10.10.1:1337 127.0.0.1:1347', '127.0.0.1:2190 127.0.0.1:2191'],
    );
    assert.deepEqual(
      config.seats.map(({ port }) => port),
      [1337, 1341, 1347, 2191],
    );
    assert.deepEqual(config.bands, [{ name: 'QEMU', pattern: '(?:^|/)qemu-system-aarch64(?: |$)', band: 'HOME' }]);
    assert.equal(config.gpu.wiredLimitBytes, 48 * GB);
    assert.deepEqual(config.api.extraListen, [{ host: '10.10.10.1', port: 2189 }]);
    assert.deepEqual(
      config.relief.entries.map((entry) => [entry.name, entry.class, entry.freezeFloorBytes / GB]),
      [
        ['LM Studio', 'freeze_only', 8],
        ['sanctum-mlx', 'freeze_only', 10],
        ['QEMU', 'kill_allowed', 8],
        ['Apple virtual machine', 'kill_allowed', 8],
        ['Metal shader compiler', 'kill_allowed', 1],
        ['Docker virtual machine', 'kill_allowed', 8],
        ['ollama runner', 'freeze_only', 8],
      ],
    );
    assert.equal(config.alerts.file, '~neo/.sanctum/alerts.json');
    assert.equal(config.relief.services.length, 4);
    assert.deepEqual(
      config.relief.runtimes.map(({ name, at, leastBillions }) => [name, at, leastBillions]),
      [
        ['LM Studio', 'ladder_2', 35],
        ['ollama', 'ladder_2', 0],
      ],
    );
  });

  test('names every key of every table', () => {
    const schema = JSON.parse(JSON.stringify(configJsonSchema())).properties;
    const { entry, service, runtime } = schema.relief.properties;
    const tables = [schema.relief, entry.items, service.items, runtime.items];
    const others = [schema.seat.items, schema.band.items, schema.alerts, schema.pressure, schema.history];
    const { ready, proxy } = schema.seat.items.properties;
    for (const table of [...tables, ...others, schema.containers, schema.advisor, schema.api, schema.gpu, ready, proxy])
      for (const key of Object.keys(table.properties)) assert.match(text, new RegExp(`\\b${key}\\b`), key);
  });

  describe('its entries take what they are for and nothing else', () => {
    const { entries } = good(whole).config.relief;
    const entryFor: Readonly<Record<string, string>> = {
      'LM Studio': 'LM Studio',
      'sanctum-mlx': 'sanctum-mlx',
      QEMU: 'QEMU',
      'Apple virtual machines': 'Apple virtual machine',
      'Metal shader compiler': 'Metal shader compiler',
      Docker: 'Docker virtual machine',
      ollama: 'ollama runner',
    };
    for (const { name, commands, others } of knownRuntimes)
      test(name, () => {
        for (const command of commands) assert.equal(entryOf(entries, command)?.name, entryFor[name], command);
        for (const command of others) assert.equal(entryOf(entries, command), null, command);
      });

    test('none of a whole desk is matched by accident', () => {
      const wanted = new Set(['sanctum-mlx', 'qemu-system-aarch64']);
      for (const { name, command } of defaultScenario.processes)
        assert.equal(entryOf(entries, command) !== null, wanted.has(name), command);
    });
  });
});
