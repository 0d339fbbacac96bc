import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { deniedPrograms } from '../../helper/relief/denied-programs.ts';
import { bad, checkRows, entryLines, good, killLines, type Row, seatLines } from './config-tools.ts';

const alertFiles = ['~/x', 'x', '/', '~neo', '/a/../b', '~neo/./b', '/a//b', '/a\\u0007', '~neo/', '~a b/c'];

const rows: readonly Row[] = [
  [
    'a seat drain out of bounds',
    `[[seat]]\n${seatLines}drain = "1 h"\n`,
    [[7, 'seat[1].drain', /too much/, /"30 min"/]],
  ],
  [
    'an oracle on two lines',
    `[[seat]]\n${seatLines}oracle = "a\\nb"\n`,
    [[7, 'seat[1].oracle', /cannot be/, /one line/]],
  ],
  [
    'a pattern that is none: place and what is wrong',
    `[[relief.entry]]\n${entryLines.replace('/e', 'foo(bar')}`,
    [[3, 'relief.entry[1].pattern', /missing closing \) at character 4 of the pattern/, /look-around/]],
  ],
  [
    'a look-ahead',
    `[[relief.entry]]\n${entryLines.replace('/e', 'a(?=b)')}`,
    [[3, 'relief.entry[1].pattern', /Perl syntax at character 2/, /RE2 has no look-around/]],
  ],
  [
    'repetitions too large, a text too long, an empty one, a number',
    [
      ...[`(?:${'a'.repeat(30)}){50}`, 'x'.repeat(257), ''].map(
        (pattern, i) => `[[relief.entry]]\n${entryLines.replace('/e', pattern).replace('"E"', `"E${i}"`)}`,
      ),
      `[[relief.entry]]\n${entryLines.replace("'/e'", '7')}`,
    ].join(''),
    [
      [3, 'relief.entry[1].pattern', /repetitions are too large/, /RE2/],
      [8, 'relief.entry[2].pattern', /longer than 256/, /RE2/],
      [13, 'relief.entry[3].pattern', /empty/, /RE2/],
      [18, 'relief.entry[4].pattern', /7 is not a pattern/, /single quotes/],
    ],
  ],
  [
    'a pattern in double quotes',
    '[[relief.entry]]\npattern = "\\.lmstudio/"\n',
    [[2, '', /begins an escape/, /single quotes/]],
  ],
  [
    'an entry without its keys',
    '\n[[relief.entry]]\nname = "A"\n',
    [
      [2, 'relief.entry[1].pattern', /missing/, /Add pattern = '/],
      [2, 'relief.entry[1].class', /missing/, /Add class = /],
      [2, 'relief.entry[1].freeze_floor', /missing/, /Add freeze_floor = /],
    ],
  ],
  [
    'slips of the pen in an entry',
    `[[relief.entry]]\n${entryLines}groups = "tree"\nwithout_asking = "yes"\nowner_uid = -1\ngroup = "trees"\n`,
    [
      [6, 'relief.entry[1].groups', /no key/, /Did you mean "group"/],
      [7, 'relief.entry[1].without_asking', /"yes" is neither/, /true or false/],
      [8, 'relief.entry[1].owner_uid', /-1 is not a whole number/, /without quotes/],
      [9, 'relief.entry[1].group', /"trees"/, /Did you mean "tree"/],
    ],
  ],
  [
    'a floor below 256 MB',
    `[[relief.entry]]\n${entryLines.replace('1 GB', '255 MB')}`,
    [[5, 'relief.entry[1].freeze_floor', /too little/, /"256 MB"/]],
  ],
  [
    'what speaks of ending in a freeze_only entry, also when it only says the default',
    `[[relief.entry]]\n${entryLines}kill_floor = "9 GB"\npre_authorised = false\n`,
    [
      [6, 'relief.entry[1].kill_floor', /freeze_only, so it is never ended/, /kill_allowed/],
      [7, 'relief.entry[1].pre_authorised', /freeze_only, so it is never ended/, /kill_allowed/],
    ],
  ],
  [
    'a kill floor below the freeze floor',
    `[[relief.entry]]\n${killLines}kill_floor = "512 MB"\n`,
    [[6, 'relief.entry[1].kill_floor', /from 512 MB, its freeze only from 1 GB/, /as large as/]],
  ],
  [
    'two entries of one name',
    `[[relief.entry]]\n${entryLines}[[relief.entry]]\n${entryLines.replace('"E"', '"e"').replace('/e', '/f')}`,
    [[7, 'relief.entry[2].name', /name "e"; the other is in line 2/, /of its own/]],
  ],
  [
    'entries in single brackets',
    `[relief.entry]\n${entryLines}`,
    [[1, 'relief.entry', /\[\[relief\.entry\]\]/, /double/]],
  ],
  ['services in single brackets', '[relief.service]\n', [[1, 'relief.service', /\[\[relief\.service\]\]/, /double/]]],
  ['too many entries', `relief.entry = [${'{},'.repeat(65)}]\n`, [[1, 'relief.entry', /more than 64/, /Remove/]]],
  ['what depends, as text', '[relief]\ndepends_on = "a"\n', [[2, 'relief.depends_on', /list of labels/, /\["/]]],
  ['a label that is none', '[relief]\ndepends_on = [\n"a",\n"b c"]\n', [[4, 'relief.depends_on[2]', /"b c"/, /label/]]],
  ['a purge that is none', '[relief]\npurge = "automatc"\n', [[2, 'relief.purge', /not one of/, /"automatic"/]]],
  [
    'a service at a level that sheds nothing',
    '[[relief.service]]\nlabel = "a"\nat = "red"\n',
    [[3, 'relief.service[1].at', /"red" is not one of/, /"orange"/]],
  ],
  [
    'a service listed twice',
    '[[relief.service]]\nlabel = "a"\nat = "yellow"\n[[relief.service]]\nlabel = "a"\nat = "orange"\n',
    [[5, 'relief.service[2].label', /label "a"; the other is in line 2/, /once/]],
  ],
  [
    'a seat that would be shed',
    `[[seat]]\n${seatLines}[[relief.service]]\nlabel = "a"\nat = "yellow"\n`,
    [[8, 'relief.service[1].label', /the service of the seat A/, /Remove/]],
  ],
  [
    'shed what the policy counts on',
    'relief.depends_on = ["x"]\n[[relief.service]]\nlabel = "x"\nat = "yellow"\n',
    [[3, 'relief.service[1].label', /counts on it/, /Remove/]],
  ],
  ...alertFiles.map(
    (file): Row => [
      `an alerts file ${file}`,
      `[alerts]\nfile = "${file}"\n`,
      [[2, 'alerts.file', /cannot be used/, /~ACCOUNT/]],
    ],
  ),
];

describe('each problem of the policy has its line, its key and what would be right', () => checkRows(rows));

describe('an entry that means what is never acted upon is refused', () => {
  for (const { program, commands } of deniedPrograms)
    for (const command of commands)
      test(`${program}: ${command.slice(0, 60)}`, () => {
        const literal = command.replaceAll(/[.+*?()[\]{}|^$\\]/g, '\\$&').slice(0, 256);
        for (const pattern of [literal, `(?i)${program.toUpperCase()}`, '.', '.*', '[a-z]', 'x*']) {
          const [problem, ...more] = bad(`[[relief.entry]]\n${entryLines.replace('/e', pattern)}`);
          assert.deepEqual(more, []);
          assert.deepEqual([problem?.line, problem?.key], [3, 'relief.entry[1].pattern']);
          assert.match(problem?.message ?? '', /which is never acted upon/);
        }
      });

  test('an argument that only sounds like it is none', () => {
    good(`[[relief.entry]]\n${entryLines.replace('/e', '/my-sshd-proxy ')}`);
  });
});

test('two entries of one pattern are a warning at the second', () => {
  const { warnings } = good(`[[relief.entry]]\n${entryLines}[[relief.entry]]\n${entryLines.replace('"E"', '"F"')}`);
  assert.deepEqual([warnings.length, warnings[0]?.line], [1, 8]);
  assert.match(warnings[0]?.message ?? '', /same pattern; the other is in line 3/);
});
