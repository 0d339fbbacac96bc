import { totalmem } from 'node:os';
import { resolve } from 'node:path';
import type { Config } from '../../config/config.ts';
import { checkConfigFile } from '../../config/load.ts';
import { trustedOwners } from '../../config/trusted-folders.ts';
import { configPath } from '../../keeper/life/run-directory.ts';
import { type Failure, failure } from '../../protocol/errors.ts';
import { type Io, type Option, type Parsed, text } from '../command.ts';
import { placeOf } from '../place.ts';

/** The castellan.toml a command goes by without asking a keeper: the one that is named, else the keeper's own. */

export const configOption: Option = {
  type: 'string',
  value: 'FILE',
  help: 'a castellan.toml other than the keeper’s own',
};

export type Chosen =
  | { readonly ok: true; readonly path: string; readonly config: Config }
  | { readonly ok: false; readonly isGiven: boolean; readonly failure: Failure };

export const chosenConfig = (parsed: Parsed, io: Io): Chosen => {
  const given = text(parsed, 'config');
  const path = given === null ? configPath(placeOf(parsed, io).runDirectory) : resolve(given);
  const checked = checkConfigFile(path, { owners: trustedOwners(io.uid), totalBytes: totalmem() });
  if (checked.state === 'valid') return { ok: true, path, config: checked.config };
  const why = checked.state === 'invalid' ? failure('config_invalid', path) : checked.failure;
  return { ok: false, isGiven: given !== null, failure: why };
};
