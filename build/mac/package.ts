/** `npm run package`: Castellan.app for macOS, unsigned, from any machine that can have Electron's download for Macs. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { BuildStamp } from '../../helper/protocol/build-stamp.ts';
import { buildVariable, stampFrom, teamVariable } from '../outputs/build-stamp.ts';
import { withBuildLock } from '../outputs/lock.ts';
import { directoryArguments, runBuilder } from './builder.ts';
import { inspectBundle } from './inspect/inspect.ts';
import { appFolder } from './layout.ts';
import { stage } from './stage.ts';
import { ensureTooling } from './tooling.ts';

const projectRoot = path.resolve(import.meta.dirname, '../..');

export const packageUsage = `Usage: npm run package -- [OPTIONS]

Builds the role executable and the app for Macs with Apple silicon, packs Castellan.app and checks everything that can be
seen of it without a Mac. What it makes is not signed: \`npm run sign:mac\` does that, on a Mac.

  --output FOLDER         where the bundle goes (dist/mac/out)
  --electron-dist FOLDER  an unpacked Electron for darwin-arm64, where github.com cannot be reached

With ${teamVariable} and ${buildVariable} in the environment it is a release: the app and the executable know their team and
build. Without them it is a development build, whose daemons have labels of their own.
electron-builder is installed from the npm registry on first use, and so are Node and koffi for Macs.

Exit codes: 0 done, 1 something did not build, 64 wrong usage, 65 the bundle is not as it must be,
69 something could not be fetched, 78 the environment is not as it must be.`;

/** sysexits.h: EX_USAGE, EX_DATAERR, EX_UNAVAILABLE, EX_CONFIG. */
export const packageCodes = { done: 0, failed: 1, usage: 64, wrong: 65, unavailable: 69, environment: 78 } as const;

export interface PackageMac {
  readonly argv: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly say: (line: string) => void;
  readonly root?: string;
}

interface Wanted {
  readonly output: string;
  readonly electronDist: string | null;
  readonly isHelp: boolean;
}

function wantedOf(argv: readonly string[], root: string): Wanted | string {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        output: { type: 'string' },
        'electron-dist': { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    const dist = values['electron-dist'];
    return {
      output: path.resolve(root, values.output ?? 'dist/mac/out'),
      electronDist: dist === undefined ? null : path.resolve(root, dist),
      isHelp: values.help,
    };
  } catch (error) {
    return error instanceof Error ? (error.message.split('. ')[0] ?? '') : String(error);
  }
}

/** Resolves to the exit code. */
export async function packageMac({ argv, env, say, root = projectRoot }: PackageMac): Promise<number> {
  const wanted = wantedOf(argv, root);
  if (typeof wanted === 'string') {
    say(`package: ${wanted}`);
    say(packageUsage);
    return packageCodes.usage;
  }
  if (wanted.isHelp) {
    say(packageUsage);
    return packageCodes.done;
  }
  const stamped = stampFrom(env);
  if (!stamped.ok) {
    say(`package: ${stamped.problem}`);
    return packageCodes.environment;
  }
  const { stamp } = stamped;
  const { output, electronDist } = wanted;
  if (electronDist !== null && !existsSync(path.join(electronDist, 'Electron.app'))) {
    say(`package: ${electronDist} holds no Electron.app`);
    return packageCodes.usage;
  }
  say(
    stamp === null ? 'a development build: no team, no build number' : `build ${stamp.build} of team ${stamp.teamId}`,
  );
  // What is put together under dist/mac is packed from there.
  return withBuildLock(path.join(root, 'dist', 'mac'), () => pack({ root, output, electronDist, stamp, env, say }));
}

interface Packing {
  readonly root: string;
  readonly output: string;
  readonly electronDist: string | null;
  readonly stamp: BuildStamp | null;
  readonly env: NodeJS.ProcessEnv;
  readonly say: (line: string) => void;
}

async function pack({ root, output, electronDist, stamp, env, say }: Packing): Promise<number> {
  const started = performance.now();

  say('[1/4] build');
  const staged = await stage({ root, stamp, say: (line) => say(`  ${line}`) });
  if (!staged.ok) {
    say(`package: ${staged.reason}`);
    return packageCodes.unavailable;
  }
  say('[2/4] electron-builder');
  const tooling = ensureTooling(root, (line) => say(`  ${line}`));
  if (tooling.kind === 'missing') {
    say(`package: ${tooling.reason}`);
    return packageCodes.unavailable;
  }
  say('[3/4] pack');
  // Alone in its folder: pkgbuild takes everything that lies beside the app.
  const folder = path.join(output, 'mac-arm64');
  rmSync(folder, { recursive: true, force: true });
  const args = directoryArguments(output, electronDist, stamp?.build ?? null);
  const built = await runBuilder({ root, tooling, args, say, env });
  if (!built.ok) {
    say(`package: ${built.problem}`);
    return packageCodes.failed;
  }
  say('[4/4] check');
  const app = path.join(folder, appFolder);
  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { readonly version: string };
  const problems = inspectBundle(app, { version, stamp });
  for (const problem of problems) say(`  ${problem}`);
  if (problems.length > 0) {
    say(`package: ${app} is not as it must be; ${problems.length} findings`);
    return packageCodes.wrong;
  }
  say(`made ${app} in ${((performance.now() - started) / 1000).toFixed(1)} s, not signed`);
  return packageCodes.done;
}

if (import.meta.main) {
  try {
    const say = (line: string): void => {
      process.stdout.write(`${line}\n`);
    };
    process.exitCode = await packageMac({ argv: process.argv.slice(2), env: process.env, say });
  } catch (error) {
    process.stderr.write(`package: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = packageCodes.failed;
  }
}
