import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { installConfig } from '../../config/install.ts';
import { maxConfigBytes } from '../../config/parse.ts';
import { readTrusted } from '../../config/trusted.ts';
import { judgeFolders } from '../../config/trusted-folders.ts';
import { syncFolder } from '../../config/whole-file.ts';
import { lockRunDirectory } from '../../keeper/life/run-lock.ts';
import { failureText } from '../../protocol/errors.ts';
import type { RootFiles } from './ports.ts';

/** castellan.toml and the journals of cutovers, in folders that nobody but root can write (in tests: but the one who runs them). */

/** Beside castellan.toml, and not in the run directory: an uninstall that keeps the data keeps the way back, too. */
const cutovers = '/Library/Application Support/Sanctum/Castellan/cutover';
const mostJournalBytes = 4 * 2 ** 20;
const journalName = /^(\d{8}-\d{6})\.jsonl$/;

const decode = (bytes: Uint8Array): string => new TextDecoder('utf-8', { fatal: true }).decode(bytes);

const endsInLine = (fd: number): boolean => {
  const { size } = fstatSync(fd);
  const last = new Uint8Array(1);
  return size === 0 || (readSync(fd, last, 0, 1, size - 1) === 1 && last[0] === 0x0a);
};

/**
 * @param root empty on a real Mac; in tests a folder that stands for `/`
 * @param owners accounts that may own the folders, see `trustedOwners`
 * @param configPath the castellan.toml of the daemons that would be started
 */
export const createRootFiles = (root: string, owners: readonly number[], configPath: string): RootFiles => {
  const config = join(root, configPath);
  const folder = join(root, cutovers);

  /** The folder as it really is called; made where it is missing, each part judged before the next is made. */
  const ownFolder = (): string => {
    for (let made = 0; made < 16; made += 1) {
      const judged = judgeFolders(folder, owners);
      if (judged.kind === 'trusted') return judged.real;
      if (judged.kind !== 'missing') throw new Error(judged.detail);
      mkdirSync(judged.path, { mode: 0o755 });
    }
    throw new Error(`${folder} cannot be made`);
  };

  return {
    configPath: config,
    readConfig: () => {
      const read = readTrusted(config, { owners, maxBytes: maxConfigBytes });
      if (read.ok) return decode(read.bytes);
      if (read.missing) return null;
      throw new Error(failureText(read.failure));
    },
    writeConfig: (text) => {
      const wrong = installConfig(config, Buffer.from(text), owners);
      if (wrong !== null) throw new Error(failureText(wrong));
    },
    removeConfig: () => rmSync(config, { force: true }),
    journals: () => {
      const judged = judgeFolders(folder, owners);
      if (judged.kind === 'missing') return [];
      if (judged.kind !== 'trusted') throw new Error(judged.detail);
      return readdirSync(judged.real)
        .flatMap((name) => journalName.exec(name)?.[1] ?? [])
        .toSorted();
    },
    readJournal: (name) => {
      const read = readTrusted(join(folder, `${name}.jsonl`), { owners, maxBytes: mostJournalBytes });
      if (!read.ok) throw new Error(failureText(read.failure));
      return new TextDecoder().decode(read.bytes).split('\n');
    },
    addToJournal: (name, line) => {
      const { O_RDWR, O_APPEND, O_CREAT, O_NOFOLLOW } = constants;
      const here = ownFolder();
      const fd = openSync(join(here, `${name}.jsonl`), O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW, 0o644);
      try {
        // What a full disk has cut short is not to spoil the next line, too.
        const bytes = Buffer.from(`${endsInLine(fd) ? '' : '\n'}${line}\n`);
        if (writeSync(fd, bytes) !== bytes.length) throw new Error('no space left for a whole line');
        fsyncSync(fd);
      } finally {
        closeSync(fd);
      }
      syncFolder(here);
    },
    lock: () => lockRunDirectory(ownFolder(), 'cutover.lock'),
  };
};
