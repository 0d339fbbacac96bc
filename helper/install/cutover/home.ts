import { linkSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode } from '../../config/trusted-folders.ts';
import { syncFolder } from '../../config/whole-file.ts';
import {
  agentsFolder,
  backupsFolder,
  digest,
  folderAt,
  folderBelow,
  isPlainName,
  lookIn,
  problem,
  readFileIn,
  writeNewIn,
} from './home-files.ts';

/** Property lists of a user's agents: copied, renamed, and put back byte for byte. With the rights of that user. */

export interface Kept {
  readonly name: string;
  readonly sha256: string;
}

/**
 * Copies property lists into a new folder of the backups, and compares them byte by byte: what is read back from the copy with
 * what is read again from the original. Nothing there is ever overwritten.
 *
 * @param texts further files of the backup
 */
export const keepCopies = (
  home: string,
  backup: string,
  files: readonly Kept[],
  texts: readonly { readonly name: string; readonly text: string }[],
): void => {
  const agents = folderBelow(home, agentsFolder);
  const above = folderBelow(home, backupsFolder, true);
  const folder = join(above, backup);
  if (folderAt(folder) !== 'missing') throw problem(`${folder} is there already`);
  folderBelow(above, [backup], true);
  for (const { name, sha256 } of files) {
    const original = readFileIn(agents, name);
    if (original === null || digest(original.bytes) !== sha256)
      throw problem(`${join(agents, name)} was changed since it was looked at`);
    writeNewIn(folder, name, original.bytes, 0o600);
  }
  for (const { name, text } of texts) writeNewIn(folder, name, Buffer.from(text), 0o600);
  syncFolder(folder);
  for (const { name } of files) {
    const [copy, original] = [readFileIn(folder, name), readFileIn(agents, name)];
    if (copy === null || original === null || Buffer.compare(copy.bytes, original.bytes) !== 0)
      throw problem(`${join(folder, name)} is not byte for byte what ${join(agents, name)} is`);
  }
};

/** Gives a property list another name. What has that name is never overwritten; of one that is renamed already: done. */
export const renameAgent = (home: string, from: string, to: string, sha256: string): void => {
  const agents = folderBelow(home, agentsFolder);
  const [old, fresh] = [lookIn(agents, from), lookIn(agents, to)];
  if (old === null) {
    if (fresh?.sha256 === sha256) return;
    throw problem(`${join(agents, from)} is not there, nor is it ${to}`);
  }
  if (old.sha256 !== sha256) throw problem(`${join(agents, from)} was changed since it was looked at`);
  if (!isPlainName(to)) throw problem(`${to} is no name of a file`);
  if (fresh === null) renameSync(join(agents, from), join(agents, to));
  else throw problem(`${join(agents, to)} is there already`);
  syncFolder(agents);
};

/** A second name for the file, so that the next one under its own name takes nothing away. */
const keepBeside = (folder: string, name: string, sha256: string): void => {
  try {
    linkSync(join(folder, name), join(folder, `${name}.found-${sha256.slice(0, 12)}`));
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  }
};

/** Where a property list that was put back came from. */
export type PutBack = 'in_place' | 'renamed' | 'from_backup';

/**
 * Puts a property list back under its own name, byte for byte what it was: by renaming what it was renamed to, or out of the
 * backup where that was changed or is gone. Something else under its name is kept beside it, under another name.
 */
export const putBackAgent = (
  home: string,
  backup: string,
  file: { readonly name: string; readonly retired: string; readonly sha256: string; readonly mode: number },
): PutBack => {
  const agents = folderBelow(home, agentsFolder, true);
  const { name, retired, sha256, mode } = file;
  const at = lookIn(agents, name);
  if (at?.sha256 === sha256) return 'in_place';
  if (at !== null) keepBeside(agents, name, at.sha256);
  if (lookIn(agents, retired)?.sha256 === sha256) {
    renameSync(join(agents, retired), join(agents, name));
    syncFolder(agents);
    return 'renamed';
  }
  const folder = folderBelow(home, [...backupsFolder, backup]);
  const copy = readFileIn(folder, name);
  if (copy === null || digest(copy.bytes) !== sha256)
    throw problem(`neither ${join(agents, retired)} nor ${join(folder, name)} is what ${name} was`);
  const fresh = `.${name}.castellan`;
  // What an interrupted attempt left behind.
  rmSync(join(agents, fresh), { force: true });
  writeNewIn(agents, fresh, copy.bytes, mode);
  renameSync(join(agents, fresh), join(agents, name));
  syncFolder(agents);
  return 'from_backup';
};
