import assert from 'node:assert/strict';
import { test } from 'node:test';
import { programName } from '../../helper/host/linux/program-name.ts';

test('a process is called by its program where the kernel names a thread or cut the name', () => {
  const table: readonly (readonly [string, string, string])[] = [
    ['node-MainThread', '/opt/node/bin/node server.mjs', 'node'],
    ['qemu-system-aar', '/usr/bin/qemu-system-aarch64 -m 4G', 'qemu-system-aarch64'],
    ['nginx', 'nginx: worker process', 'nginx'],
    ['Web Content', '/usr/lib/firefox/firefox -contentproc', 'Web Content'],
    ['exactly15bytes!', '/bin/other', 'exactly15bytes!'],
    ['node-MainThread', '', 'node-MainThread'],
    ['sleep', '', 'sleep'],
  ];
  for (const [comm, command, name] of table) assert.equal(programName(comm, command), name);
});
