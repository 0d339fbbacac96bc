import { closeSync, fstatSync, openSync, statSync } from 'node:fs';

/**
 * Whoever starts an app chooses what its standard streams are. One of them could be a connection to the keeper, which takes
 * what comes from it for the app's; so a packaged app has none. Not to write is not enough: Chromium has words of its own on
 * the standard error output, and whatever reads the standard input uses that connection, too.
 */

const nowhere = '/dev/null';
const streams = [0, 1, 2] as const;

const isNowhere = (fd: number): boolean => {
  try {
    return fstatSync(fd).rdev === statSync(nowhere).rdev && fstatSync(fd).isCharacterDevice();
  } catch {
    return false;
  }
};

/** What this needs of node:fs. */
export interface Descriptors {
  readonly isNowhere: (fd: number) => boolean;
  readonly close: (fd: number) => void;
  /** The lowest free descriptor, as open(2) has it. */
  readonly open: () => number;
}

const real: Descriptors = {
  isNowhere,
  close: (fd) => {
    try {
      closeSync(fd);
    } catch {
      // Started without it.
    }
  },
  open: () => openSync(nowhere, 'r+'),
};

/**
 * Before anything is read or written. The system starts apps with all three leading nowhere already, and then nothing is done.
 * False: something else opened a file in between and has the descriptor now; such an app must not go on.
 */
export const dropStandardStreams = (fds: Descriptors = real): boolean =>
  streams.every((fd) => {
    if (fds.isNowhere(fd)) return true;
    fds.close(fd);
    return fds.open() === fd;
  });
