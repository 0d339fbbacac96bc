import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { addressText, isEverywhere, isLoopback, parseAddress } from '../../helper/config/addresses.ts';
import { GB } from '../../helper/config/config.ts';
import { parseConfig } from '../../helper/config/parse.ts';
import { checkRows, good, type Row, seatLines } from './config-tools.ts';

const seat = (more: string): string => `[[seat]]\n${seatLines}${more}\n`;
/** On call, and asked over HTTP; what more there is stands in line 7. */
const call = (more: string, { name = 'B', url = 'http://127.0.0.1:1341/' } = {}): string =>
  `[[seat]]\nname = "${name}"\nclass = "on_call"\nlabel = "${name}"\npeak = "14 GB"\nready.url = "${url}"\n${more}\n`;
const band = (more: string): string => `[[band]]\nname = "Q"\npattern = '/q$'\n${more}\n`;

describe('each problem of a seat has its line, its key and what would be right', () => {
  const rows: readonly Row[] = [
    [
      'nothing says when it serves',
      `[[seat]]\n${seatLines.replace(/probe_cmd.*\n/, '')}`,
      [[1, 'seat[1]', /Nothing says when A serves/, /ready = \{ url = .* or probe_cmd = \[/]],
    ],
    ['two things say when', seat('ready.url = "http://127.0.0.1:1/"'), [[6, 'seat[1].probe_cmd', /both/, /Keep one/]]],
    [
      'a readiness URL that is none, or not here, or with more than it may have',
      [
        'https://127.0.0.1/',
        'http://10.10.10.1/',
        'http://a:b@127.0.0.1/',
        'http://127.0.0.1/#x',
        'ftp://127.0.0.1/',
        '/',
      ]
        .map((url, i) => call('', { name: `B${i}`, url }))
        .join(''),
      [
        [6, 'seat[1].ready.url', /without TLS/, /"http:/],
        [13, 'seat[2].ready.url', /only 127\.0\.0\.1, \[::1\] and localhost/, /this machine/],
        [20, 'seat[3].ready.url', /without a password/, /this machine/],
        [27, 'seat[4].ready.url', /or a #/, /this machine/],
        [34, 'seat[5].ready.url', /not an HTTP URL/, /this machine/],
        [41, 'seat[6].ready.url', /not an HTTP URL/, /this machine/],
      ],
    ],
    ['a readiness that is no table', seat('ready = "x"'), [[7, 'seat[1].ready', /table is needed/, /\{ url = … \}/]]],
    ['a command in one text', seat('command = "a b"'), [[7, 'seat[1].command', /list of arguments/, /\["\/opt/]]],
    ['an empty command', seat('command = []'), [[7, 'seat[1].command', /no program/, /program and its arguments/]]],
    [
      'a command found by PATH',
      seat('user = "x"\ncommand = ["mlx"]'),
      [[8, 'seat[1].command[1]', /no PATH/, /from \/ on/]],
    ],
    [
      'an argument on two lines, and one that is empty',
      seat('command = [\n"/x",\n"a\\nb",\n""]'),
      [
        [9, 'seat[1].command[2]', /cannot be/, /one argument/],
        [10, 'seat[1].command[3]', /cannot be/, /one argument/],
      ],
    ],
    [
      'a wired argument without its figure',
      seat('wired_argument = ["-w"]'),
      [[7, 'seat[1].wired_argument', /\{mb\}/, /\[\]/]],
    ],
    ['root', seat('user = "root"'), [[7, 'seat[1].user', /run as root/, /"_mlx"/]]],
    ['an account that is none', seat('user = "a b"'), [[7, 'seat[1].user', /cannot be/, /short name/]]],
    ['a domain that is none', seat('domain = "user/501"'), [[7, 'seat[1].domain', /cannot be/, /"gui\/501"/]]],
    [
      'a protected seat with an idle time and a proxy',
      seat('idle = "5 min"\nproxy.target = "127.0.0.1:9"'),
      [
        [7, 'seat[1].idle', /A is protected and never unloaded/, /"on_call"/],
        [8, 'seat[1].proxy', /never started by a connection/, /"on_call"/],
      ],
    ],
    [
      'times out of bounds',
      call('idle = "169 h"\nready_timeout = "31 min"\ndrain = "0 s"'),
      [
        [7, 'seat[1].idle', /too much/, /"168 h"/],
        [8, 'seat[1].ready_timeout', /too much/, /"30 min"/],
        [9, 'seat[1].drain', /too little/, /"1 s"/],
      ],
    ],
    ['a bare time', call('idle = 300'), [[7, 'seat[1].idle', /no unit/, /"300 s"/]]],
    ['a port that is none', seat('port = 0'), [[7, 'seat[1].port', /from 1 to 65535/, /1337/]]],
    ['a port in quotes', seat('port = "1337"'), [[7, 'seat[1].port', /whole number/, /without quotes/]]],
    [
      'nothing stands in for itself',
      seat('fallback = "A"'),
      [[7, 'seat[1].fallback', /for itself/, /another service/]],
    ],
    [
      'health asked of another machine',
      seat('health.list = ["http://10.0.0.1/v1/models"]'),
      [[7, 'seat[1].health.list[1]', /only 127\.0\.0\.1/, /"http:\/\/127\.0\.0\.1:1337/]],
    ],
    [
      'files of no program',
      seat('health.beside = ["mlx.metallib"]\nhealth.sha256 = "abc"'),
      [[8, 'seat[1].health.sha256', /cannot be/, /64 hexadecimal digits/]],
    ],
    [
      'files beside no program',
      seat('health.beside = ["mlx.metallib"]'),
      [[7, 'seat[1].health.beside', /which program A is started from/, /program = /]],
    ],
    [
      'a path where a name belongs',
      seat('health.program = "/opt/mlx"\nhealth.beside = ["../mlx.metallib"]'),
      [[8, 'seat[1].health.beside[1]', /cannot be/, /name of a file/]],
    ],
    [
      'a chat with nobody',
      seat('health.chat = "http://127.0.0.1:1337/v1/chat/completions"'),
      [[7, 'seat[1].health.chat', /which model A is to be asked for/, /Add model/]],
    ],
    ['a note on two lines', seat('note = "a\\nb"'), [[7, 'seat[1].note', /cannot be/, /one line/]]],
  ];
  checkRows(rows);
});

describe('bands are named', () => {
  checkRows([
    ['an unknown band', band('band = "JETSAM"'), [[4, 'band[1].band', /not a band/, /"IDLE", .*"CRITICAL"/]]],
    [
      'a band in small letters',
      band('band = "critical"'),
      [[4, 'band[1].band', /not a band/, /Did you mean "CRITICAL"\?/]],
    ],
    ['a number', band('band = 190'), [[4, 'band[1].band', /never numbered.*tenfold in macOS 13/, /"CRITICAL"/]]],
    ['a number of before', seat('band = "16"'), [[7, 'seat[1].band', /never numbered/, /"HOME"/]]],
    ['a number of nothing', seat('band = -1'), [[7, 'seat[1].band', /never numbered/, /one of "IDLE"/]]],
    ['a list', seat('band = []'), [[7, 'seat[1].band', /A list is not a band/, /There are/]]],
    ['single brackets', '[band]\nname = "Q"\n', [[1, 'band', /\[\[band\]\]/, /each rule/]]],
    [
      'two rules of one name, and one that means the system',
      `${band('band = "HOME"')}${band('band = "HOME"').replace('"Q"', '"q"').replace('/q$', 'launchd')}`,
      [
        [6, 'band[2].name', /other is in line 2/, /name of its own/],
        [7, 'band[2].pattern', /launchd .*whose band is left alone/, /narrower/],
      ],
    ],
  ]);

  test('two rules with one pattern are remarked', () => {
    const { warnings } = good(`${band('band = "HOME"')}${band('band = "IDLE"').replace('"Q"', '"R"')}`);
    assert.deepEqual(
      warnings.map(({ line, message }) => [line, message]),
      [[7, 'A rule before has the same pattern; the other is in line 3.']],
    );
  });
});

describe('each address has one owner', () => {
  checkRows([
    [
      'addresses that are none',
      call('proxy = { listen = "localhost:1340", target = "127.0.0.1" }'),
      [
        [7, 'seat[1].proxy.listen', /not an address with a port/, /"127\.0\.0\.1:1340"/],
        [7, 'seat[1].proxy.target', /not an address with a port/, /"127\.0\.0\.1:1341"/],
      ],
    ],
    ['a proxy that leads nowhere', call('proxy = {}'), [[7, 'seat[1].proxy.target', /missing/, /Add target = /]]],
    [
      'a target elsewhere',
      call('proxy.target = "10.10.10.1:9"'),
      [[7, 'seat[1].proxy.target', /others can reach/, /listen/]],
    ],
    ['a target at port 0', call('proxy.target = "127.0.0.1:0"'), [[7, 'seat[1].proxy.target', /port 0/, /./]]],
    [
      'every network',
      `[api]\nextra_listen = [\n"0.0.0.0:2189", "[::]:2189",\n"[::ffff:0.0.0.0]:1"]\n${call('proxy = { listen = "0.0.0.0:1", target = "127.0.0.1:1341" }')}`,
      [
        [3, 'api.extra_listen[1]', /every network/, /Name one/],
        [3, 'api.extra_listen[2]', /every network/, /Name one/],
        [4, 'api.extra_listen[3]', /every network/, /Name one/],
        [11, 'seat[1].proxy.listen', /every network/, /Name one/],
      ],
    ],
    [
      'the API for others',
      '[api]\nlisten = "10.10.10.1:2189"\n',
      [[2, 'api.listen', /this machine only/, /extra_listen/]],
    ],
    ['the API in a list', '[api]\nlisten = ["127.0.0.1:1"]\n', [[2, 'api.listen', /A list is not an address/, /like/]]],
    [
      'further addresses as text',
      '[api]\nextra_listen = "10.0.0.1:1"\n',
      [[2, 'api.extra_listen', /list of addresses/, /\["10/]],
    ],
    [
      'a proxy to itself: the address of the target, and no more said of it',
      call('proxy.target = "127.0.0.1:1340"'),
      [[7, 'seat[1].proxy.target', /itself at 127\.0\.0\.1:1340/, /another port/]],
    ],
    [
      'two proxies at the address that both have by default',
      `${call('proxy.target = "127.0.0.1:1"')}${call('proxy.target = "127.0.0.1:2"', { name: 'C' })}`,
      [
        [
          14,
          'seat[2].proxy',
          /proxy of C would listen at 127\.0\.0\.1:1340, and so does the proxy of B; the other is in line 7/,
          /listen of its own/,
        ],
      ],
    ],
    [
      'a proxy where the API is',
      call('proxy = { listen = "127.0.0.1:2189", target = "127.0.0.1:1341" }'),
      [[7, 'seat[1].proxy.listen', /and so does the HTTP API/, /its own/]],
    ],
    [
      'the API twice at one address, however it is written',
      '[api]\nextra_listen = ["[fd00::1]:80", "[FD00:0::1]:80"]\n',
      [[2, 'api.extra_listen[2]', /The HTTP API would listen twice at \[fd00::1\]:80/, /./]],
    ],
    [
      'two seats at one port',
      `${call('port = 9')}${call('proxy.target = "127.0.0.1:9"', { name: 'C' })}`,
      [[14, 'seat[2].proxy.target', /C and B would both serve at port 9; the other is in line 7/, /port = …/]],
    ],
    [
      'a seat where the proxy of another listens',
      `${call('proxy.target = "127.0.0.1:9"')}${call('port = 1340', { name: 'C', url: 'http://127.0.0.1:9/' })}`,
      [[14, 'seat[2].port', /port 1340, where the proxy of B listens; the other is in line 7/, /another port/]],
    ],
    [
      'a seat where the API listens',
      seat('port = 2189'),
      [[7, 'seat[1].port', /where the HTTP API listens/, /another/]],
    ],
    [
      'readiness asked of the own proxy',
      call('proxy.target = "127.0.0.1:1341"', { url: 'http://localhost:1340/' }),
      [[6, 'seat[1].ready.url', /127\.0\.0\.1:1340 is the proxy of B/, /would start it/]],
    ],
    [
      'health asked of the own proxy, where each question would count as use',
      call(
        'proxy.target = "127.0.0.1:1341"\nhealth.list = ["http://127.0.0.1:1341/", "http://localhost:1340/v1/models"]\nhealth.chat = "http://127.0.0.1:2189/"\nhealth.model = "m"',
      ),
      [
        [8, 'seat[1].health.list[2]', /127\.0\.0\.1:1340 is the proxy of B/, /keep it loaded/],
        [9, 'seat[1].health.chat', /127\.0\.0\.1:2189 is the HTTP API/, /./],
      ],
    ],
  ]);

  test('one port at two addresses, and any free port twice, are no trouble', () => {
    const { config, warnings } = good(
      `[api]\nlisten = "127.0.0.1:0"\nextra_listen = ["127.0.0.1:0"]\n${call('proxy = { listen = "10.10.10.1:1341", target = "127.0.0.1:1341" }')}`,
    );
    assert.deepEqual(warnings, []);
    assert.equal(config.seats[0]?.port, 1341);
  });

  test('an address is written in one way and read in all of them', () => {
    for (const [written, shown] of [
      ['127.0.0.1:0', '127.0.0.1:0'],
      ['[::1]:65535', '[::1]:65535'],
      ['[0:0:0:0:0:0:0:1]:1', '[::1]:1'],
      ['[FD00::AB]:80', '[fd00::ab]:80'],
    ] as const) {
      const address = parseAddress(written);
      assert.ok(address !== null, written);
      assert.equal(addressText(address), shown);
      assert.deepEqual(parseAddress(shown), address);
    }
    for (const none of [
      '',
      '127.0.0.1',
      ':80',
      '127.0.0.1:65536',
      '127.0.0.1:080',
      '127.0.0.1:-1',
      '127.1:80',
      '127.0.0.1 :80',
      '::1:80',
      '[::1]',
      '[::1%lo]:80',
      '[127.0.0.1]:80',
      'localhost:80',
      'http://127.0.0.1:80',
    ])
      assert.equal(parseAddress(none), null, none);
    assert.deepEqual(['127.9.9.9', '::1', '10.0.0.1', '::2', '128.0.0.1'].map(isLoopback), [
      true,
      true,
      false,
      false,
      false,
    ]);
    assert.deepEqual(['0.0.0.0', '::', '::1', '10.0.0.0'].map(isEverywhere), [true, true, false, false]);
  });
});

describe('what is left out', () => {
  test('goes by the class', () => {
    const { seats } = good(`${seat('')}${call('')}`).config;
    assert.deepEqual(
      seats.map((each) => [each.band, each.idleSeconds, each.port, each.proxy, each.readySeconds, each.drainSeconds]),
      [
        ['CRITICAL', 0, null, null, 120, 30],
        ['IDLE', 300, 1341, null, 120, 30],
      ],
    );
  });

  test('the port is that of the target, else of the URL, which is 80 when it names none', () => {
    const portOf = (text: string) => good(text).config.seats[0]?.port;
    assert.equal(portOf(call('proxy.target = "127.0.0.1:9"')), 9);
    assert.equal(portOf(call('port = 10\nproxy.target = "127.0.0.1:9"')), 10);
    assert.equal(portOf(call('', { url: 'http://[::1]/x' })), 80);
  });
});

describe('what works and may not be meant is a warning', () => {
  const warned = (text: string, totalBytes: number | null = null) =>
    good(text, totalBytes).warnings.map(({ line, key, message }) => [line, key, message] as const);

  test('a command of the system without an account', () => {
    const [first, ...more] = warned(seat('command = ["/x"]'));
    assert.deepEqual(more, []);
    assert.deepEqual(first?.slice(0, 2), [7, 'seat[1].command']);
    assert.match(first?.[2] ?? '', /launchd runs its command as root/);
    assert.deepEqual(warned(seat('command = ["/x"]\nuser = "x"')), []);
    assert.deepEqual(warned(seat('command = ["/x"]\ndomain = "gui/501"')), []);
    // That of a checkout is not root's, and neither are its services.
    for (const [ownerUid, count] of [
      [0, 1],
      [1000, 0],
    ] as const) {
      const parsed = parseConfig(seat('command = ["/x"]'), { ownerUid });
      assert.equal(parsed.ok && parsed.warnings.length, count);
    }
  });

  test('protected peaks beyond the machine, which is worse than all peaks beyond it', () => {
    const two = seat('').replaceAll('"A"', '"C"').replace('"a"', '"c"');
    assert.match(
      warned(`${seat('')}${two}`, 64 * GB)[0]?.[2] ?? '',
      /protected seats alone are 82\.0 GB, 18\.0 GB more/,
    );
    assert.match(warned(`${seat('')}${call('')}`, 48 * GB)[0]?.[2] ?? '', /All peaks together are 55\.0 GB/);
    assert.deepEqual(warned(`${seat('')}${call('')}`, 64 * GB), []);
  });

  test('a wired limit that is none, and wired memory beyond the limit', () => {
    assert.match(warned('[gpu]\nwired_limit = "64 GB"\n', 64 * GB)[0]?.[2] ?? '', /64\.0 GB is no limit/);
    assert.deepEqual(warned('[gpu]\nwired_limit = "48 GB"\n', 64 * GB), []);
    const [found] = warned(`[gpu]\nwired_limit = "10 GB"\n${seat('wired = "18 GB"')}`);
    assert.deepEqual(found?.slice(0, 2), [9, 'seat[1].wired']);
    assert.match(found?.[2] ?? '', /can never be admitted/);
  });
});
