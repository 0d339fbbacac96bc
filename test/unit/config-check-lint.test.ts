import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { configCheckCommand } from '../../helper/cli/commands/config-check.ts';
import { plistPaths } from '../../helper/cli/config/lint-plists.ts';
import { configOutputSchema } from '../../helper/cli/config/output.ts';
import { capturedIo } from '../fakes/captured-io.ts';
import { entryLines } from './config-tools.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(realpathSync(tmpdir()), 'castellan-lint-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const check = async (text: string, json = false) => {
  const values = { json, 'run-dir': folder };
  const path = join(folder, 'c.toml');
  writeFileSync(path, text, { mode: 0o644 });
  const io = capturedIo();
  const outcome = await configCheckCommand.run({ values, positionals: [path] }, io);
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

  test('property lists of the supervisor that end a seat too early, or give it another band, are remarked', async () => {
    mkdirSync(join(folder, 'services'));
    const list = (label: string, more: string): void =>
      writeFileSync(
        join(folder, 'services', `${label}.plist`),
        `<?xml version="1.0"?><plist version="1.0"><dict><key>Label</key><string>${label}</string>
         <key>ProgramArguments</key><array><string>/x</string></array>${more}</dict></plist>`,
      );
    const seat = (label: string, more = ''): string =>
      `[[seat]]\nname = "${label}"\nclass = "on_call"\nlabel = "${label}"\npeak = "1 GB"\nprobe_cmd = ["/x"]\n${more}`;
    list('short', '<key>ExitTimeOut</key><integer>59</integer><key>JetsamPriority</key><integer>190</integer>');
    list('usual', '<key>JetsamPriority</key><integer>0</integer>');
    list('right', '<key>ExitTimeOut</key><integer>60</integer>');
    list('endless', '<key>ExitTimeOut</key><integer>0</integer>');
    list('ours', '<key>ExitTimeOut</key><integer>1</integer>');
    writeFileSync(join(folder, 'services/broken.plist'), 'bplist00');
    const text = ['short', 'usual', 'right', 'endless', 'broken', 'nowhere'].map((label) => seat(label)).join('');
    const { out } = await check(`${text}${seat('ours', 'user = "x"\ncommand = ["/x"]\n')}`, true);
    assert.deepEqual(
      configOutputSchema
        .parse(JSON.parse(out))
        .lint.map(({ line, severity, code, message }) => [line, severity, code, message]),
      [
        [
          1,
          'warning',
          'exit_timeout_short',
          'short is killed 59 s after it is told to end, and its drain may take 30 s.',
        ],
        [
          1,
          'warning',
          'birth_band_differs',
          'short is to have the band IDLE, and its property list says JetsamPriority 190 (CRITICAL).',
        ],
        [
          7,
          'warning',
          'exit_timeout_short',
          'usual is killed 20 s after it is told to end, and its drain may take 30 s.',
        ],
        [
          28,
          'warning',
          'plist_invalid',
          'The property list of broken cannot be held against this: it is not an XML property list.',
        ],
      ],
    );
  });

  test('on a Mac they are looked for where launchd loads them from', () => {
    const places = { platform: 'darwin', runDirectory: '/r', uid: 501 };
    assert.deepEqual(plistPaths({ label: 'a', domain: 'system' }, places), ['/Library/LaunchDaemons/a.plist']);
    assert.deepEqual(plistPaths({ label: 'a', domain: 'gui/502' }, places), ['/Library/LaunchAgents/a.plist']);
    assert.deepEqual(plistPaths({ label: 'a', domain: 'gui/501' }, places), [
      join(homedir(), 'Library/LaunchAgents/a.plist'),
      '/Library/LaunchAgents/a.plist',
    ]);
  });

  test('a file without a policy needs no look at the machine', async () => {
    assert.deepEqual(configOutputSchema.parse(JSON.parse((await check('', true)).out)).lint, []);
  });
});
