import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { whyNotHere } from '../../helper/cli/commands/install.ts';
import { run } from '../../helper/cli/main.ts';
import { capturedIo } from '../fakes/captured-io.ts';

const codeOf = (outcome: ReturnType<typeof whyNotHere>): string | null =>
  outcome?.kind === 'failed' ? outcome.failure.code : null;

describe('castellan install and uninstall', () => {
  test('say plainly that they are for a Mac, wherever there is none', {
    skip: process.platform === 'darwin',
  }, async () => {
    for (const argv of [
      ['install'],
      ['install', '--dry-run'],
      ['uninstall'],
      ['uninstall', '--remove-data', '--json'],
    ]) {
      const io = capturedIo();
      assert.equal(await run(argv, io), 4, argv.join(' '));
      assert.match(io.text.err, /^only_on_mac: .*npm start/);
      assert.equal(io.text.out, '');
    }
  });

  test('on a Mac are for root; who only wants to see the plan need not be', () => {
    const operator = { ...capturedIo(), uid: 501 };
    const root = { ...operator, uid: 0 };
    assert.equal(codeOf(whyNotHere(operator, false, 'darwin')), 'needs_root');
    assert.equal(whyNotHere(operator, true, 'darwin'), null);
    assert.equal(whyNotHere(root, false, 'darwin'), null);
  });
});
