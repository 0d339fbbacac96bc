import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readTrusted } from '../config/trusted.ts';
import { errorCode } from '../config/trusted-folders.ts';
import { type JobSpec, parseSpec } from './spec.ts';
import { maxSpecBytes } from './wire.ts';

/** A property list that cannot be used. */
export interface ServiceProblem {
  /** The one it names, or would by its file name. */
  readonly label: string;
  readonly detail: string;
  /** `refused`: others could have written it (launchctl's 122), or it is disabled (119). */
  readonly problem: 'refused' | 'failed';
}

/** The property lists of one folder. */
export interface Services {
  readonly specs: ReadonlyMap<string, JobSpec>;
  /** Where each of them stands: file name by label. */
  readonly files: ReadonlyMap<string, string>;
  readonly problems: readonly ServiceProblem[];
}

export const ending = '.plist';
/** More services than any one machine is asked to keep. */
const mostFiles = 256;

/**
 * Reads `*.plist`. Each is opened without following a link and checked on its descriptor like the configuration: what
 * others could have written is not run. `owners` as for `readTrusted`.
 */
export const readServices = (folder: string, owners: readonly number[]): Services => {
  const specs = new Map<string, JobSpec>();
  const files = new Map<string, string>();
  const problems: ServiceProblem[] = [];
  const wrong = (label: string, detail: string, problem: ServiceProblem['problem'] = 'failed'): void => {
    problems.push({ label, detail, problem });
  };
  let names: readonly string[];
  try {
    names = readdirSync(folder)
      .filter((name) => name.endsWith(ending))
      .sort();
  } catch (error) {
    wrong('', `${folder}: ${errorCode(error)}`);
    return { specs, files, problems };
  }
  if (names.length > mostFiles)
    wrong('', `${folder} has ${names.length} property lists; the first ${mostFiles} are read`);
  for (const name of names.slice(0, mostFiles)) {
    const path = join(folder, name);
    const ownLabel = name.slice(0, -ending.length);
    const read = readTrusted(path, { owners, maxBytes: maxSpecBytes });
    if (!read.ok) {
      const isUntrusted = read.failure.code === 'untrusted_path';
      wrong(ownLabel, read.failure.detail ?? path, isUntrusted ? 'refused' : 'failed');
      continue;
    }
    const parsed = parseSpec(read.bytes);
    if (!parsed.ok) {
      wrong(parsed.label ?? ownLabel, `${path}: ${parsed.detail}`);
      continue;
    }
    const { label } = parsed.spec;
    if (files.has(label)) {
      wrong('', `${path}: another file has the label ${label} already`);
      continue;
    }
    files.set(label, name);
    if (parsed.isDisabled) wrong(label, `${path} says Disabled; take that out first`, 'refused');
    else specs.set(label, parsed.spec);
  }
  return { specs, files, problems };
};
