import assert from 'node:assert/strict';
import { test } from 'node:test';
import { programFile, programName } from '../../helper/host/linux/program-name.ts';

test('the program is the file name of the first argument, spaces in its folder or not', () => {
  const table: readonly (readonly [string, string])[] = [
    ['/opt/a folder/bin/node\0server.mjs\0', 'node'],
    ['sleep\x003600', 'sleep'],
    ['nginx: worker process', 'nginx: worker process'],
    ['/ends/in/', ''],
    ['', ''],
  ];
  for (const [argv, file] of table) assert.equal(programFile(Buffer.from(argv)), file);
});

test('a process is called by its program where the kernel names a thread or cut the name', () => {
  const table: readonly (readonly [string, string, string])[] = [
    ['node-MainThread', 'node', 'node'],
    ['qemu-system-aar', 'qemu-system-aarch64', 'qemu-system-aarch64'],
    ['nginx', 'nginx: worker process', 'nginx'],
    ['Web Content', 'firefox', 'Web Content'],
    ['exactly15bytes!', 'other', 'exactly15bytes!'],
    ['node-MainThread', '', 'node-MainThread'],
  ];
  for (const [comm, file, name] of table) assert.equal(programName(comm, file), name);
});
