import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parse } from 'smol-toml';
import type { Config } from '../../helper/config/config.ts';
import { lineIndex, type Path } from '../../helper/config/lines.ts';
import { maxConfigBytes, parseConfig } from '../../helper/config/parse.ts';
import { configEntries } from '../../helper/config/print.ts';
import { parseQuantity, printQuantity, quantityKinds } from '../../helper/config/units.ts';
import { layout, rawLine, type Table, type Value, writeToml } from './toml-text.ts';

const named = (path: Path): string => JSON.stringify(path);

/** Every path of a parsed document, as the line index names it. */
const pathsOf = (something: unknown, path: Path = []): readonly Path[] => {
  if (typeof something !== 'object' || something === null) return [];
  return Object.entries(something).flatMap(([part, inner]) => {
    const here = [...path, Array.isArray(something) ? Number(part) : part];
    return [here, ...pathsOf(inner, here)];
  });
};

describe('the line index', () => {
  const word = fc.oneof(
    fc.constantFrom('a', 'b', 'c d', 'x.y', "it's", '"', '#', 'é', ''),
    fc.string({ unit: 'grapheme', maxLength: 4 }),
  );
  const keys = word.filter((key) => key !== '__proto__');
  const { table } = fc.letrec<{ value: Value; table: Table }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      word,
      fc.integer(),
      fc.boolean(),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.array(tie('table'), { maxLength: 3 }),
      tie('table'),
    ),
    table: fc.dictionary(keys, tie('value'), { maxKeys: 4 }),
  }));

  test('knows exactly the paths of a document, each at the line where it was written', () => {
    fc.assert(
      fc.property(table, layout, (document, decisions) => {
        const { text, lines } = writeToml(document, decisions);
        const index = lineIndex(text);
        assert.deepEqual(index.paths().map(named).sort(), pathsOf(parse(text)).map(named).sort(), text);
        assert.deepEqual(lines.map(([path]) => named(path)).sort(), index.paths().map(named).sort(), text);
        for (const [path, line] of lines) assert.equal(index.exact(path), line, `${named(path)} in\n${text}`);
      }),
      { numRuns: 2000 },
    );
  });
});

/** Pieces of TOML in no order, with a few that belong to this file. */
const soup = fc
  .array(
    fc.oneof(
      fc.constantFrom(...'[]{}=.,#"\'\\\n\r\t -+'),
      fc.constantFrom(
        '"""',
        "'''",
        '[[',
        ']]',
        'true',
        'inf',
        '1979-05-27',
        '07:32:00',
        '0x1',
        '1e9',
        '\\u0041',
        '\\U0010FFFF',
      ),
      fc.constantFrom(
        'pressure',
        'relief',
        'entry',
        '[[relief.entry]]\n',
        'pattern',
        'class',
        "'a(b'",
        '"freeze_only"',
        'depends_on',
        'proxy',
        'ready.url',
        'probe_cmd = [',
        '"/bin/true"',
        '"{mb}"',
        'listen',
        '"127.0.0.1:1340"',
        '"0.0.0.0:0"',
        '"http://127.0.0.1/"',
        'band = 190',
        '[[band]]\n',
        '[[seat]]\n',
        '[api]\n',
        'alerts',
        'file',
        'seat',
        'name',
        'yellow',
        'available',
        '"8 GB"',
        '"70 %"',
        '__proto__',
        'constructor',
      ),
      fc.string({ unit: 'binary', maxLength: 3 }),
    ),
    { maxLength: 60 },
  )
  .map((pieces) => pieces.join(''));

const quantityText = (unit: string, min: number, max: number): fc.Arbitrary<string> =>
  fc.integer({ min, max }).map((n) => `${n} ${unit}`);

/** Part of an object: each key is there or not, in any order. */
const some = (all: Readonly<Record<string, fc.Arbitrary<Value>>>): fc.Arbitrary<Table> =>
  fc.tuple(fc.record(all, { requiredKeys: [] }), fc.nat()).map(([chosen, turn]) => {
    const entries = Object.entries(chosen);
    const first = entries.length === 0 ? 0 : turn % entries.length;
    return Object.fromEntries([...entries.slice(first), ...entries.slice(0, first)]) as Table;
  });

const level = (availableFrom: number, swapFrom: number): fc.Arbitrary<Table> =>
  some({
    available: quantityText('GB', availableFrom, availableFrom + 1),
    swap: quantityText('%', swapFrom, swapFrom + 4),
  });

/** Ports of the seat with this number: no two seats share one, nor does the API have any of them. */
const ports = (i: number) => ({ serves: 3000 + i, listens: 4000 + i });

const bandName = fc.constantFrom('IDLE', 'BACKGROUND', 'FOREGROUND', 'HOME', 'DEFAULT', 'CRITICAL');
const argumentList = fc.array(fc.constantFrom('--port', 'a b', "it's", '"x"', '\\', 'é', '{mb}'), { maxLength: 3 });

/** What only one on call may have. */
const onCallKeys = {
  idle: quantityText('s', 0, 600_000),
  proxy: fc.record({
    listen: fc.constantFrom(undefined, '127.0.0.1', '10.10.10.1', '[::1]', '[fd00::1]'),
    host: fc.constantFrom('127.0.0.1', '127.0.0.2', '[::1]'),
  }),
};
const seatKeys = {
  domain: fc.constantFrom('system', 'gui/501'),
  note: fc.constantFrom('at 32K tokens', "é's"),
  wired: quantityText('GB', 0, 10),
  band: bandName,
  ready_timeout: quantityText('s', 1, 1800),
  drain: quantityText('s', 1, 1800),
  port: fc.constant(true),
  user: fc.constantFrom('_mlx', 'neo'),
  command: argumentList,
  wired_argument: fc.constantFrom<Value>([], ['--wired={mb}'], ['-w', '{mb}']),
  oracle: fc.constantFrom('hosts the gateway', 'é', "the council's"),
  fallback: fc.constantFrom('com.example.spare'),
};

const proxyTable = (
  i: number,
  { listen, host }: { readonly listen: string | undefined; readonly host: string },
): Table => {
  const target = `${host}:${ports(i).serves}`;
  // Its default is one address, so only one seat may be without it.
  if (listen === undefined && i === 0) return { target };
  return { listen: `${listen ?? '127.0.0.1'}:${ports(i).listens}`, target };
};

const seats = fc
  .array(
    fc.tuple(
      fc.record({
        class: fc.constantFrom('protected', 'on_call'),
        peak: quantityText('GB', 10, 60),
        http: fc.boolean(),
      }),
      fc.record(seatKeys, { requiredKeys: [] }),
      fc.record(onCallKeys, { requiredKeys: [] }),
    ),
    { minLength: 1, maxLength: 4 },
  )
  .map((all) =>
    all.map(([{ class: kind, peak, http }, { port, command, ...keys }, { idle, proxy }], i): Table => {
      const isOnCall = kind === 'on_call';
      return {
        name: `Seat ${i}`,
        class: kind,
        label: `com.example.seat-${i}`,
        peak,
        ...keys,
        ...(http
          ? { ready: { url: `http://127.0.0.1:${ports(i).serves}/v1/models` } }
          : { probe_cmd: ['/usr/bin/ready', `--port=${i}`] }),
        ...(port === undefined ? {} : { port: ports(i).serves }),
        ...(command === undefined ? {} : { command: ['/opt/mlx', ...command] }),
        ...(isOnCall && idle !== undefined ? { idle } : {}),
        ...(isOnCall && proxy !== undefined ? { proxy: proxyTable(i, proxy) } : {}),
      } as Table;
    }),
  );

const api = some({
  listen: fc.constantFrom('127.0.0.1:2189', '[::1]:2189', '127.0.0.1:0'),
  extra_listen: fc.constantFrom<Value>([], ['10.10.10.1:2190'], ['10.10.10.1:2190', '[fd00::2]:2190']),
  open: fc.boolean(),
});
const bands = fc
  .array(fc.tuple(fc.constantFrom('/qemu ', '\\.x$', "/it's "), bandName), { minLength: 1, maxLength: 3 })
  .map((all) => all.map(([pattern, band], i): Table => ({ name: `Band ${i}`, pattern: `${pattern}${i}`, band })));

const entryKeys = {
  group: fc.constantFrom('none', 'tree', 'pgid'),
  oracle: fc.constantFrom('hosts the gateway', "it's needed"),
  without_asking: fc.boolean(),
  owner_uid: fc.nat({ max: 5000 }),
};
const entries = fc
  .array(
    fc.tuple(
      fc.record({ freeze_floor: quantityText('MB', 256, 20_000), ...entryKeys }, { requiredKeys: ['freeze_floor'] }),
      fc.option(
        fc.record({ kill_floor: quantityText('GB', 20, 40), pre_authorised: fc.boolean() }, { requiredKeys: [] }),
      ),
      fc.constantFrom('\\.lmstudio/', '/metal(?: |$).*?-x metal', '/it\'s "x"#\\\\', '/é{2,3}'),
    ),
    { minLength: 1, maxLength: 4 },
  )
  .map((all) =>
    all.map(
      ([keys, ending, pattern], i): Table =>
        ({
          name: `Entry ${i}`,
          pattern: `${pattern} ${i}`,
          class: ending === null ? 'freeze_only' : 'kill_allowed',
          ...keys,
          ...ending,
        }) as Table,
    ),
  );
const services = fc
  .array(fc.constantFrom('ladder_1', 'yellow', 'orange'), { minLength: 1, maxLength: 3 })
  .map((all) => all.map((at, i): Table => ({ label: `com.example.service-${i}`, at })));

/** Valid configurations, as they are written. */
const configuration = some({
  pressure: some({
    yellow: level(8, 70),
    orange: level(4, 80),
    red: level(1, 90),
    swap_arm_from: quantityText('MB', 0, 9000),
    compressor_growth: quantityText('MB/s', 1, 500),
  }),
  relief: some({
    mode: fc.constantFrom('dry_run', 'live'),
    purge: fc.constantFrom('off', 'ask', 'automatic'),
    depends_on: fc.constantFrom<Value>([], ['com.example.a'], ['com.example.a', 'com.example.b']),
    entry: entries,
    service: services,
  }),
  alerts: some({ file: fc.constantFrom('~neo/.sanctum/alerts.json', '/var/log/x') }),
  history: some({ max: quantityText('MB', 16, 4096) }),
  api,
  gpu: some({ wired_limit: quantityText('GB', 1, 100) }),
  band: bands,
  seat: seats,
});

/** `document` with the value at `path` replaced by what `change` makes of it; undefined removes the key. */
const changed = (document: Value, path: Path, change: (old: Value | undefined) => Value | undefined): Value => {
  const [part, ...rest] = path;
  if (part === undefined || typeof document !== 'object') return document;
  const inner = (document as Readonly<Record<string | number, Value>>)[part];
  const next = rest.length === 0 ? change(inner) : changed(inner ?? {}, rest, change);
  if (Array.isArray(document))
    return document.map((element: Value, i) => (i === part && next !== undefined ? next : element));
  const entries = Object.entries({ ...document, ...(next === undefined ? {} : { [part]: next }) });
  return Object.fromEntries(entries.filter(([key]) => next !== undefined || key !== part));
};

/** Paths of texts, and paths of tables (with the document itself). */
const leaves = (document: Table): readonly Path[] =>
  pathsOf(document).filter((path) => typeof at(document, path) === 'string');
const tables = (document: Table): readonly Path[] =>
  [[], ...pathsOf(document)].filter((path) => {
    const value = at(document, path);
    return typeof value === 'object' && !Array.isArray(value);
  });
const at = (document: Value, path: Path): Value | undefined =>
  path.reduce<Value | undefined>(
    (value, part) => (value === undefined ? value : (value as Readonly<Record<string | number, Value>>)[part]),
    document,
  );

/** Any text of one line may stand there. */
const freeText: ReadonlySet<string> = new Set(['pattern', 'oracle', 'note', 'probe_cmd', 'command', 'wired_argument']);

const lineOf = (lines: ReturnType<typeof writeToml>['lines'], path: Path): number | undefined =>
  lines.find(([known]) => named(known) === named(path))?.[1];

const onlyProblem = (text: string): { readonly line: number | null; readonly fix: string } => {
  const parsed = parseConfig(text);
  assert.equal(parsed.ok, false, text);
  const problems = parsed.ok ? [] : parsed.problems;
  assert.equal(problems.length, 1, `${JSON.stringify(problems)} for\n${text}`);
  const [problem] = problems;
  assert.ok(problem !== undefined && problem.fix !== '');
  return problem;
};

describe('a mistake in a valid configuration is reported at its line, and nothing else is', () => {
  const runs = { numRuns: 500 };

  test('the configuration without a mistake is valid in every layout', () => {
    fc.assert(
      fc.property(configuration, layout, (document, decisions) => {
        const { text } = writeToml(document, decisions);
        const parsed = parseConfig(text);
        assert.ok(parsed.ok, `${parsed.ok ? '' : JSON.stringify(parsed.problems)} for\n${text}`);
      }),
      runs,
    );
  });

  test('a value that cannot be used', () => {
    const wrong = fc.constantFrom<Value>(7, true, '', ' 8 GB', '-1 GB', '\u0007', [], ['8 GB'], {}, { a: 1 }, 1.5);
    fc.assert(
      fc.property(configuration, layout, fc.nat(), wrong, (document, decisions, which, value) => {
        const all = leaves(document);
        const path = all[which % all.length];
        fc.pre(path !== undefined);
        // Free text: what is said, what is searched for, and the words of a command line.
        fc.pre(typeof value !== 'string' || value === '' || !path.some((part) => freeText.has(String(part))));
        const { text, lines } = writeToml(changed(document, path, () => value) as Table, decisions);
        assert.equal(onlyProblem(text).line, lineOf(lines, path), text);
      }),
      runs,
    );
  });

  test('a key that does not exist', () => {
    const stranger = fc.tuple(
      fc.constantFrom('aviable', 'x y', 'é', 'peek', 'seats'),
      fc.constantFrom<Value>(1, '8 GB', {}, [{}], { a: { b: 1 } }),
    );
    fc.assert(
      fc.property(configuration, layout, fc.nat(), stranger, (document, decisions, which, [key, value]) => {
        const all = tables(document);
        const path = [...(all[which % all.length] ?? []), key];
        const { text, lines } = writeToml(changed(document, path, () => value) as Table, decisions);
        assert.equal(onlyProblem(text).line, lineOf(lines, path), text);
      }),
      runs,
    );
  });

  test('a key that a seat lacks: the line of the seat', () => {
    fc.assert(
      fc.property(
        seats,
        layout,
        fc.nat(),
        fc.constantFrom('name', 'class', 'label', 'peak', 'ready'),
        (all, decisions, which, key) => {
          const path = ['seat', which % all.length];
          const how = at(all, [which % all.length, 'ready']) === undefined ? 'probe_cmd' : 'ready';
          const lost = key === 'ready' ? how : key;
          const { text, lines } = writeToml(
            changed({ seat: all }, [...path, lost], () => undefined) as Table,
            decisions,
          );
          assert.equal(onlyProblem(text).line, lineOf(lines, path), text);
        },
      ),
      runs,
    );
  });

  test('an entry that means what is never acted upon: the line of its pattern', () => {
    fc.assert(
      fc.property(
        entries,
        layout,
        fc.nat(),
        fc.constantFrom('.', 'launchd', 'Window[S]erver', 'ss[h]d'),
        (...drawn) => {
          const [all, decisions, which, pattern] = drawn;
          const path = ['relief', 'entry', which % all.length, 'pattern'];
          const { text, lines } = writeToml(
            changed({ relief: { entry: all } }, path, () => pattern) as Table,
            decisions,
          );
          assert.equal(onlyProblem(text).line, lineOf(lines, path), text);
        },
      ),
      runs,
    );
  });

  test('a name that is used twice: the line of the second', () => {
    fc.assert(
      fc.property(seats, layout, fc.constantFrom('name', 'label'), (all, decisions, key) => {
        fc.pre(all.length > 1);
        const path = ['seat', all.length - 1, key];
        const { text, lines } = writeToml(changed({ seat: all }, path, () => all[0]?.[key]) as Table, decisions);
        assert.equal(onlyProblem(text).line, lineOf(lines, path), text);
      }),
      runs,
    );
  });

  /** A seat on call with a proxy of its own, for mistakes that need one. */
  const called: Table = {
    name: 'Called',
    class: 'on_call',
    label: 'com.example.called',
    peak: '1 GB',
    port: 3999,
    probe_cmd: ['/bin/true'],
    proxy: { listen: '127.0.0.1:4999', target: '127.0.0.1:3999' },
  };
  const mistakes: readonly (readonly [path: Path, value: Value, lineOfPath: Path])[] = [
    [['port'], 4999, ['port']],
    [['proxy', 'target'], '127.0.0.1:4999', ['proxy', 'target']],
    [['proxy', 'listen'], '127.0.0.1:2189', ['proxy', 'listen']],
    [['proxy', 'listen'], '0.0.0.0:4999', ['proxy', 'listen']],
    [['proxy', 'target'], '10.10.10.1:3999', ['proxy', 'target']],
    [['band'], 190, ['band']],
    [['user'], 'root', ['user']],
    [['probe_cmd'], ['true'], ['probe_cmd', 0]],
    [['probe_cmd'], [], ['probe_cmd']],
    [['fallback'], 'com.example.called', ['fallback']],
    [['wired_argument'], ['--wired'], ['wired_argument']],
    [['ready'], { url: 'http://127.0.0.1:4999/' }, ['ready', 'url']],
    [['wired'], '2 GB', ['wired']],
  ];

  test('a mistake in what a seat listens at, runs or is: the line of that', () => {
    fc.assert(
      fc.property(seats, layout, fc.constantFrom(...mistakes), (all, decisions, [path, value, where]) => {
        const base =
          path[0] === 'ready'
            ? Object.fromEntries(Object.entries(called).filter(([key]) => key !== 'probe_cmd'))
            : called;
        // Without a port of its own a seat that is asked over HTTP serves where it is asked.
        const seat = changed(base, path, () => value) as Table;
        const { text, lines } = writeToml({ seat: [...all, seat] }, decisions);
        assert.equal(onlyProblem(text).line, lineOf(lines, ['seat', all.length, ...where]), text);
      }),
      runs,
    );
  });

  test('a protected seat that is to be idle, or started by a connection: the line of that key', () => {
    fc.assert(
      fc.property(seats, layout, fc.constantFrom('idle', 'proxy'), (all, decisions, key) => {
        const rest = Object.fromEntries(Object.entries(called).filter(([each]) => each !== 'proxy'));
        const more: Table = key === 'idle' ? { idle: '1 min' } : { proxy: called.proxy ?? {} };
        const { text, lines } = writeToml({ seat: [...all, { ...rest, class: 'protected', ...more }] }, decisions);
        assert.equal(onlyProblem(text).line, lineOf(lines, ['seat', all.length, key]), text);
      }),
      runs,
    );
  });

  test('a line that is not TOML', () => {
    const junk = fc.constantFrom(
      '= 1',
      'key',
      'key =',
      '"open',
      '[open',
      'max = 8 GB',
      'max = "8 GB',
      ']',
      'a = b',
      '__proto__ = 1',
      'é = 1',
    );
    fc.assert(
      fc.property(configuration, layout, junk, fc.boolean(), (document, decisions, line, atEnd) => {
        const broken = atEnd ? { ...document, [rawLine]: line } : { [rawLine]: line, ...document };
        const { text, lines } = writeToml(broken, decisions);
        assert.equal(onlyProblem(text).line, lineOf(lines, [rawLine]), text);
      }),
      runs,
    );
  });
});

describe('no text throws, and none takes long', () => {
  /** CPU time of this process rather than the clock: other work on the machine must not count. */
  const cpuMs = (text: string): number => {
    const from = process.cpuUsage();
    const parsed = parseConfig(text);
    const { user, system } = process.cpuUsage(from);
    if (!parsed.ok) assert.ok(parsed.problems.length > 0 && parsed.problems.length <= 21);
    return (user + system) / 1000;
  };
  /** The worst of these takes 0.08 s on a quiet machine; a walk that is quadratic in 64 KiB would take minutes. */
  const limitMs = 2_000;

  test('any text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), soup), (text) => cpuMs(text) <= limitMs),
      { numRuns: 3000 },
    );
  });

  test('2,000 documents of random bytes', () => {
    const bytes = fc.oneof(fc.uint8Array({ maxLength: 2000 }), fc.uint8Array({ maxLength: 8000, size: 'max' }));
    fc.assert(
      fc.property(bytes, (raw) => cpuMs(new TextDecoder().decode(raw)) <= limitMs),
      { numRuns: 2000 },
    );
  });

  test('a valid file with a few characters lost, doubled or changed', () => {
    const slips = fc.array(
      fc.tuple(fc.nat(), fc.constantFrom('', '"', '[', '\n', '=', '.', '#', '}', '\\', '\u0000', "'''")),
      {
        minLength: 1,
        maxLength: 4,
      },
    );
    fc.assert(
      fc.property(configuration, layout, slips, (document, decisions, all) => {
        let { text } = writeToml(document, decisions);
        for (const [where, piece] of all) {
          const i = where % (text.length + 1);
          text = `${text.slice(0, i)}${piece}${text.slice(i + (where % 2))}`;
        }
        const lineCount = text.split('\n').length;
        const parsed = parseConfig(text);
        if (!parsed.ok)
          for (const { line } of parsed.problems) assert.ok(line === null || (line >= 1 && line <= lineCount));
      }),
      { numRuns: 2000 },
    );
  });

  const fill = (unit: string, head = '', tail = ''): string =>
    head + unit.repeat(Math.floor((maxConfigBytes - head.length - tail.length) / unit.length)) + tail;
  const count = (line: (i: number) => string, separator: string): string => {
    const lines: string[] = [];
    for (let i = 0, size = 0; size < maxConfigBytes - 100; i += 1) {
      lines.push(line(i));
      size += line(i).length + separator.length;
    }
    return lines.join(separator);
  };
  const worstEntries = (pattern: (i: number) => string): string =>
    Array.from(
      { length: 64 },
      (_, i) =>
        `[[relief.entry]]\nname = "E${i}"\npattern = '${pattern(i)}'\nclass = "freeze_only"\nfreeze_floor = "1 GB"\n`,
    ).join('');
  const worst: Readonly<Record<string, string>> = {
    'a dotted key of 32,000 parts': fill('a.', '', 'a = 1'),
    'a header of 32,000 parts': fill('a.', '[', 'a]\n'),
    'thousands of words in a command': `[[seat]]\ncommand = [${count((i) => `"w${i}"`, ',')}]`,
    'thousands of addresses': `api.extra_listen = [${count((i) => `"10.0.0.1:${i % 65_536}"`, ',')}]`,
    '64 seats that all share one proxy and one port': Array.from(
      { length: 64 },
      (_, i) =>
        `[[seat]]\nname = "S${i}"\nclass = "on_call"\nlabel = "s${i}"\npeak = "1 GB"\nready.url = "http://127.0.0.1:9/"\nproxy.target = "127.0.0.1:1340"\n`,
    ).join(''),
    '64 bands that mean the system': Array.from(
      { length: 64 },
      (_, i) => `[[band]]\nname = "B${i}"\npattern = '(?:${'a|'.repeat(100)}.)${i}?'\nband = "HOME"\n`,
    ).join(''),
    '7,000 empty seats': fill('[[seat]]\n'),
    '21,000 inline seats': fill('{},', 'seat = [', ']'),
    'thousands of unknown keys': count((i) => `k${i} = 1`, '\n'),
    'thousands of unknown escaped keys': count((i) => `"\\u0061${i}" = 1`, '\n'),
    'thousands of unknown inline keys': `pressure = {${count((i) => `k${i}=1`, ',')}}`,
    'thousands of headers': count((i) => `[t${i}.a.b]`, '\n'),
    'thousands of dates': count((i) => `k${i}=1979-05-27`, '\n'),
    'one long string of escapes': fill('\\n', 'x = "', '"'),
    'brackets never closed': fill('[', 'x = '),
    'braces never closed': fill('{a=', 'x = '),
    'a size of 65,000 digits': fill('9', '[history]\nmax = "', ' GB"'),
    '65,000 lines before the mistake': fill('\n', '', 'x'),
    '7,000 inline entries': fill('{},', 'relief.entry = [', ']'),
    '64 entries with patterns that do not compile': worstEntries((i) => `${'(a|'.repeat(60)}${i}`),
    '64 entries with patterns that are large': worstEntries((i) => `(?:(?:a${i}?){30}b?){10}${'x'.repeat(200)}`),
    '64 entries with patterns of many alternatives': worstEntries((i) => `${'a|\\pL?'.repeat(30)}${i}`),
    'thousands of labels': `relief.depends_on = [${count((i) => `"l${i}"`, ',')}]`,
  };
  for (const [name, text] of Object.entries(worst)) {
    test(name, () => {
      assert.ok(text.length <= maxConfigBytes);
      const took = cpuMs(text);
      assert.ok(took <= limitMs, `${took} ms`);
    });
  }
});

describe('what is printed reads back as the same', () => {
  test('quantities', () => {
    const base = fc.oneof(
      fc.maxSafeNat(),
      fc.nat({ max: 2 ** 20 }),
      fc.nat({ max: 4096 }).map((n) => n * 2 ** 28),
    );
    fc.assert(
      fc.property(fc.constantFrom(...quantityKinds), base, (kind, n) => {
        const exact = kind === 'percent' ? (n % 100_001) / 1000 : n;
        assert.deepEqual(parseQuantity(kind, printQuantity(kind, exact)), { ok: true, value: exact });
      }),
      { numRuns: 3000 },
    );
  });

  test('whole configurations', () => {
    fc.assert(
      fc.property(configuration, layout, (document, decisions) => {
        const config = valid(writeToml(document, decisions).text);
        assert.deepEqual(valid(fileOf(config)), config);
      }),
      { numRuns: 300 },
    );
  });

  const valid = (text: string): Config => {
    const parsed = parseConfig(text);
    assert.ok(parsed.ok, text);
    return parsed.config;
  };
  /** What stands without quotes. */
  const bare = /\.(?:pre_authorised|without_asking|owner_uid|open|extra_listen|port|probe_cmd|command|wired_argument)$/;
  /** The printed entries as a file again; seats are printed by name. */
  const fileOf = (config: Config): string => {
    const entries = [...configEntries(config)];
    const of = (prefix: string): readonly string[] =>
      entries
        .filter(([key]) => key.startsWith(prefix))
        .map(([key, value]) => `${key.slice(prefix.length)} = ${bare.test(key) ? value : JSON.stringify(value)}`);
    const main = entries
      .filter(([key]) => !key.includes('"') && key !== 'relief.entry' && key !== 'band')
      .map(([key, value]) => {
        if (bare.test(key)) return `${key} = ${value}`;
        return key === 'relief.depends_on' ? `${key} = ${JSON.stringify(value.split(', '))}` : `${key} = "${value}"`;
      });
    const { entries: policy, services: shed } = config.relief;
    return [
      ...main,
      ...config.bands.flatMap(({ name }) => ['[[band]]', `name = "${name}"`, ...of(`band "${name}".`)]),
      ...config.seats.flatMap(({ name }) => ['[[seat]]', `name = "${name}"`, ...of(`seat "${name}".`)]),
      ...policy.flatMap(({ name }) => ['[[relief.entry]]', `name = "${name}"`, ...of(`relief.entry "${name}".`)]),
      ...shed.flatMap(({ label }) => ['[[relief.service]]', `label = "${label}"`, ...of(`relief.service "${label}".`)]),
    ].join('\n');
  };
});
