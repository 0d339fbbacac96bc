// The npm packages of the lock file. Built-ins only.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './pinned-node.mjs';

const readJson = (file) => {
  try {
    return JSON.parse(readFileSync(path.join(root, file), 'utf8'));
  } catch {
    return null;
  }
};

/**
 * Whether node_modules holds what the lock file says. npm writes its own record at the end of an installation, so one
 * that was cut short is seen. `runtime` leaves out what only the app's build and the tests need.
 */
export function isInstalled(scope) {
  const wanted = readJson('package-lock.json')?.packages;
  const have = readJson('node_modules/.package-lock.json')?.packages;
  if (!wanted || !have) return false;
  return Object.entries(wanted).every(([name, entry]) => {
    if (name === '' || (scope === 'runtime' && entry.dev)) return true;
    // Optional packages are those of other platforms; the one that matters, the pinned Node, is run afterwards.
    if (!have[name]) return Boolean(entry.optional || entry.devOptional);
    return have[name].version === entry.version && existsSync(path.join(root, name));
  });
}

const npmCommand = () => {
  // npm says where it is; a package of the same name in node_modules/.bin never comes first this way.
  const script = process.env.npm_execpath ?? '';
  if (!script.endsWith('npm-cli.js')) return ['npm'];
  return [process.env.npm_node_execpath ?? process.execPath, script];
};

/** `npm ci` for the scope. Resolves to the exit code. */
export function install(scope) {
  const [command, ...first] = npmCommand();
  const omit = scope === 'runtime' ? ['--omit=dev'] : ['--include=dev'];
  const args = [...first, 'ci', ...omit, '--include=optional', '--loglevel=error', '--no-audit', '--no-fund'];
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
    child.on('error', (error) => {
      process.stderr.write(`npm did not start: ${error.message}\n`);
      resolve(1);
    });
    child.on('exit', (code) => resolve(code ?? 1));
  });
}
