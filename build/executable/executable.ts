/**
 * Makes the executable: keeper, command line and all other roles in one file with Node inside. dist/castellan for this
 * machine, or with `--mac` dist/mac/helper/castellan-helper for a Mac, from any machine.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { BuildStamp } from '../../helper/protocol/build-stamp.ts';
import { dropStamp, isFresh, keyOf, writeStamp } from '../outputs/fresh.ts';
import { withBuildLock } from '../outputs/lock.ts';
import { compileRole, type RoleScript, rolesApart } from './roles.ts';
import { bundleScript } from './script.ts';
import { hostTarget, macTarget, runsHere, type Target } from './target.ts';

const projectRoot = path.resolve(import.meta.dirname, '../..');

export interface ExecutableOptions {
  readonly root?: string;
  readonly force?: boolean;
  readonly target?: Target;
  /** Null: development. */
  readonly stamp?: BuildStamp | null;
}

export interface Executable {
  readonly path: string;
  readonly built: boolean;
  readonly bytes: number;
}

/** Throws when something does not build; the message is for a person. Waits for another build of the same. */
export function buildExecutable(options: ExecutableOptions = {}): Promise<Executable> {
  const { root = projectRoot } = options;
  const target = options.target ?? hostTarget(root);
  // Not the folder of the outputs: that of the host's has the app's beside them.
  const work = path.join(root, target.folder, 'executable');
  return withBuildLock(work, () => build({ ...options, root, target }, work));
}

async function build(
  { root, target, force = false, stamp = null }: ExecutableOptions & { readonly root: string; readonly target: Target },
  work: string,
): Promise<Executable> {
  const output = path.join(root, target.folder, target.name);
  const stampFile = `${target.folder}/.executable.json`;
  const lock = readFileSync(path.join(root, 'package-lock.json'), 'utf8');
  const sources = ['executable.ts', 'role.ts', 'roles.ts', 'script.ts', 'target.ts'].map((file) =>
    readFileSync(path.join(root, 'build/executable', file), 'utf8'),
  );
  const { platform, arch } = target;
  const key = keyOf([process.version, platform, arch, runsHere(target), stamp, lock, sources]);
  if (!force && isFresh(root, stampFile, key)) return { path: output, built: false, bytes: statSync(output).size };

  const { main, assets, inputs } = await bundleScripts(root, work, runsHere(target), stamp);
  const configFile = path.join(work, 'sea.json');
  const unsigned = path.join(work, target.name);
  const settings = {
    // Relative, because the name is kept in the executable and shows in its stack traces.
    main: path.basename(main),
    output: unsigned,
    executable: target.node,
    disableExperimentalSEAWarning: true,
    useSnapshot: false,
    useCodeCache: runsHere(target),
    assets,
    execArgv: nodeOptions,
    // A root process must not take options from its environment: NODE_OPTIONS could load code into it.
    execArgvExtension: 'none',
  };
  writeFileSync(configFile, JSON.stringify(settings, null, 2));
  run(process.execPath, ['--build-sea', configFile], work);
  chmodSync(unsigned, 0o755);
  // Apple silicon runs nothing unsigned; the release is signed again with a real identity.
  if (process.platform === 'darwin') run('/usr/bin/codesign', ['--sign', '-', '--force', unsigned], work);
  dropStamp(root, stampFile);
  renameSync(unsigned, output);
  // By a rename as well: a keeper that runs has the one before mapped, and would crash if it were written over.
  const native = path.join(work, 'koffi.node');
  copyFileSync(target.koffi, native);
  renameSync(native, path.join(root, target.folder, 'koffi.node'));
  const outputs = [`${target.folder}/${target.name}`, `${target.folder}/koffi.node`];
  writeStamp(root, stampFile, { key, inputs: [...new Set(inputs)], outputs });
  return { path: output, built: true, bytes: statSync(output).size };
}

/**
 * A small young generation: measured 3 MB less anonymous memory in an idle keeper, at no more CPU. One thread of V8's own
 * instead of four: 0.5 MB less, for each has its arena of malloc.
 *
 * Node opens a debugger to whoever connects when it gets the signal USR1: by it any program of a user's could put code into
 * the command line tool, which the keeper knows by its signature. By OPENSSL_CONF it would load a library, for any command.
 */
export const nodeOptions: readonly string[] = [
  '--max-semi-space-size=1',
  '--v8-pool-size=1',
  '--disable-sigusr1',
  '--openssl-config=/dev/null',
];

interface Scripts {
  /** Runs the script of the role that is asked for. */
  readonly main: string;
  /** Files inside the executable, by their names there: the roles, each with its compiled form, and the journal's worker. */
  readonly assets: Readonly<Record<string, string>>;
  readonly inputs: readonly string[];
}

async function bundleScripts(
  root: string,
  work: string,
  isCompiled: boolean,
  stamp: BuildStamp | null,
): Promise<Scripts> {
  const roles: RoleScript[] = [];
  const main = path.join(work, 'castellan.cjs');
  const inputs = [
    ...(await bundleScript({
      root,
      entry: 'helper/main.ts',
      outfile: main,
      stamp,
      plugins: [rolesApart((role) => roles.push(role))],
    })),
  ];
  const worker = 'history-worker.cjs';
  const assets: Record<string, string> = { [worker]: path.join(work, worker) };
  inputs.push(
    ...(await bundleScript({
      root,
      stamp,
      entry: 'helper/journal/history-worker.ts',
      outfile: path.join(work, worker),
    })),
  );
  for (const { name, entry } of roles) {
    const file = path.join(work, name);
    inputs.push(...(await bundleScript({ root, stamp, entry, outfile: file })));
    assets[name] = file;
    if (!isCompiled) continue;
    compileRole(file, `${file}.cache`, nodeOptions);
    assets[`${name}.cache`] = `${file}.cache`;
  }
  return { main, assets, inputs };
}

function run(command: string, args: readonly string[], cwd: string): void {
  const result = spawnSync(command, [...args], { encoding: 'utf8', timeout: 300_000, cwd });
  if (result.status === 0) return;
  throw new Error(
    `${command} ${args.join(' ')}: ${result.error?.message ?? `code ${result.status}`}\n${result.stderr ?? ''}`,
  );
}

if (import.meta.main) {
  try {
    const say = (line: string): void => {
      process.stdout.write(`${line}\n`);
    };
    const targeted = process.argv.includes('--mac') ? await macTarget(projectRoot, say) : null;
    if (targeted?.kind === 'missing') throw new Error(`no executable for a Mac: ${targeted.reason}`);
    const target = targeted === null ? {} : { target: targeted.target };
    const { path: file, built, bytes } = await buildExecutable({ ...target, force: process.argv.includes('--force') });
    say(`${built ? 'Built' : 'Up to date:'} ${file} (${(bytes / 2 ** 20).toFixed(1)} MB)`);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
