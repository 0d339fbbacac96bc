import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { gatewayFolderPath, prepareGatewayFolder } from '../../helper/keeper/server/gateway-folder.ts';

/** The one folder the gateway may write to is its account's at each start of the keeper, however the last one ended. */

const inRunDirectory = (look: (runDirectory: string) => void): void => {
  const runDirectory = mkdtempSync(join(tmpdir(), 'castellan-gateway-folder-'));
  try {
    look(runDirectory);
  } finally {
    rmSync(runDirectory, { recursive: true, force: true });
  }
};

const own = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };

test('the folder of the gateway is made for it alone, and its mode is set right again', () => {
  inRunDirectory((runDirectory) => {
    const path = gatewayFolderPath(runDirectory);
    assert.equal(prepareGatewayFolder(runDirectory, own), null);
    assert.equal(statSync(path).mode & 0o7777, 0o700);
    chmodSync(path, 0o755);
    assert.equal(prepareGatewayFolder(runDirectory, own), null);
    assert.equal(statSync(path).mode & 0o7777, 0o700);
  });
});

test('a folder that was made and not given away, or is that of an account made anew, becomes the account’s', (t) => {
  if (own.uid !== 0) return t.skip('only root gives a folder away');
  inRunDirectory((runDirectory) => {
    const path = gatewayFolderPath(runDirectory);
    mkdirSync(path, { mode: 0o700 });
    for (const account of [
      { uid: 4_001, gid: 4_002 },
      { uid: 4_003, gid: 4_004 },
    ]) {
      assert.equal(prepareGatewayFolder(runDirectory, account), null);
      const { uid, gid, mode } = statSync(path);
      assert.deepEqual({ uid, gid, mode: mode & 0o7777 }, { ...account, mode: 0o700 });
    }
  });
});

test('a link in its place is not followed', () => {
  inRunDirectory((runDirectory) => {
    const elsewhere = join(runDirectory, 'elsewhere');
    mkdirSync(elsewhere, { mode: 0o755 });
    symlinkSync(elsewhere, gatewayFolderPath(runDirectory));
    assert.match(prepareGatewayFolder(runDirectory, own) ?? '', /gateway: (?:ELOOP|ENOTDIR)$/);
    assert.equal(statSync(elsewhere).mode & 0o7777, 0o755);
  });
});
