import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { runBuilder } from '../../build/mac/builder.ts';
import { carryOut } from '../../build/mac/release/carry-out.ts';

const folderFor = (t: TestContext): string => {
  const folder = mkdtempSync(path.join(tmpdir(), 'commands-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

describe('a command of a release', () => {
  const of = (script: string, more: Partial<Parameters<typeof carryOut>[0]> = {}) =>
    carryOut({ what: 'try', argv: ['/bin/sh', '-c', script], ...more }, '/', { PATH: '/usr/bin:/bin', CSC_NAME: 'x' });

  test('must say what it must say and nothing that it must not, whatever its code is', () => {
    assert.equal(of('echo status: Accepted', { mustSay: ['status: Accepted'] }), null);
    assert.equal(of('echo fine >&2', { mustSay: ['fine'], mustNotSay: ['get-task-allow'] }), null);
    assert.match(
      of('echo status: Invalid', { mustSay: ['Accepted'] })?.detail ?? '',
      /^try: it did not say "Accepted"/,
    );
    assert.match(of('echo get-task-allow', { mustNotSay: ['task'] })?.detail ?? '', /^try: it said "task"/);
    const failed = of('echo because >&2; exit 3', { mustSay: ['because'] });
    assert.equal(failed?.detail, "try: code 3\n/bin/sh -c 'echo because >&2; exit 3'\nbecause");
    assert.match(carryOut({ what: 'try', argv: ['/none'] }, '/', {})?.detail ?? '', /ENOENT/);
  });

  test('runs where it must and leaves its output where it must, without an identity for electron-builder', (t) => {
    const folder = folderFor(t);
    const into = path.join(folder, 'said');
    assert.equal(of('pwd; echo "$CSC_NAME$CSC_IDENTITY_AUTO_DISCOVERY"', { within: folder, into }), null);
    assert.equal(readFileSync(into, 'utf8'), `${folder}\nfalse\n`);
    rmSync(into);
    assert.notEqual(of('echo half; exit 1', { into }), null);
    assert.deepEqual(readdirSync(folder), [], 'nothing of a command that failed');
  });
});

test('electron-builder is quoted with the line in which it says why, however it writes it', async (t) => {
  const folder = folderFor(t);
  const command = path.join(folder, 'cli.js');
  const parts = ['  • ', 'packaging\\n', '  ⨯ ', 'ENOSPC: no space\\n', '  • over\\n'].map((part) => `'${part}'`);
  writeFileSync(
    command,
    `const parts = [${parts}]; const next = () => { const part = parts.shift();
      if (part === undefined) process.exit(1); process.stdout.write(part); setTimeout(next, 5); }; next();`,
  );
  const said: string[] = [];
  const tooling = { kind: 'found', folder, command } as const;
  const built = await runBuilder({ root: folder, tooling, args: [], say: (line) => said.push(line) });
  assert.deepEqual(said, ['  • packaging', '  ⨯ ENOSPC: no space', '  • over']);
  assert.deepEqual(built, { ok: false, problem: 'electron-builder ended with code 1: ⨯ ENOSPC: no space' });
});
