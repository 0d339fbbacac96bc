/** `npm run sign:mac`: from the bundle that `npm run package` made to a package that a Mac installs without a question. */
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { listBundle } from '../inspect/bundle-files.ts';
import { inspectBundle } from '../inspect/inspect.ts';
import { ensureTooling } from '../tooling.ts';
import { carryOut, shellLine } from './carry-out.ts';
import {
  type Fault,
  fault,
  faultCodes,
  parseSignArguments,
  readSignEnvironment,
  type SignArguments,
  type SignEnvironment,
  signUsage,
} from './input.ts';
import { releaseApp, releasePackage } from './release-plan.ts';
import { type Command, signApp, verifyApp } from './sign-plan.ts';

const projectRoot = path.resolve(import.meta.dirname, '../../..');

export interface SignMac {
  readonly argv: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly platform: NodeJS.Platform;
  readonly say: (line: string) => void;
  readonly root?: string;
}

type Planned = { readonly ok: true; readonly commands: readonly Command[] } | Fault;

const versionOf = (root: string): string =>
  (JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { readonly version: string }).version;

/** The whole list before the first is run: nothing is found missing half-way. */
function plan(root: string, args: SignArguments, found: SignEnvironment, say: (line: string) => void): Planned {
  const { app, output } = args;
  const { identity, keychain, release, stamp } = found;
  const files = listBundle(app);
  const signing = { identity, keychain, entitlements: path.join(root, 'build', 'mac', 'entitlements') };
  const team = args.isAdHoc ? null : (stamp?.teamId ?? null);
  const commands = [...signApp(app, files, signing), ...verifyApp(app, team, stamp?.build ?? null)];
  if (release === null) return { ok: true, commands };
  const tooling = args.isDryRun ? null : ensureTooling(root, say);
  if (tooling?.kind === 'missing') return fault('no_builder', tooling.reason);
  const builder = [process.execPath, tooling?.command ?? 'electron-builder'] as const;
  const whole = { app, output, version: versionOf(root), keychain, builder, ...release };
  return { ok: true, commands: [...commands, ...releaseApp(whole), ...releasePackage(whole)] };
}

/** What must not be in a package: pkgbuild takes the whole folder, but for Finder's own file. */
const besideOf = (app: string): readonly string[] =>
  readdirSync(path.dirname(app)).filter((name) => name !== path.basename(app) && name !== '.DS_Store');

function attempt({ argv, env, platform, say, root = projectRoot }: SignMac): Fault | null {
  const parsed = parseSignArguments(argv, root);
  if (!parsed.ok) return parsed;
  const { args } = parsed;
  if (args.isHelp) {
    say(signUsage);
    return null;
  }
  if (platform !== 'darwin' && !args.isDryRun) {
    return fault(
      'not_a_mac',
      'codesign, notarytool and stapler are on a Mac only; --dry-run prints what they would do',
    );
  }
  const read = readSignEnvironment(args, env);
  if (!read.ok) return read;
  if (!existsSync(args.app)) return fault('no_bundle', `${args.app} is not there; \`npm run package\` makes it`);
  if (!args.isDryRun) {
    const problems = inspectBundle(args.app, { version: versionOf(root), stamp: read.found.stamp });
    const beside = read.found.release === null ? [] : besideOf(args.app);
    const found = [...problems, ...beside.map((name) => `${name} lies beside the app and would be in the package`)];
    if (found.length > 0) return fault('wrong_bundle', found.join('\n'));
  }
  const planned = plan(root, args, read.found, say);
  if (!planned.ok) return planned;
  if (!args.isDryRun) mkdirSync(args.output, { recursive: true });
  const total = planned.commands.length;
  for (const [index, command] of planned.commands.entries()) {
    say(`[${index + 1}/${total}] ${command.what}${args.isDryRun ? '' : ' …'}`);
    if (args.isDryRun) {
      say(`    ${shellLine(command)}`);
      for (const words of command.mustSay ?? []) say(`    # must say: ${words}`);
      for (const words of command.mustNotSay ?? []) say(`    # must not say: ${words}`);
      continue;
    }
    const failed = carryOut(command, root, env);
    if (failed !== null) return failed;
  }
  if (!args.isDryRun) say(args.isAppOnly ? `signed: ${args.app}` : `released into ${args.output}`);
  return null;
}

/** Returns the exit code. Throws for nothing that a person can do wrong. */
export function signMac(asked: SignMac): number {
  const failed = attempt(asked);
  if (failed === null) return 0;
  asked.say(`sign:mac ${failed.fault}: ${failed.detail}`);
  if (failed.fault === 'usage') asked.say(signUsage);
  return faultCodes[failed.fault];
}

if (import.meta.main) {
  const say = (line: string): void => {
    process.stdout.write(`${line}\n`);
  };
  process.exitCode = signMac({ argv: process.argv.slice(2), env: process.env, platform: process.platform, say });
}
