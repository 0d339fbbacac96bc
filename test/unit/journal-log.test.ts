import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { createLog } from '../../helper/journal/log.ts';
import { folder, smallDisk, until } from './journal-support.ts';

const read = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
};

describe('log', () => {
  test('warnings, errors and notices are written with time and level; debug is not', async (t) => {
    const directory = join(folder(t), 'logs');
    const log = createLog({ directory });
    log.debug('never seen');
    log.notice('started');
    log.warn('the history disk is full');
    log.error('a fault');
    const path = join(directory, 'keeper.log');
    await until('it is written', () => read(path).includes('a fault'));
    assert.match(
      read(path),
      /^\d{4}-\d\d-\d\dT[\d:.]+Z info started\n\S+ warn the history disk is full\n\S+ error a fault\n$/,
    );
    assert.equal(statSync(path).mode & 0o777, 0o600);
  });

  test('nothing said, nothing written', async (t) => {
    const directory = join(folder(t), 'logs');
    createLog({ directory }).debug('quiet');
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.throws(() => readdirSync(directory), /ENOENT/);
  });

  test('three files at most, each about as large as allowed', async (t) => {
    const directory = join(folder(t), 'logs');
    const log = createLog({ directory, maxBytes: 2_000, debug: true });
    for (let number = 0; number < 150; number++) {
      log.debug(`line ${number} ${'x'.repeat(40)}`);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await until('the last line is written', () => read(join(directory, 'keeper.log')).includes('line 149'));
    assert.deepEqual(readdirSync(directory).toSorted(), ['keeper.log', 'keeper.log.1', 'keeper.log.2']);
    for (const name of readdirSync(directory)) assert.ok(statSync(join(directory, name)).size < 3_000);
  });

  test('two logs in one process keep to their own files', async (t) => {
    const directory = folder(t);
    createLog({ directory, name: 'keeper' }).warn('one');
    createLog({ directory, name: 'deadman' }).warn('two');
    await until('both are written', () => read(join(directory, 'deadman.log')).includes('two'));
    await until('both are written', () => read(join(directory, 'keeper.log')).includes('one'));
    assert.ok(!read(join(directory, 'keeper.log')).includes('two'));
  });

  test('a full disk is no exception', async (t) => {
    const disk = smallDisk(t, 64 * 1024);
    if (disk === null) return;
    const log = createLog({ directory: join(disk, 'logs') });
    log.warn('before');
    assert.throws(() => writeFileSync(join(disk, 'hog'), Buffer.alloc(2 ** 20)), /ENOSPC/);
    for (let number = 0; number < 3_000; number++) log.warn(`line ${number} ${'x'.repeat(100)}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
    log.warn('after');
  });
});
