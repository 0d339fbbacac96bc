import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { daemonPlist, daemonPlistFile, daemonRoles } from '../../helper/install/daemon-plists.ts';
import type { BuildStamp } from '../../helper/protocol/build-stamp.ts';
import { buildExecutable } from '../executable/executable.ts';
import { macTarget } from '../executable/target.ts';
import { bundle } from '../outputs/bundle.ts';
import { iconFile } from './icon.ts';
import { productName } from './layout.ts';

/** Everything of ours that goes into the bundle, put under dist/mac, where electron-builder.yml looks for it. */

export interface StageOptions {
  readonly root: string;
  /** Null: development. */
  readonly stamp: BuildStamp | null;
  readonly say: (line: string) => void;
}

export type Staged = { readonly ok: true } | { readonly ok: false; readonly reason: string };

/** Throws when something of ours does not build; what cannot be fetched is the reason it returns. */
export async function stage({ root, stamp, say }: StageOptions): Promise<Staged> {
  const targeted = await macTarget(root, say);
  if (targeted.kind === 'missing') return { ok: false, reason: targeted.reason };
  const executable = await buildExecutable({ root, target: targeted.target, stamp });
  say(`${executable.built ? 'built' : 'up to date:'} the executable, ${Math.round(executable.bytes / 2 ** 20)} MB`);

  await bundle({ root, into: 'dist/mac/app/dist', packaged: { stamp } });
  const { name, version, description, license, main } = JSON.parse(
    readFileSync(path.join(root, 'package.json'), 'utf8'),
  ) as Readonly<Record<string, string>>;
  // Without dependencies: everything is in the bundles. Without scripts: those are for a checkout.
  write(root, 'dist/mac/app/package.json', JSON.stringify({ name, productName, version, description, license, main }));
  say('bundled the app');

  rmSync(path.join(root, 'dist/mac/launchd'), { recursive: true, force: true });
  const isDevelopment = stamp === null;
  for (const role of daemonRoles) {
    const text = daemonPlist(role, { kind: 'bundle', isDevelopment });
    write(root, `dist/mac/launchd/${daemonPlistFile(role, isDevelopment)}`, text);
  }
  write(root, 'dist/mac/icon.icns', await iconFile());
  return { ok: true };
}

function write(root: string, file: string, body: string | Buffer): void {
  const target = path.join(root, file);
  mkdirSync(path.dirname(target), { recursive: true });
  writeFileSync(target, body);
}
