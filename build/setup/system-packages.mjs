// Everything that is ever installed with apt-get, and how. Runs before the pinned Node does: built-ins only.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/**
 * `need`: `node` = the pinned Node does not start without it; `app` = Electron does not; `tests` = the end-to-end tests
 * need it too. `names`: newest first: Debian 13 renamed some for 64-bit time, 12 split dbus.
 */
export const systemPackages = [
  { names: ['libatomic1'], need: 'node', reason: 'the pinned Node is linked to it' },
  { names: ['libstdc++6'], need: 'node', reason: 'the pinned Node is linked to it' },
  { names: ['libgtk-3-0t64', 'libgtk-3-0'], need: 'app', reason: 'Electron draws its menus and dialogs with GTK 3' },
  { names: ['libnss3'], need: 'app', reason: "Chromium's certificate and crypto library" },
  { names: ['libasound2t64', 'libasound2'], need: 'app', reason: 'Chromium is linked to ALSA, sound or not' },
  { names: ['libgbm1'], need: 'app', reason: 'Chromium allocates its drawing buffers with it' },
  { names: ['libnotify4'], need: 'app', reason: 'Electron shows notifications through it' },
  { names: ['xvfb'], need: 'tests', reason: 'the virtual display of the end-to-end tests' },
  { names: ['dbus-daemon', 'dbus'], need: 'tests', reason: 'a private session bus for the tray and notifications' },
];

const order = ['node', 'app', 'tests'];

export const packagesFor = (need) => systemPackages.filter((entry) => order.indexOf(entry.need) <= order.indexOf(need));

const output = (command, args) =>
  spawnSync(command, args, { encoding: 'utf8', timeout: 60_000, env: { ...process.env, LC_ALL: 'C' } }).stdout ?? '';

/** Names of the Debian packages that are installed. */
export const installedPackages = () =>
  new Set(
    // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query fills these in
    output('dpkg-query', ['-W', '-f', '${db:Status-Status} ${Package}\\n'])
      .split('\n')
      .filter((line) => line.startsWith('installed '))
      .map((line) => line.slice('installed '.length)),
  );

/** Packages of the list of which no name is installed. */
export const missingPackages = (need, installed) =>
  packagesFor(need).filter((entry) => !entry.names.some((name) => installed.has(name)));

export const aptArguments = (names) => ['install', '-y', '-q', '--no-install-recommends', ...names];

const isDebian = () => existsSync('/usr/bin/apt-get') && existsSync('/usr/bin/dpkg-query');

/** The name this release of Debian offers; the old one where nothing is known yet. */
const offeredName = (entry) =>
  entry.names.find((name) => /^Package: /m.test(output('apt-cache', ['show', '--no-all-versions', name]))) ??
  entry.names.at(-1);

/** The command that installs what is missing, for a person to run; null where there is nothing to say. */
export function installCommand(need) {
  if (process.platform !== 'linux') return null;
  const missing = isDebian() ? missingPackages(need, installedPackages()) : packagesFor(need);
  return missing.length === 0 ? null : `sudo apt-get ${aptArguments(missing.map(offeredName)).join(' ')}`;
}

const apt = (args) => {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' };
  const run = spawnSync('apt-get', args, { encoding: 'utf8', env, timeout: 600_000, maxBuffer: 2 ** 26 });
  if (run.status === 0) return null;
  const lines = `${run.stdout ?? ''}\n${run.stderr ?? ''}`.trim().split('\n');
  return run.error?.message ?? lines.slice(-5).join('\n');
};

/**
 * Installs what is missing as root on Debian; elsewhere says the exact command. Never fails: what cannot be installed
 * shows as skips of the tests that need it.
 */
export function installSystemPackages(need, say) {
  if (process.platform !== 'linux') return;
  const missing = isDebian() ? missingPackages(need, installedPackages()) : [];
  if (isDebian() && missing.length === 0) return;
  if (!isDebian() || process.getuid() !== 0) {
    say(isDebian() ? 'system packages: not root, so please run' : 'system packages: not Debian; there it would be');
    say(`  ${installCommand(need)}`);
    return;
  }
  for (const entry of missing) say(`system packages: ${entry.names[0]} (${entry.reason})`);
  const start = Date.now();
  const updated = apt(['update', '-q']);
  if (updated) say(`system packages: apt-get update failed, trying with what is known\n${updated}`);
  const problem = apt(aptArguments(missing.map(offeredName)));
  say(
    problem
      ? `system packages: apt-get failed, going on without\n${problem}`
      : `system packages: done in ${((Date.now() - start) / 1000).toFixed(1)} s`,
  );
}
