import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readTrusted } from '../config/trusted.ts';
import { errorCode } from '../config/trusted-folders.ts';
import { type JobSpec, maxSpecBytes, parseSpec } from './spec.ts';

/** The property lists of one folder. */
export interface Services {
  readonly specs: ReadonlyMap<string, JobSpec>;
  /** What cannot be used, a sentence each; `label` is the one it names, or would by its file name. */
  readonly problems: readonly { readonly label: string; readonly detail: string }[];
}

const ending = '.plist';
/** More services than any one machine is asked to keep. */
const mostFiles = 256;

/**
 * Reads `*.plist`. Each is opened without following a link and checked on its descriptor like the configuration: what
 * others could have written is not run. `owners` as for `readTrusted`.
 */
export const readServices = (folder: string, owners: readonly number[]): Services => {
  const specs = new Map<string, JobSpec>();
  const problems: { label: string; detail: string }[] = [];
  let names: readonly string[];
  try {
    names = readdirSync(folder)
      .filter((name) => name.endsWith(ending))
      .sort();
  } catch (error) {
    return { specs, problems: [{ label: '', detail: `${folder}: ${errorCode(error)}` }] };
  }
  if (names.length > mostFiles)
    problems.push({
      label: '',
      detail: `${folder} has ${names.length} property lists; the first ${mostFiles} are read`,
    });
  for (const name of names.slice(0, mostFiles)) {
    const path = join(folder, name);
    const ownLabel = name.slice(0, -ending.length);
    const read = readTrusted(path, { owners, maxBytes: maxSpecBytes });
    if (!read.ok) {
      problems.push({ label: ownLabel, detail: `${read.failure.detail ?? path}` });
      continue;
    }
    const parsed = parseSpec(read.bytes);
    if (!parsed.ok) problems.push({ label: parsed.label ?? ownLabel, detail: `${path}: ${parsed.detail}` });
    else if (specs.has(parsed.spec.label))
      problems.push({ label: '', detail: `${path}: another file has the label ${parsed.spec.label} already` });
    else specs.set(parsed.spec.label, parsed.spec);
  }
  return { specs, problems };
};
