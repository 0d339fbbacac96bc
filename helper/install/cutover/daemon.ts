import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { readTrusted } from '../../config/trusted.ts';
import { errorCode } from '../../config/trusted-folders.ts';
import { failureText } from '../../protocol/errors.ts';
import { parseSpec } from '../../supervisor/spec.ts';
import { whyInBuildTree } from '../build-tree.ts';
import type { OurDaemon } from './facts.ts';

/** Property lists of our own daemons, as the installation left them: whether launchd may be told to start from them. */

const mostBytes = 65_536;

/** A program that is not there fails after launchctl has said that all is well. */
const programProblem = (root: string, program: string): string | null => {
  const built = whyInBuildTree(join(root, program));
  if (built !== null) return `${program} may be taken away by a build: ${built}`;
  try {
    accessSync(join(root, program), constants.X_OK);
    return null;
  } catch (error) {
    return `${program} cannot be run (${errorCode(error)})`;
  }
};

/**
 * @param root empty on a real Mac; in tests a folder that stands for `/`
 * @param owners accounts that may own the list and the folders above it
 */
export const daemonPlistOf =
  (root: string, owners: readonly number[]): ((label: string) => OurDaemon['plist']) =>
  (label) => {
    const path = join(root, '/Library/LaunchDaemons', `${label}.plist`);
    const read = readTrusted(path, { owners, maxBytes: mostBytes });
    if (!read.ok) return read.missing ? { kind: 'missing' } : { kind: 'refused', why: failureText(read.failure) };
    const parsed = parseSpec(read.bytes);
    if (!parsed.ok) return { kind: 'refused', why: `${path} is not as it was installed: ${parsed.detail}` };
    if (parsed.spec.label !== label) return { kind: 'refused', why: `${path} is of ${parsed.spec.label}` };
    const wrong = programProblem(root, parsed.spec.program);
    return wrong === null ? { kind: 'file', path } : { kind: 'refused', why: `${path}: ${wrong}` };
  };
