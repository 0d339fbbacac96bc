// One at a time in a checkout. Built-ins of Node 20 only, which has no lock that the system gives back.
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive } from './npm-process.mjs';

/** The process that has it; 0 where none can be read: a lock is never without its number, so that is nobody's. */
function ownerOf(file) {
  try {
    return Number(readFileSync(file, 'utf8')) || 0;
  } catch (error) {
    if (error.code === 'ENOENT') return null;
    throw error;
  }
}

/** Only the lock that was looked at: another process may have taken it away and have its own there by now. */
function takeAway(file, owner, aside) {
  try {
    renameSync(file, aside);
    if (ownerOf(aside) !== owner) linkSync(aside, file);
  } catch (error) {
    if (error.code !== 'ENOENT' && error.code !== 'EEXIST') throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

/** Waits for whoever has it, and says so once; the lock of a process that is gone is taken away. */
export async function withSetupLock(file, say, work) {
  mkdirSync(path.dirname(file), { recursive: true });
  const own = `${file}.${process.pid}`;
  try {
    // Made whole and then put there: with a disk that is full, or a kill, an empty lock would stay, and be waited for.
    writeFileSync(own, String(process.pid));
    for (let told = false; ; await sleep(250)) {
      try {
        linkSync(own, file);
        break;
      } catch (error) {
        if (error.code !== 'EEXIST') throw error;
      }
      const owner = ownerOf(file);
      if (owner === null) continue;
      if (owner === 0 || !isAlive(owner)) takeAway(file, owner, `${own}.aside`);
      else if (!told) {
        say(`Another set-up is running here (process ${owner}); waiting for it.`);
        told = true;
      }
    }
  } finally {
    rmSync(own, { force: true });
  }
  const release = () => rmSync(file, { force: true });
  process.once('exit', release);
  try {
    return await work();
  } finally {
    release();
    process.removeListener('exit', release);
  }
}
