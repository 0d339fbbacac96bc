import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { defaultConfig, type PolicyEntry } from '../../helper/config/config.ts';
import { parseConfig } from '../../helper/config/parse.ts';
import type { Inspection } from '../../helper/host/port.ts';
import { denialOf } from '../../helper/relief/denials.ts';
import { deniedByPattern, deniedPrograms } from '../../helper/relief/denied-programs.ts';
import { lintPolicy } from '../../helper/relief/lint.ts';
import { compilePattern, entriesMatching, entryOf, maxPatternLength } from '../../helper/relief/patterns.ts';
import { programsOf } from '../../helper/relief/programs.ts';
import { processReading } from '../fakes/readings.ts';

/** CPU time of this process rather than the clock: other work on the machine must not count. */
const cpuMs = (work: () => void): number => {
  const from = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(from);
  return (user + system) / 1000;
};

/** Patterns as people write them, and such as bring backtracking engines to their knees. */
const piece = fc.oneof(
  fc.constantFrom('a', 'b', '.', '\\w', '\\pL', '[a-z]', '[^b]', '\\b', '^', '$', '/', ' ', '\\.', '-x', 'sshd', 'é'),
  fc.string({ unit: 'binary', maxLength: 2 }),
);
const { pattern } = fc.letrec<{ pattern: string }>((tie) => ({
  pattern: fc.oneof(
    { maxDepth: 5 },
    piece,
    fc.tuple(tie('pattern'), tie('pattern')).map(([a, b]) => a + b),
    fc.tuple(tie('pattern'), tie('pattern')).map(([a, b]) => `(${a}|${b})`),
    fc
      .tuple(tie('pattern'), fc.constantFrom('*', '+', '?', '*?', '{0,30}', '{20}', '{2,}', '{50}'))
      .map(([a, times]) => `(?:${a})${times}`),
  ),
}));

const command = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc
    .constantFrom('a', 'ab', 'aab ', 'é', '/a/', '-x ', '\ud800')
    .chain((unit) => fc.nat({ max: 4096 }).map((length) => unit.repeat(length).slice(0, 4096))),
);

const entryWith = (text: string, change: Partial<PolicyEntry> = {}): PolicyEntry =>
  ({
    name: text,
    pattern: text,
    class: 'kill_allowed',
    freezeFloorBytes: 0,
    killFloorBytes: 0,
    preAuthorised: true,
    group: 'none',
    oracle: null,
    withoutAsking: true,
    ownerUid: null,
    ...change,
  }) as PolicyEntry;

describe('patterns', () => {
  test('no text throws, and what is refused says so in a sentence with a place inside it', () => {
    const text = fc.oneof(pattern, fc.string({ unit: 'binary' }), fc.stringMatching(/^[()[\]{}|*+?\\^$.a\d<>=!:P]*$/));
    fc.assert(
      fc.property(text, (drawn) => {
        const compiled = compilePattern(drawn);
        if (compiled.ok) return;
        assert.ok(compiled.complaint !== '' && compiled.failure.code === 'pattern_invalid');
        assert.ok(compiled.at === null || (compiled.at >= 1 && compiled.at <= drawn.length), `${compiled.at} ${drawn}`);
      }),
      { numRuns: 3000 },
    );
  });

  test('agree with what JavaScript finds, where both know the syntax', () => {
    const common = fc
      .array(fc.constantFrom('a', 'b', '.', '[ab]', '(?:a|b)', 'a*', 'b+', '(?:ab){2}', '^', '$', '\\/'), {
        maxLength: 8,
      })
      .map((all) => all.join(''));
    fc.assert(
      fc.property(common, fc.stringMatching(/^[ab/ ]{0,20}$/), (text, searched) => {
        const compiled = compilePattern(text);
        if (text !== '' && compiled.ok) assert.equal(compiled.matches(searched), new RegExp(text, 's').test(searched));
      }),
      { numRuns: 3000 },
    );
  });

  /** The worst that is known takes a twentieth of a second for 4,096 characters; one that is not linear in them takes minutes. */
  const limitMs = 5_000;

  test('no pattern that is accepted takes more than linear time over any command line', () => {
    fc.assert(
      fc.property(pattern, command, (text, searched) => {
        fc.pre(text.length <= maxPatternLength);
        const compiled = compilePattern(text);
        fc.pre(compiled.ok);
        if (compiled.ok)
          assert.ok(cpuMs(() => compiled.matches(searched)) < limitMs, `${text} over ${searched.length}`);
      }),
      { numRuns: 1000 },
    );
  });

  const worst: readonly string[] = [
    '(?:a+)+b',
    '(?:a|a)*b',
    '(?:a|aa)+$b',
    '(?:.*a){20}',
    '(?:a?){90}a{90}b',
    '(?:a|b)*a(?:a|b){60}c',
    `${'.*'.repeat(120)}b`,
    '\\b(?:\\w*\\W*){40}x\\b',
    // Without a letter that must occur there is no short cut.
    '[ab]*a[ab]{280}[^ab]',
    '(?:[ab]?[a-c]?){70}[^a-c]{2}',
    '(?:[ab]{0,6}a){20}[^ab]$',
  ];
  for (const text of worst)
    test(`${text.slice(0, 40)} over the longest command line`, () => {
      const compiled = compilePattern(text);
      assert.ok(compiled.ok, compiled.ok ? '' : compiled.complaint);
      let random = 1;
      const mixed = Array.from({ length: 4096 }, () => {
        random = (random * 48271) % 2147483647;
        return 'ab'[random % 2];
      }).join('');
      for (const searched of ['a'.repeat(4096), 'ab'.repeat(2048), mixed]) {
        const took = cpuMs(() => compiled.matches(searched));
        assert.ok(took < limitMs, `${took} ms`);
      }
    });

  test('the memo gives what the patterns give, in any order', () => {
    fc.assert(
      fc.property(
        fc.array(pattern, { minLength: 1, maxLength: 5 }),
        fc.array(fc.oneof(fc.constantFrom('a', 'ab', '/sshd -x', ''), command), { minLength: 1, maxLength: 8 }),
        (patterns, commands) => {
          const entries = patterns.map((text) => entryWith(text));
          for (const each of [...commands, ...commands]) {
            const expected = patterns.flatMap((text, i) => {
              const compiled = compilePattern(text);
              return compiled.ok && compiled.matches(each) ? [i] : [];
            });
            assert.deepEqual(entriesMatching(entries, each), expected);
            assert.equal(entryOf(entries, each), entries[expected[0] ?? -1] ?? null);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

const bool = fc.option(fc.boolean());
const inspection: fc.Arbitrary<Inspection | null> = fc.option(
  fc.record({
    id: fc.constant({ pid: 9, start: 's9' }),
    listening: fc.option(fc.constantFrom([], ['*:1'])),
    isHypervisor: bool,
    isTraced: bool,
    isPlatform: bool,
    processGroup: fc.option(fc.nat()),
  }),
);
const deniedCommand = fc.constantFrom(...deniedPrograms.flatMap(({ commands }) => commands));

describe('what is never acted upon', () => {
  test('is denied whatever account, seat, inspection and declaration say', () => {
    fc.assert(
      fc.property(
        deniedCommand,
        fc.nat({ max: 70_000 }),
        fc.option(fc.nat({ max: 70_000 })),
        inspection,
        fc.option(
          fc.record({
            name: fc.string(),
            class: fc.constant('on_call' as const),
            state: fc.constant('ready' as const),
          }),
        ),
        (text, uid, ownerUid, seen, seat) => {
          const denial = denialOf(processReading(9, { command: text, uid }), {
            own: new Set(),
            seat,
            inspection: seen,
            ownerUid: ownerUid === null ? null : uid,
          });
          assert.equal(denial?.code, 'system_program');
        },
      ),
      { numRuns: 1000 },
    );
  });

  test('no configuration that is loaded has an entry that means it', () => {
    const toml = (text: string): string =>
      `[[relief.entry]]\nname = "E"\npattern = ${JSON.stringify(text).replaceAll('\u007f', '\\u007f')}\nclass = "kill_allowed"\nfreeze_floor = "1 GB"\nowner_uid = 0\nwithout_asking = true\n`;
    const likely = fc.oneof(
      pattern,
      fc.constantFrom(...deniedPrograms.map(({ program }) => program)),
      fc.tuple(deniedCommand, fc.nat(), fc.nat()).map(([text, from, length]) => {
        const at = from % text.length;
        return text.slice(at, at + 1 + (length % 30)).replaceAll(/[.+*?()[\]{}|^$\\]/g, '\\$&');
      }),
    );
    fc.assert(
      fc.property(likely, (text) => {
        const parsed = parseConfig(toml(text));
        if (!parsed.ok) return;
        const { entries } = parsed.config.relief;
        for (const { commands } of deniedPrograms)
          for (const each of commands) assert.equal(entryOf(entries, each), null, `${text} against ${each}`);
        const compiled = compilePattern(text);
        assert.ok(compiled.ok && deniedByPattern(compiled.matches) === null);
      }),
      { numRuns: 2000 },
    );
  });

  test('any command line has at most a handful of programs, all of them its beginning', () => {
    fc.assert(
      fc.property(fc.oneof(command, deniedCommand), (text) => {
        const programs = programsOf(text);
        assert.ok(programs.length >= 1 && programs.length <= 6);
        for (const each of programs.slice(1)) assert.ok(text.startsWith(each));
      }),
    );
  });

  test('the lint says something of every entry or nothing, and never throws', () => {
    const processes = fc.array(fc.tuple(fc.nat({ max: 99 }), fc.nat({ max: 99 }), fc.oneof(command, deniedCommand)));
    fc.assert(
      fc.property(fc.array(pattern, { maxLength: 5 }), processes, fc.array(fc.string()), (patterns, all, labels) => {
        const config = {
          ...defaultConfig,
          relief: { ...defaultConfig.relief, entries: patterns.map((text) => entryWith(text)), dependsOn: labels },
        };
        const readings = all.map(([pid, ppid, text]) => processReading(pid, { ppid, command: text }));
        const findings = lintPolicy(config, { processes: readings, services: new Map() });
        assert.equal(findings.filter(({ code }) => code === 'missing_enforcer').length, labels.length);
        for (const { message, fix } of findings) assert.ok(message !== '' && fix !== '');
      }),
      { numRuns: 300 },
    );
  });
});
