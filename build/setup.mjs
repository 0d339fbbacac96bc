// All set-up for `npm start`, `npm test` and `npm run bench`: says each step, skips what is done. Built-ins only.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { withSetupLock } from './setup/lock.mjs';
import { install, isInstalled } from './setup/npm-packages.mjs';
import { findPinnedNode, pinnedVersion, root } from './setup/pinned-node.mjs';
import { installSystemPackages } from './setup/system-packages.mjs';

const say = (line) => process.stdout.write(`${line}\n`);
const fail = (line) => {
  process.stderr.write(`${line}\n`);
  process.exit(1);
};
const secondsSince = (start) => `${((Date.now() - start) / 1000).toFixed(1)} s`;

async function npmPackages(scope) {
  if (isInstalled(scope)) return;
  const what = scope === 'runtime' ? 'what the keeper and the terminal need' : 'everything the lock file names';
  say(`npm packages: installing ${what} (npm ci) …`);
  const start = Date.now();
  const code = await install(scope);
  if (code !== 0) fail(`npm ci ended with code ${code}. Is the npm registry reachable? Then run the command again.`);
  say(`npm packages: done in ${secondsSince(start)}`);
}

/** What the pinned Node says, or null with the reason it did not run. */
function askPinnedNode(file) {
  const run = spawnSync(file, ['--version'], { encoding: 'utf8', timeout: 20_000 });
  const version = run.stdout?.trim();
  return { version, detail: run.error?.message ?? (run.stderr?.trim() || version || 'no answer') };
}

function checkPinnedNode() {
  const node = findPinnedNode();
  if (!node.path) fail(node.problem);
  let answer = askPinnedNode(node.path);
  // A bare Debian has no libatomic.
  if (answer.version !== pinnedVersion() && /shared librar/.test(answer.detail)) {
    installSystemPackages('node', say);
    answer = askPinnedNode(node.path);
  }
  if (answer.version !== pinnedVersion()) {
    fail(`The pinned Node ${pinnedVersion()} does not run here: ${answer.detail}`);
  }
  return node.path;
}

/**
 * `terminal`: keeper and command line. `app`: and what Electron needs. `tests`: and what the tests need.
 * Ends the process with a sentence when Castellan cannot run; a missing Electron or system package is only said.
 */
export async function setup(scope) {
  if (Number(process.versions.node.split('.')[0]) < 20)
    fail(`Node ${process.version} is too old: 20 or later, please.`);
  // Two set-ups in one folder would remove each other's node_modules: the second waits.
  await withSetupLock(path.join(root, '.cache', 'setup.lock'), say, async () => {
    await npmPackages(scope === 'terminal' ? 'runtime' : 'all');
    const node = checkPinnedNode();
    if (scope === 'terminal') return;
    installSystemPackages(scope, say);
    // fetch honours HTTPS_PROXY only when this is set as the process starts.
    const env = { ...process.env, NODE_USE_ENV_PROXY: '1' };
    spawnSync(node, [path.join(root, 'build/fetch/electron-runtime.ts')], { cwd: root, stdio: 'inherit', env });
    // The C compiler of the tests that hold the macOS host to Apple's headers.
    if (scope === 'tests') spawnSync(node, [path.join(root, 'build/fetch/zig.ts')], { cwd: root, stdio: 'inherit' });
  });
}

if (process.argv[1] && path.resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const scope = process.argv[2] ?? 'tests';
  if (!['terminal', 'app', 'tests'].includes(scope)) fail('usage: npm run setup [-- terminal | app | tests]');
  await setup(scope);
  say(`Set up for ${scope}; pinned Node ${pinnedVersion()}.`);
}
