import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/**
 * A folder that is there whole or not at all: filled beside its place and moved there with a mark in it, so that whatever is
 * interrupted leaves nothing half done, and nobody uses what another process still fills.
 */

const mark = 'castellan-complete';

export const isFilled = (folder: string): boolean => existsSync(path.join(folder, mark));

/** Nothing takes so long to fill: what is older was left by a process that was killed. */
const forgottenMs = 60 * 60_000;

function removeForgotten(folder: string): void {
  const parent = path.dirname(folder);
  for (const name of readdirSync(parent)) {
    if (!name.startsWith(`${path.basename(folder)}.partial-`)) continue;
    const left = path.join(parent, name);
    const sinceMs = Date.now() - (statSync(left, { throwIfNoEntry: false })?.mtimeMs ?? Number.POSITIVE_INFINITY);
    if (sinceMs > forgottenMs) rmSync(left, { recursive: true, force: true });
  }
}

/** An empty folder to fill, on the same file system; the caller removes it when it is done. */
export function folderBeside(folder: string): string {
  mkdirSync(path.dirname(folder), { recursive: true });
  removeForgotten(folder);
  return mkdtempSync(`${folder}.partial-`);
}

/** Moves what was filled to its place, unless another process was as quick: what it has filled may be in use. */
export function putInPlace(filled: string, folder: string, says: string): void {
  writeFileSync(path.join(filled, mark), says);
  if (isFilled(folder)) return;
  rmSync(folder, { recursive: true, force: true });
  try {
    renameSync(filled, folder);
  } catch (error) {
    // It became as quick in between.
    if (!isFilled(folder)) throw error;
  }
}
