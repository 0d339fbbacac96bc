import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { readLoginItem, writeLoginItem } from '../../app/login-item.ts';
import { changeSettings, defaultSettings, settingsFile } from '../../app/settings.ts';

const fileIn = (t: TestContext): string => {
  const folder = mkdtempSync(join(tmpdir(), 'cs-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return join(folder, 'user-data/settings.json');
};

describe('app settings', () => {
  test('what is written is read again, and no temporary file stays', (t) => {
    const file = fileIn(t);
    settingsFile(file, assert.fail).write({ ...defaultSettings, numbersInTray: false });
    assert.deepEqual(
      settingsFile(file, assert.fail).read(),
      { ...defaultSettings, numbersInTray: false },
      'without a word in the log',
    );
    assert.deepEqual(readdirSync(join(file, '..')), ['settings.json']);
  });

  test('what an older app wrote is kept, and what it did not know is as usual', (t) => {
    const file = fileIn(t);
    settingsFile(file, assert.fail).write(defaultSettings);
    writeFileSync(file, '{"numbersInTray":false,"colourInTray":false}');
    const { shortcut } = defaultSettings;
    assert.deepEqual(settingsFile(file, assert.fail).read(), { numbersInTray: false, colourInTray: false, shortcut });
  });

  test('no file gives the defaults without a word', (t) => {
    assert.deepEqual(settingsFile(fileIn(t), assert.fail).read(), defaultSettings);
  });

  test('a file that is not valid gives the defaults and is set aside', (t) => {
    const file = fileIn(t);
    settingsFile(file, assert.fail).write(defaultSettings);
    for (const text of [
      '',
      '{',
      '[]',
      'null',
      '{"numbersInTray":1,"colourInTray":true}',
      '{"extra":true}',
      '{"numbersInTray":true,"colourInTray":true,"shortcut":"M"}',
    ]) {
      writeFileSync(file, text);
      const log: string[] = [];
      assert.deepEqual(settingsFile(file, (line) => log.push(line)).read(), defaultSettings);
      assert.equal(log.length, 1, text);
      assert.equal(readFileSync(`${file}.invalid`, 'utf8'), text);
      assert.ok(!existsSync(file), 'set aside, so that the next start does not say it again');
    }
  });

  test('a file that cannot be read gives the defaults and says why', (t) => {
    const folder = join(fileIn(t), '..', '..');
    const log: string[] = [];
    assert.deepEqual(settingsFile(folder, (line) => log.push(line)).read(), defaultSettings);
    assert.match(log[0] ?? '', /EISDIR/);
    assert.ok(!existsSync(`${folder}.invalid`));
  });

  test('a change keeps the rest; open at login exists only where the system has it', () => {
    const before = { ...defaultSettings, openAtLogin: false };
    assert.deepEqual(changeSettings(before, { numbersInTray: false }), { ...before, numbersInTray: false });
    assert.equal(changeSettings(before, { openAtLogin: true }).openAtLogin, true);
    assert.equal(changeSettings({ ...before, openAtLogin: null }, { openAtLogin: true }).openAtLogin, null);
  });

  test('the login item is what the system says afterwards, and nothing outside macOS', () => {
    const set: unknown[] = [];
    const refusing = {
      getLoginItemSettings: () => ({ openAtLogin: false }) as never,
      setLoginItemSettings: (settings: unknown) => void set.push(settings),
    };
    assert.equal(writeLoginItem(refusing, 'darwin', true), false);
    assert.deepEqual(set, [{ openAtLogin: true }]);
    assert.equal(writeLoginItem(refusing, 'linux', true), null);
    assert.equal(readLoginItem(refusing, 'linux'), null);
    assert.equal(set.length, 1);
  });
});
