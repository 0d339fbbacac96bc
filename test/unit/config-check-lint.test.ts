import assert from 'node:assert/strict';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { configCheckCommand } from '../../helper/cli/commands/config-check.ts';
import { configOutputSchema } from '../../helper/cli/config/output.ts';
import { capturedIo } from '../fakes/captured-io.ts';
import { entryLines } from './config-tools.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(realpathSync(tmpdir()), 'castellan-lint-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const check = async (text: string, json = false) => {
  const path = join(folder, 'c.toml');
  writeFileSync(path, text, { mode: 0o644 });
  const io = capturedIo();
  const outcome = await configCheckCommand.run({ values: { json }, positionals: [path] }, io);
  return { code: outcome.kind === 'exit' ? outcome.code : outcome.kind, out: io.text.out };
};

const entry = (name: string, pattern: string): string =>
  `[[relief.entry]]\n${entryLines.replace('"E"', `"${name}"`).replace('/e', pattern)}`;

describe('castellan config check holds a valid file against this machine', () => {
  test('an entry that matches nothing is remarked at the line of its pattern, and the file is valid', async () => {
    const { code, out } = await check(`# one\n${entry('Nobody', '/nobody-runs-this-[x]yz')}`);
    assert.equal(code, 0);
    assert.match(out, /^warning: .*c\.toml:4: relief\.entry\[1\]\.pattern: Nobody matches nothing that runs now/m);
    assert.match(out, /: valid\.\n$/);
  });

  test('one that matches this very process is not', async () => {
    const { out } = await check(`${entry('Node', '/bin/node(?: |$)')}owner_uid = ${process.getuid?.()}\n`);
    assert.doesNotMatch(out, /matches nothing/);
  });

  test('a runtime that is named and missed', async () => {
    const { code, out } = await check(entry('LM Studio', 'LM Studio'), true);
    const { lint, state } = configOutputSchema.parse(JSON.parse(out));
    assert.deepEqual([code, state], [0, 'valid']);
    const missed = lint.find((finding) => finding.code === 'misses_runtime');
    assert.deepEqual([missed?.line, missed?.severity], [3, 'warning']);
  });

  test('a file without a policy needs no look at the machine', async () => {
    assert.deepEqual(configOutputSchema.parse(JSON.parse((await check('', true)).out)).lint, []);
  });
});
