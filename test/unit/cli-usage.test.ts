import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { run } from '../../helper/cli/main.ts';
import { commands } from '../../helper/cli/table.ts';
import { productVersion } from '../../helper/protocol/version.ts';
import { capturedIo } from '../fakes/captured-io.ts';

const cli = async (...argv: string[]) => {
  const io = capturedIo();
  return { code: await run(argv, io), ...io.text };
};

describe('usage of the command line', () => {
  test('without a command the help goes to standard error, exit 2', async () => {
    const { code, out, err } = await cli();
    assert.equal(code, 2);
    assert.equal(out, '');
    assert.match(err, /^Usage: castellan COMMAND/);
  });

  test('--help, -h and help list every command', async () => {
    for (const word of ['--help', '-h', 'help']) {
      const { code, out } = await cli(word);
      assert.equal(code, 0);
      for (const { name } of commands) assert.ok(out.includes(`  ${name}`), name);
    }
  });

  test('each command has its help, with all of its options', async () => {
    for (const { name, options } of commands) {
      for (const argv of [
        [...name.split(' '), '--help'],
        ['help', ...name.split(' ')],
      ]) {
        const { code, out, err } = await cli(...argv);
        assert.equal(code, 0, name);
        assert.ok(out.startsWith(`Usage: castellan ${name}`));
        for (const option of Object.keys(options)) assert.ok(out.includes(`--${option}`), `${name} --${option}`);
        assert.equal(err, '');
      }
    }
  });

  test('an unknown command is refused with the one that was probably meant', async () => {
    for (const [typed, meant] of [
      [['stauts'], 'status'],
      [['docter'], 'doctor'],
      [['config', 'chekc'], 'config check'],
      [['relief', 'wrnog', '3'], 'relief wrong'],
    ] as const) {
      const { code, err } = await cli(...typed);
      assert.equal(code, 2);
      assert.match(err, new RegExp(`Did you mean "${meant}"`));
    }
    const { code, err } = await cli('frobnicate');
    assert.equal(code, 2);
    assert.doesNotMatch(err, /Did you mean/);
    assert.match((await cli('sim')).err, /sim set, sim help/);
  });

  test('what is wrong with an option is said in words of its own', async () => {
    for (const [argv, said] of [
      [['log', '--kind'], /^--kind takes a value: --kind KIND\n/],
      [
        ['log', '--since', '-5m'],
        /^--since takes a value, and "-5m" begins like an option: --since=WHEN if it is one\n/,
      ],
      [['status', '--json=yes'], /^--json takes no value\n/],
      [['status', '--jsn'], /^Unknown option '--jsn'\n/],
    ] as const)
      assert.match((await cli(...argv)).err, said);
  });

  test('the general help names the roles', async () => {
    const { out } = await cli('--help');
    for (const role of ['keeper', 'deadman', 'supervisor']) assert.match(out, new RegExp(`^  ${role} +\\w`, 'm'));
  });

  test('unknown options, missing values and arguments too many or too few are refused', async () => {
    for (const argv of [
      ['status', '--jsn'],
      ['status', '--seconds'],
      ['status', '--json=yes'],
      ['status', 'now'],
      ['status', '--seconds', '3'],
      ['status', '--watch', '--seconds', '0'],
      ['status', '--watch', '--seconds', '-1'],
      ['status', '--watch', '--seconds', '1e9'],
      ['status', '--watch', '--seconds', 'ten'],
      ['status', '--watch', '--all'],
      ['sim', 'set', 'available'],
      ['schema'],
      ['schema', 'toString'],
      ['schema', 'nothing'],
    ]) {
      const { code, out, err } = await cli(...argv);
      assert.equal(code, 2, argv.join(' '));
      assert.equal(out, '');
      assert.match(err, /See `castellan .*--help`/);
    }
  });

  test('what was typed wrong cannot steer the terminal', async () => {
    const { err } = await cli('\u001b[2Jstatus');
    assert.ok(!err.includes('\u001b'));
  });

  test('version is that of the package', async () => {
    const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    assert.equal(productVersion, manifest.version);
    for (const word of ['version', '--version'])
      assert.match((await cli(word)).out, new RegExp(`^castellan ${manifest.version} `));
  });

  test('every published schema is valid JSON with a schema in it', async () => {
    for (const name of ['status', 'doctor', 'config-check', 'config-reload', 'config']) {
      const { code, out } = await cli('schema', name);
      assert.equal(code, 0);
      assert.equal(JSON.parse(out).type, 'object');
    }
    assert.equal(JSON.parse((await cli('schema', 'verbs')).out)['config.reload'].tier, 'root');
  });
});
