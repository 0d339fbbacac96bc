import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { defaultConfig, GB, MB } from '../../helper/config/config.ts';
import { lineIndex, type Path } from '../../helper/config/lines.ts';
import { maxConfigBytes } from '../../helper/config/parse.ts';
import { configDiff } from '../../helper/config/print.ts';
import { configJsonSchema } from '../../helper/config/schema.ts';
import { didYouMean, editDistance } from '../../helper/config/suggest.ts';
import { bad, checkRows, entryLines, good, type Row, seatLines } from './config-tools.ts';

describe('a valid file', () => {
  test('an empty one is the defaults', () => {
    for (const text of ['', '\n', '# nothing\n', '\uFEFF', '[pressure]\n[relief]\n']) {
      assert.deepEqual(good(text).config, defaultConfig);
    }
  });

  test('what is left out keeps its default', () => {
    const { config } = good(
      '[pressure]\nyellow = { available = "10 GB" }\nred.swap = "99 %"\n[relief]\nmode = "live"\n',
    );
    assert.equal(config.pressure.yellow.availableBytes, 10 * GB);
    assert.equal(config.pressure.yellow.swapPercent, 70);
    assert.deepEqual(config.pressure.orange, defaultConfig.pressure.orange);
    assert.equal(config.pressure.red.swapPercent, 99);
    assert.equal(config.relief.mode, 'live');
  });

  test('all of it, in the forms TOML has', () => {
    const text = [
      'relief.mode = "live"',
      'relief.purge = "ask"',
      "relief.depends_on = [ 'com.sanctum.admit' ]",
      "history = { max = '512 MB' }",
      '[pressure]',
      '"swap_arm_from" = """6 GB"""',
      'compressor_growth = "1 GB/s"',
      '[pressure.yellow]',
      'available = "\\u0039 GB"',
      '[[seat]]',
      'name = "Cilghal"; '.replace('; ', ' # comment'),
      'class = "protected"',
      'label = "com.sanctum.mlx"',
      'peak = "41 GB"',
      'wired = "18 GB"',
      'oracle = "thinks for the council"',
      'drain = "1.5 min"',
      'probe_cmd = [ # no shell',
      '  \'/usr/bin/curl\', "http://127.0.0.1:1337/",',
      ']',
      'fallback = "com.sanctum.mlx-python"',
      'note = "at 32K tokens of context"',
      'domain = "gui/501"',
      'port = 1337',
      '[seat.health]',
      'list = ["http://127.0.0.1:1337/v1/models", "https://[::1]:1338/v1/models"]',
      'chat = "http://localhost:1337/v1/chat/completions"',
      'model = "qwen3-35b"',
      'program = "/opt/sanctum/bin/sanctum-mlx"',
      'beside = ["mlx.metallib"]',
      `sha256 = "${'0f'.repeat(32)}"`,
      'tls = { ca = "/etc/ca.pem", cert = "/etc/c.pem", key = "/etc/c.key" }',
      '[[seat]]',
      "name = 'Codestral 22B'",
      'class = "on_call"',
      'label = "com.sanctum.codestral"',
      'peak = "14 GB"',
      'band = "HOME"',
      'idle = "0 s"',
      'ready_timeout = "5 min"',
      'ready.url = "http://localhost:1341/v1/models"',
      'user = "_mlx"',
      'command = ["/opt/mlx/bin/mlx", "--port", "1341"]',
      'wired_argument = ["--wired={mb}"]',
      '[seat.proxy]',
      'target = "127.0.0.1:1341"',
      '[api]',
      'listen = "[::1]:2189"',
      'extra_listen = [ "10.10.10.1:2189", "[fd00::0001]:80" ]',
      'open = true',
      '[gpu]',
      'wired_limit = "48 GB"',
      '[[band]]',
      'name = "QEMU"',
      "pattern = '/qemu-system-aarch64 '",
      'band = "HOME"',
      '[alerts]',
      'file = "~neo/.sanctum/alerts.json"',
      '[[relief.service]]',
      'label = "com.sanctum.kiwix-serve"',
      'at = "yellow"',
      '[[relief.entry]]',
      'name = "LM Studio"',
      "pattern = '\\.lmstudio/'",
      'class = "freeze_only"',
      'freeze_floor = "8 GB"',
      'owner_uid = 88',
      'without_asking = true',
      '[[relief.entry]]',
      'name = "QEMU"',
      "pattern = '/qemu-system-aarch64 '",
      'class = "kill_allowed"',
      'freeze_floor = "8 GB"',
      'kill_floor = "9 GB"',
      'pre_authorised = true',
      'group = "pgid"',
      'oracle = "hosts the council gateway"',
      '[[relief.entry]]',
      'name = "VM"',
      "pattern = '''/vm'''",
      'class = "kill_allowed"',
      'freeze_floor = "512 MB"',
    ].join('\r\n');
    const { config, warnings } = good(text, 64 * GB);
    assert.deepEqual(warnings, []);
    assert.deepEqual(config, {
      pressure: {
        yellow: { availableBytes: 9 * GB, swapPercent: 70 },
        orange: { availableBytes: 4 * GB, swapPercent: 85 },
        red: { availableBytes: 2 * GB, swapPercent: 95 },
        swapArmFromBytes: 6 * GB,
        compressorGrowthBytesPerSecond: GB,
      },
      seats: [
        {
          name: 'Cilghal',
          class: 'protected',
          label: 'com.sanctum.mlx',
          domain: 'gui/501',
          peakBytes: 41 * GB,
          note: 'at 32K tokens of context',
          wiredBytes: 18 * GB,
          band: 'CRITICAL',
          idleSeconds: 0,
          ready: { kind: 'command', argv: ['/usr/bin/curl', 'http://127.0.0.1:1337/'] },
          readySeconds: 120,
          drainSeconds: 90,
          port: 1337,
          proxy: null,
          user: null,
          command: null,
          wiredArgument: ['--metal-wired-limit-mb', '{mb}'],
          oracle: 'thinks for the council',
          fallback: 'com.sanctum.mlx-python',
          health: {
            listUrls: ['http://127.0.0.1:1337/v1/models', 'https://[::1]:1338/v1/models'],
            chatUrl: 'http://localhost:1337/v1/chat/completions',
            model: 'qwen3-35b',
            files: {
              program: '/opt/sanctum/bin/sanctum-mlx',
              beside: ['mlx.metallib'],
              sha256: '0f'.repeat(32),
            },
            tls: { ca: '/etc/ca.pem', cert: '/etc/c.pem', key: '/etc/c.key' },
          },
        },
        {
          name: 'Codestral 22B',
          class: 'on_call',
          label: 'com.sanctum.codestral',
          domain: 'system',
          peakBytes: 14 * GB,
          note: null,
          wiredBytes: 0,
          band: 'HOME',
          idleSeconds: 0,
          ready: { kind: 'http', url: 'http://localhost:1341/v1/models' },
          readySeconds: 300,
          drainSeconds: 30,
          port: 1341,
          proxy: { listen: { host: '127.0.0.1', port: 1340 }, target: { host: '127.0.0.1', port: 1341 } },
          user: '_mlx',
          command: ['/opt/mlx/bin/mlx', '--port', '1341'],
          wiredArgument: ['--wired={mb}'],
          oracle: null,
          fallback: null,
          health: null,
        },
      ],
      bands: [{ name: 'QEMU', pattern: '/qemu-system-aarch64 ', band: 'HOME' }],
      gpu: { wiredLimitBytes: 48 * GB },
      api: {
        listen: { host: '::1', port: 2189 },
        extraListen: [
          { host: '10.10.10.1', port: 2189 },
          { host: 'fd00::1', port: 80 },
        ],
        isOpen: true,
      },
      containers: null,
      advisor: null,
      relief: {
        mode: 'live',
        purge: 'ask',
        runtimes: [],
        dependsOn: ['com.sanctum.admit'],
        services: [{ label: 'com.sanctum.kiwix-serve', at: 'yellow' }],
        entries: [
          {
            name: 'LM Studio',
            pattern: '\\.lmstudio/',
            class: 'freeze_only',
            freezeFloorBytes: 8 * GB,
            group: 'none',
            oracle: null,
            withoutAsking: true,
            ownerUid: 88,
          },
          {
            name: 'QEMU',
            pattern: '/qemu-system-aarch64 ',
            class: 'kill_allowed',
            freezeFloorBytes: 8 * GB,
            killFloorBytes: 9 * GB,
            preAuthorised: true,
            group: 'pgid',
            oracle: 'hosts the council gateway',
            withoutAsking: false,
            ownerUid: null,
          },
          {
            name: 'VM',
            pattern: '/vm',
            class: 'kill_allowed',
            freezeFloorBytes: 512 * MB,
            killFloorBytes: 512 * MB,
            preAuthorised: false,
            group: 'none',
            oracle: null,
            withoutAsking: false,
            ownerUid: null,
          },
        ],
      },
      alerts: { file: '~neo/.sanctum/alerts.json', push: [] },
      history: { maxBytes: 512 * MB },
    });
  });

  test('peaks beyond the machine are a warning at the first seat, and none where the machine is not known', () => {
    const seat = (name: string, peak: string): string =>
      `[[seat]]\nname = "${name}"\nclass = "on_call"\nlabel = "l.${name}"\nprobe_cmd = ["/bin/true"]\npeak = "${peak}"\n`;
    const text = `# seats\n${seat('A', '41 GB')}${seat('B', '23.5 GB')}`;
    const [warning, ...more] = good(text, 64 * GB).warnings;
    assert.deepEqual(more, []);
    assert.equal(warning?.line, 2);
    assert.match(warning?.message ?? '', /64\.5 GB, 512 MB more than this machine's 64\.0 GB/);
    assert.deepEqual(good(text, 65 * GB).warnings, []);
    assert.deepEqual(good(text).warnings, []);
  });
});

describe('each problem has its line, its key and what would be right', () => {
  const rows: readonly Row[] = [
    ['unknown table', '# x\n[presure]\n', [[2, 'presure', /no key "presure"/, /Did you mean "pressure"\?/]]],
    ['unknown key', '[history]\n\nmaximum = "1 GB"\n', [[3, 'history.maximum', /no key/, /Known here: max\./]]],
    [
      'unknown key in an inline table',
      '[pressure]\nred = { swap = "95 %", availabel = "1 GB" }\n',
      [[2, 'pressure.red.availabel', /no key/, /"available"/]],
    ],
    ['bare number', '[history]\nmax = 256\n', [[2, 'history.max', /256 has no unit/, /"256 GB"/]]],
    [
      'every error is reported, in the order of the lines',
      '[relief]\nmode = "dryrun"\n[history]\nmax = "8 GiB"\n[pressure]\nred.swap = "950 %"\n',
      [
        [2, 'relief.mode', /"dryrun" is not one of/, /Did you mean "dry_run"\?/],
        [4, 'history.max', /"GiB"/, /"8 GB"/],
        [6, 'pressure.red.swap', /more than/, /at most "100 %"/],
      ],
    ],
    [
      'class spelled wrong',
      `[[seat]]\n${seatLines.replace('protected', 'protekted')}`,
      [[3, 'seat[1].class', /"protekted" is not one of/, /Did you mean "protected"/]],
    ],
    [
      'missing keys are reported at the header of their seat',
      `[[seat]]\n${seatLines}\n[[seat]]\nname = "B"\nclass = "on_call"\n`,
      [
        [8, 'seat[2].label', /missing/, /Add label = /],
        [8, 'seat[2].peak', /missing/, /Add peak = "41 GB"/],
      ],
    ],
    [
      'wired beyond the peak',
      `[[seat]]\n${seatLines}wired = "42 GB"\n`,
      [[7, 'seat[1].wired', /42 GB out of a peak of 41 GB/, /lower wired/]],
    ],
    [
      'two seats of one name and one label',
      `[[seat]]\n${seatLines}[[seat]]\n${seatLines.replace('"A"', '"a"')}`,
      [
        [8, 'seat[2].name', /name "a"; the other is in line 2/, /name of its own/],
        [10, 'seat[2].label', /label "a"; the other is in line 4/, /label of its own/],
      ],
    ],
    [
      'no peak',
      `[[seat]]\n${seatLines.replace('41 GB', '0 GB')}`,
      [[5, 'seat[1].peak', /too little/, /at least "1 MB"/]],
    ],
    [
      'yellow not above orange: the line that is written is named',
      '[pressure]\nyellow.available = "4 GB"\n',
      [[2, 'pressure.yellow.available', /orange \(4 GB available\) would not come after yellow \(4 GB\)/, /larger/]],
    ],
    [
      'red not below orange: the graver level is named',
      '[pressure]\norange = { available = "4 GB" }\nred = { available = "5 GB", swap = "85 %" }\n',
      [
        [3, 'pressure.red.available', /red \(5 GB/, /orange.available larger/],
        [3, 'pressure.red.swap', /red \(85 %/, /orange.swap smaller/],
      ],
    ],
    ['single brackets', `[seat]\n${seatLines}`, [[1, 'seat', /\[\[seat\]\]/, /double brackets/]]],
    ['a table given as text', '[pressure]\nred = "2 GB"\n', [[2, 'pressure.red', /table is needed/, /available = …/]]],
    ['a table array where a table belongs', '\n[[history]]\n', [[2, 'history', /table is needed/, /\[history\]/]]],
    ['a date for a table', 'pressure = 1979-05-27\n', [[1, 'pressure', /date/, /quotes/]]],
    ['a date deep inside', 'pressure = [\n"a",\n{ x = 07:32:00 } ]\n', [[3, 'pressure[2].x', /date/, /quotes/]]],
    ['a prototype', '[relief]\n__proto__.mode = "live"\n', [[2, '', /not allowed/, /Remove/]]],
    ['a constructor', 'constructor = "x"\n', [[1, '', /not allowed/, /Remove/]]],
    ['too many seats', `seat = [${'{},'.repeat(65)}]\n`, [[1, 'seat', /more than 64/, /Remove/]]],
    [
      'value without quotes',
      '[pressure]\nyellow = { swap = 70 %, available = "8 GB" }\n',
      [[2, '', /without quotes/, /"8 GB"/]],
    ],
    ['size without quotes', '[history]\nmax = 256 MB # much\n', [[2, '', /without quotes/, /quotes/]]],
    ['word without quotes', '[relief]\nmode = live\n', [[2, '', /cannot be read/, /quotes/]]],
    ['open string', '[relief]\n\nmode = "live\n[history]\n', [[3, '', /string is not closed/, /Close the quote/]]],
    ['open header', '# x\n[relief\nmode = "live"\n', [[2, '', /header is not closed/, /\[table\]/]]],
    ['no value', '[history]\nmax =\n', [[2, '', /cannot be read/, /quotes/]]],
    ['written twice', '[history]\nmax = "1 GB"\nmax = "1 GB"\n', [[3, '', /twice/, /Keep one/]]],
    ['table twice', '[history]\n[relief]\n[history]\n', [[3, '', /twice/, /Keep one/]]],
    ['nested too deep', `x = ${'['.repeat(40)}${']'.repeat(40)}\n`, [[1, '', /nested/, /./]]],
  ];
  checkRows(rows);

  test('at most 20 are listed and the rest is counted', () => {
    const problems = bad(Array.from({ length: 100 }, (_, i) => `key${i} = 1`).join('\n'));
    assert.equal(problems.length, 21);
    assert.equal(problems.at(-2)?.line, 20);
    assert.match(problems.at(-1)?.message ?? '', /80 more/);
  });

  test('a text beyond the size limit is refused unread', () => {
    const [problem] = bad('#'.repeat(maxConfigBytes + 1));
    assert.match(problem?.message ?? '', /larger than 64 KB/);
  });

  test('keys from the file cannot forge terminal output', () => {
    const [problem] = bad('"\\u001b[2J\\nfake" = 1\n');
    assert.equal(problem?.key, '?[2J?fake');
  });
});

describe('the line index', () => {
  const text = [
    'a.b."c d" = 1 # a = 2', // 1
    "'x.y' = '''", // 2
    'z = 1', // 3
    "'''''", // 4
    'list = [ # [', // 5
    '  "]", [', // 6
    '  { p = 1,', // 7
    '    q."r\\u0041" = """\\', // 8
    '  \\"""}""" } ],', // 9
    '] # end', // 10
    '[[t]]', // 11
    '[t . sub] # one', // 12
    'k = 1979-05-27 07:32:00', // 13
    '[[t]]', // 14
    '[[t.more]]', // 15
    '[[t.more]]', // 16
    'v = "#"', // 17
    '[t.sub]', // 18
  ].join('\n');
  const rows: readonly [Path, number | null][] = [
    [['a'], 1],
    [['a', 'b', 'c d'], 1],
    [['x.y'], 2],
    [['z'], null],
    [['list'], 5],
    [['list', 0], 6],
    [['list', 1], 6],
    [['list', 1, 0], 7],
    [['list', 1, 0, 'p'], 7],
    [['list', 1, 0, 'q', 'rA'], 8],
    [['list', 2], null],
    [['t', 0], 11],
    [['t', 0, 'sub'], 12],
    [['t', 0, 'sub', 'k'], 13],
    [['t', 1], 14],
    [['t', 1, 'more', 0], 15],
    [['t', 1, 'more', 1, 'v'], 17],
    [['t', 1, 'sub'], 18],
    [['t', 2], null],
  ];
  for (const [newline, name] of [
    ['\n', 'LF'],
    ['\r\n', 'CRLF'],
  ] as const) {
    test(`finds keys through comments, strings, nested values and tables (${name})`, () => {
      const lines = lineIndex(text.replaceAll('\n', newline));
      for (const [path, line] of rows) assert.equal(lines.exact(path), line, path.join('/'));
    });
  }

  test('falls back on the innermost part that is written', () => {
    const lines = lineIndex(text);
    assert.equal(lines.nearest(['t', 1, 'more', 1, 'missing']), 16);
    assert.equal(lines.nearest(['nowhere']), null);
  });
});

describe('did you mean', () => {
  test('one slip is found, a stranger is not', () => {
    assert.equal(didYouMean('preasure', ['pressure', 'relief']), 'pressure');
    assert.equal(didYouMean('Swap-Arm-From', ['swap_arm_from', 'swap']), 'swap_arm_from');
    assert.equal(didYouMean('sawp', ['available', 'swap']), 'swap');
    assert.equal(didYouMean('colour', ['available', 'swap']), null);
    assert.equal(editDistance('kitten', 'sitting'), 3);
    assert.equal(editDistance('ab', 'ba'), 1);
  });
});

describe('the difference between two configurations', () => {
  test('is printed by key with units, seats by name', () => {
    const before = good(`[[seat]]\n${seatLines}`).config;
    const after = good(
      `[pressure]\nyellow.available = "10.5 GB"\n[relief]\nmode = "live"\n[[seat]]\n${seatLines.replace('41', '42')}`,
    ).config;
    assert.deepEqual(configDiff(before, after), [
      'pressure.yellow.available: 8 GB → 10.5 GB',
      'relief.mode: dry_run → live',
      'seat "A".peak: 41 GB → 42 GB',
    ]);
    assert.deepEqual(configDiff(before, before), []);
    const entry = (name: string): string =>
      `[[relief.entry]]\n${entryLines.replace('"E"', `"${name}"`).replace('/e', `/entry-${name}`)}`;
    assert.deepEqual(configDiff(good(entry('A') + entry('B')).config, good(entry('B') + entry('A')).config), [
      'relief.entry: A, B → B, A',
    ]);
    assert.deepEqual(
      configDiff(
        defaultConfig,
        good(`relief.depends_on = ["x"]\nalerts.file = "/a"\n${entry('A').replace('freeze_only', 'kill_allowed')}`)
          .config,
      ),
      [
        'relief.depends_on: not set → x',
        'relief.entry "A": not set → pattern /entry-A, class kill_allowed, freeze_floor 1 GB, kill_floor 1 GB, pre_authorised false, group none, without_asking false',
        'alerts.file: not set → /a',
      ],
    );
    assert.deepEqual(configDiff(before, defaultConfig).slice(0, 1), [
      'seat "A": class protected, label a, domain system, peak 41 GB, wired 0 GB, band CRITICAL, probe_cmd ["/bin/true"], ready_timeout 2 min, drain 30 s → not set',
    ]);
  });
});

test('the JSON Schema knows every key, refuses others and asks for what a seat needs', () => {
  const schema = JSON.parse(JSON.stringify(configJsonSchema()));
  assert.equal(schema.$schema, 'http://json-schema.org/draft-07/schema#');
  assert.deepEqual(Object.keys(schema.properties), [
    'pressure',
    'relief',
    'containers',
    'advisor',
    'alerts',
    'history',
    'api',
    'gpu',
    'band',
    'seat',
  ]);
  assert.equal(schema.additionalProperties, false);
  assert.equal(schema.required, undefined);
  const { seat, pressure } = schema.properties;
  assert.deepEqual(seat.items.required, ['name', 'class', 'label', 'peak']);
  assert.deepEqual(seat.items.properties.class.enum, ['protected', 'on_call']);
  assert.deepEqual(seat.items.properties.proxy.required, ['target']);
  assert.deepEqual(seat.items.properties.ready.required, ['url']);
  assert.equal(seat.items.properties.command.items.type, 'string');
  assert.deepEqual([seat.items.properties.port.type, seat.items.properties.port.minimum], ['integer', 1]);
  assert.ok(seat.items.properties.band.enum.includes('CRITICAL'));
  assert.match('10.10.10.1:1337', new RegExp(seat.items.properties.proxy.properties.listen.pattern));
  assert.deepEqual(schema.properties.band.items.required, ['name', 'pattern', 'band']);
  assert.equal(schema.properties.api.properties.extra_listen.items.type, 'string');
  const { entry, service, depends_on } = schema.properties.relief.properties;
  assert.deepEqual(entry.items.required, ['name', 'pattern', 'class', 'freeze_floor']);
  assert.equal(entry.items.additionalProperties, false);
  assert.equal(entry.items.properties.without_asking.type, 'boolean');
  assert.deepEqual([entry.items.properties.owner_uid.type, entry.items.properties.owner_uid.minimum], ['integer', 0]);
  assert.deepEqual(service.items.required, ['label', 'at']);
  assert.deepEqual([depends_on.type, depends_on.items.type, depends_on.maxItems], ['array', 'string', 64]);
  assert.match('41 GB', new RegExp(seat.items.properties.peak.pattern));
  assert.doesNotMatch('41', new RegExp(pressure.properties.swap_arm_from.pattern));
});
