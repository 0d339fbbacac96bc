import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { exitCodeOf } from '../../helper/cli/exit-code.ts';
import { commands } from '../../helper/cli/table.ts';
import { errorCodes, errorTable } from '../../helper/protocol/errors.ts';
import { type Verb, verbs } from '../../helper/protocol/verbs.ts';

const section = (title: string): string => {
  const manual = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
  const body = manual.split(/^## /m).find((part) => part.startsWith(`${title}\n`));
  assert.ok(body !== undefined, `docs/operations.md has a section "${title}"`);
  return body;
};

/** Cells of the rows whose first cell is code, without the edges. */
const rowsOf = (title: string): readonly (readonly string[])[] =>
  section(title)
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );

describe('error codes in docs/operations.md', () => {
  const rows = rowsOf('Error codes');

  test('each has one row, and no row is without its code', () => {
    assert.deepEqual(
      rows.map(([code]) => code),
      errorCodes.map((code) => `\`${code}\``),
    );
  });

  test('each row says what the program says', () => {
    for (const code of errorCodes) {
      const row = rows.find(([first]) => first === `\`${code}\``);
      const { message, todo } = errorTable[code];
      assert.deepEqual(row?.slice(1), [String(exitCodeOf(code)), message, todo], code);
    }
  });
});

describe('verbs in docs/operations.md', () => {
  const rows = rowsOf('Verbs');

  test('each has one row with its tier, in the order of the table, and no row is without its verb', () => {
    assert.deepEqual(
      rows.map(([verb, tier]) => [verb, tier]),
      Object.entries(verbs).map(([verb, { tier }]) => [`\`${verb}\``, tier]),
    );
  });

  test('each row says what the verb does, and names commands that exist', () => {
    const names = new Set(commands.map(({ name }) => name));
    for (const [verb = '', tier, does = '', command = ''] of rows) {
      assert.match(does, /\w.*\.$/, verb);
      const named = [...command.matchAll(/`castellan ([a-z]+(?:[ -][a-z]+)*)(?: --.*?)?`/g)].map(
        ([, name = '']) => name,
      );
      for (const name of named) assert.ok(names.has(name), `${verb}: castellan ${name}`);
      if (tier === 'gateway') assert.equal(command, 'none', `${verb} is for the gateway, not for people`);
      else assert.ok(named.length > 0 || verb === ('`read.history`' satisfies `\`${Verb}\``), verb);
    }
  });
});

describe('the manual as a whole', () => {
  const manual = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
  const anchors = [...manual.matchAll(/^## (.*)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^a-z0-9 -]/g, '')
      .replaceAll(' ', '-'),
  );

  test('its references lead somewhere', () => {
    const used = [...manual.matchAll(/\]\(#([^)]*)\)/g)].map(([, anchor = '']) => anchor);
    assert.ok(used.length > 5);
    for (const anchor of used) assert.ok(anchors.includes(anchor), anchor);
  });

  test('has the section that doctor refers to', () => {
    const doctor = readFileSync(new URL('../../helper/keeper/answering/doctor.ts', import.meta.url), 'utf8');
    const named = [...doctor.matchAll(/docs\/operations\.md, "(.*?)"/g)].map(([, title = '']) => title);
    assert.ok(named.length > 0);
    for (const title of named) section(title);
  });

  test('every command it names exists', () => {
    const names = commands.map(({ name }) => name);
    const firstWords = new Set(names.map((name) => name.split(' ')[0]));
    // `castellan keeper` and the like are roles of the executable, not commands of the command line.
    const roles = new Set(['keeper', 'deadman', 'gateway', 'supervisor']);
    for (const [, words = ''] of manual.matchAll(/`castellan ((?:[a-z]+[ -]?)+)/g)) {
      const first = words.trim().split(' ')[0] ?? '';
      if (roles.has(first)) continue;
      assert.ok(firstWords.has(first), `castellan ${words}`);
      assert.ok(
        names.some((name) => `${words} `.startsWith(`${name} `)),
        `castellan ${words}`,
      );
    }
  });
});
