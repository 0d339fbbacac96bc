import { mkdirSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { errorCode, judgeFolders, look } from '../config/trusted-folders.ts';
import { done } from './launchd.ts';
import type { Step } from './steps.ts';

/** The command line where a shell finds it: a link to the executable, in a folder of root. */

export const isOurCommand = (command: string, executable: string): boolean => {
  try {
    return readlinkSync(command) === executable;
  } catch {
    return false;
  }
};

interface CommandLink {
  readonly places: { readonly command: string };
  readonly executable: string;
}

/**
 * Null: something of that name is there and stays, or somebody besides root could put another thing in its place. With Homebrew
 * on an Intel Mac the folder is the user's, and what lies there would be run by the next `sudo castellan`.
 */
export const commandStep = ({ places: { command }, executable }: CommandLink): Step | null => {
  const seen = look(command);
  const folder = judgeFolders(dirname(command), [0]);
  if (!('code' in seen) || seen.code !== 'ENOENT' || folder.kind === 'untrusted') return null;
  return {
    says: `The command line is at ${command}.`,
    exactly: [`ln -s '${executable}' ${command}`],
    run: async () => {
      try {
        mkdirSync(dirname(command), { recursive: true, mode: 0o755 });
        symlinkSync(executable, command);
        return done;
      } catch (error) {
        // Whoever cannot have it there calls it by its path.
        const why = errorCode(error);
        return { ok: true, note: `There is no command line at ${command} (${why}): call ${executable} by its path.` };
      }
    },
    undo: async () => {
      if (isOurCommand(command, executable)) rmSync(command, { force: true });
      return done;
    },
  };
};
