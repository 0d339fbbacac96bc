/** Makes dist/castellan: keeper, command line and all other roles in one file with Node inside, for this platform. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { bundleScript, koffiNative } from './executable-bundle.ts';
import { compileRole, type RoleScript, rolesApart } from './executable-roles.ts';
import { isFresh, keyOf, writeStamp } from './stamp.ts';

const projectRoot = path.resolve(import.meta.dirname, '..');

export interface ExecutableOptions {
  readonly root?: string;
  readonly force?: boolean;
}

export interface Executable {
  readonly path: string;
  readonly built: boolean;
  readonly bytes: number;
}

/** Throws when something does not build; the message is for a person. */
export async function buildExecutable({ root = projectRoot, force = false }: ExecutableOptions = {}) {
  const output = path.join(root, 'dist', 'castellan');
  const stampFile = 'dist/.executable.json';
  const lock = readFileSync(path.join(root, 'package-lock.json'), 'utf8');
  const sources = ['executable.ts', 'executable-bundle.ts', 'executable-role.ts', 'executable-roles.ts'].map((file) =>
    readFileSync(path.join(root, 'build', file), 'utf8'),
  );
  const key = keyOf([process.version, process.platform, process.arch, lock, sources]);
  if (!force && isFresh(root, stampFile, key)) return { path: output, built: false, bytes: statSync(output).size };

  const work = path.join(root, 'dist', 'executable');
  mkdirSync(work, { recursive: true });
  const { main, assets, inputs } = await bundleScripts(root, work);
  const configFile = path.join(work, 'sea.json');
  const unsigned = path.join(work, 'castellan');
  const settings = {
    // Relative, because the name is kept in the executable and shows in its stack traces.
    main: path.basename(main),
    output: unsigned,
    executable: strippedNode(root),
    disableExperimentalSEAWarning: true,
    useSnapshot: false,
    useCodeCache: true,
    assets,
    execArgv: nodeOptions,
    // A root process must not take options from its environment: NODE_OPTIONS could load code into it.
    execArgvExtension: 'none',
  };
  writeFileSync(configFile, JSON.stringify(settings, null, 2));
  run(process.execPath, ['--build-sea', configFile], work);
  chmodSync(unsigned, 0o755);
  // Apple silicon runs nothing unsigned; the release is signed again with a real identity.
  if (process.platform === 'darwin') run('codesign', ['--sign', '-', '--force', unsigned], work);
  renameSync(unsigned, output);
  // By a rename as well: a keeper that runs has the one before mapped, and would crash if it were written over.
  const native = path.join(work, 'koffi.node');
  copyFileSync(koffiNative(root), native);
  renameSync(native, path.join(root, 'dist', 'koffi.node'));
  const outputs = ['dist/castellan', 'dist/koffi.node'];
  writeStamp(root, stampFile, { key, inputs: [...new Set(inputs)], outputs });
  return { path: output, built: true, bytes: statSync(output).size };
}

/**
 * A small young generation: measured 3 MB less anonymous memory in an idle keeper, at no more CPU. One thread of V8's own
 * instead of four: 0.5 MB less, for each has its arena of malloc.
 */
export const nodeOptions: readonly string[] = ['--max-semi-space-size=1', '--v8-pool-size=1'];

interface Scripts {
  /** Runs the script of the role that is asked for. */
  readonly main: string;
  /** Files inside the executable, by their names there: the roles, each with its compiled form, and the journal's worker. */
  readonly assets: Readonly<Record<string, string>>;
  readonly inputs: readonly string[];
}

async function bundleScripts(root: string, work: string): Promise<Scripts> {
  const roles: RoleScript[] = [];
  const main = path.join(work, 'castellan.cjs');
  const inputs = [
    ...(await bundleScript({
      root,
      entry: 'helper/main.ts',
      outfile: main,
      plugins: [rolesApart((role) => roles.push(role))],
    })),
  ];
  const worker = 'history-worker.cjs';
  const assets: Record<string, string> = { [worker]: path.join(work, worker) };
  inputs.push(
    ...(await bundleScript({ root, entry: 'helper/journal/history-worker.ts', outfile: path.join(work, worker) })),
  );
  for (const { name, entry } of roles) {
    const file = path.join(work, name);
    inputs.push(...(await bundleScript({ root, entry, outfile: file })));
    compileRole(file, `${file}.cache`, nodeOptions);
    assets[name] = file;
    assets[`${name}.cache`] = `${file}.cache`;
  }
  return { main, assets, inputs };
}

/**
 * Node without its symbol table, 18 MB smaller. Before the script goes in: strip removes what it finds in a finished
 * executable. Node itself where there is no `strip`; on macOS it would break the signature that is replaced later.
 */
function strippedNode(root: string): string {
  const stripped = path.join(root, '.cache', `node-${process.version}-${process.arch}-stripped`);
  if (existsSync(stripped)) return stripped;
  if (process.platform !== 'linux') return process.execPath;
  mkdirSync(path.dirname(stripped), { recursive: true });
  const partial = `${stripped}.${process.pid}`;
  const result = spawnSync('strip', ['-o', partial, process.execPath], { stdio: 'ignore', timeout: 120_000 });
  if (result.status !== 0) {
    rmSync(partial, { force: true });
    return process.execPath;
  }
  renameSync(partial, stripped);
  return stripped;
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
    const { path: file, built, bytes } = await buildExecutable({ force: process.argv.includes('--force') });
    process.stdout.write(`${built ? 'Built' : 'Up to date:'} ${file} (${(bytes / 2 ** 20).toFixed(1)} MB)\n`);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
