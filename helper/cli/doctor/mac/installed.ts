import { dirname } from 'node:path';
import { bundlePlists, daemonLabels } from '../../../install/daemon-plists.ts';
import { productionRunDirectory } from '../../../keeper/life/run-directory.ts';
import { deadmanCheck } from '../deadman.ts';
import { fail, type MacCheck, type MacVerdict, pass, skip } from './check.ts';
import { bundleOf, type Mac } from './mac.ts';

/** What was installed: who owns it, whether launchd has it, whether it runs. */

const othersWrite = 0o022;
const octal = (mode: number): string => `0${(mode & 0o7777).toString(8)}`;

/** Everything above, without the root of the file system. */
const above = (path: string): readonly string[] => {
  const folder = dirname(path);
  return folder === path || folder === '/' ? [] : [...above(folder), folder];
};

/** macOS gives /Applications to the group admin, which may write to it (root:admin 0775). */
const admins = 80;
const isApplications = (path: string): boolean => path === '/Applications';

const ownership = ({ lstat }: Mac, path: string): string | null => {
  const seen = lstat(path);
  if (seen === null) return `${path} is not there`;
  if (seen.uid !== 0) return `${path} belongs to uid ${seen.uid}`;
  if ((seen.mode & othersWrite) === 0) return null;
  return isApplications(path) && seen.gid === admins && (seen.mode & 0o002) === 0
    ? null
    : `${path} has mode ${octal(seen.mode)}: others can write to it`;
};

const owner: MacCheck = {
  id: 'program-owner',
  group: 'install',
  title: 'Who may change the program',
  how: 'ls -led of the program and of every folder above it',
  expected: 'root alone; /Applications itself may be the admins’, as macOS makes it',
  run: async (mac) => {
    const { executable } = mac.own;
    if (bundleOf(mac) === null && !executable.startsWith('/Library/') && !executable.startsWith('/usr/local/'))
      return skip(`this is not an installed program but ${executable}`);
    const wrong = [...above(executable), executable]
      .map((path) => ownership(mac, path))
      .filter((text) => text !== null);
    return wrong.length === 0
      ? pass(executable)
      : fail(
          wrong.join('\n'),
          'Remove it and install the package: a keeper whose program others can change only observes.',
        );
  },
};

const state = /^\s*state = (.+)$/m;

/** Labels of what is loaded here: those of the installed product, else those of a build in development. */
const loaded = async ({ run }: Mac): Promise<readonly { readonly label: string; readonly text: string }[]> => {
  for (const isDevelopment of [false, true]) {
    const found: { label: string; text: string }[] = [];
    for (const label of daemonLabels(isDevelopment)) {
      const { code, out } = await run('/bin/launchctl', ['print', `system/${label}`]);
      if (code === 0) found.push({ label, text: out });
    }
    if (found.length > 0) return found;
  }
  return [];
};

const nothingHere = 'no service of Castellan is loaded; install it first';

const services: MacCheck = {
  id: 'services-run',
  group: 'install',
  title: 'The three services',
  how: 'launchctl print system/com.sanctum.castellan (and .deadman, .gateway)',
  expected: 'state = running, all three',
  run: async (mac) => {
    const found = await loaded(mac);
    if (found.length === 0) return skip(nothingHere);
    const rows = found.map(({ label, text }) => `${label} is ${state.exec(text)?.[1] ?? 'in no state that is told'}`);
    const isRight = found.length === 3 && found.every(({ text }) => state.exec(text)?.[1] === 'running');
    return isRight
      ? pass(rows.join(', '))
      : fail(
          [...rows, ...(found.length === 3 ? [] : [`${found.length} of 3 are loaded`])].join('\n'),
          'Look at System Settings → General → Login Items, then into /var/log/LABEL.log.',
        );
  },
};

const plists: MacCheck = {
  id: 'plists',
  group: 'install',
  title: 'Property lists of the services',
  how: 'ls -l and plutil -lint of what launchctl print names as path',
  expected: 'root:wheel, not writable by others, no link, OK; in /Library/LaunchDaemons or in the bundle',
  run: async (mac) => {
    const found = await loaded(mac);
    if (found.length === 0) return skip(nothingHere);
    const wrong: string[] = [];
    const at: string[] = [];
    for (const { label, text } of found) {
      const [, file] = /^\s*path = (\/.+\.plist)$/m.exec(text) ?? [];
      if (file === undefined) {
        wrong.push(`${label}: launchctl print names no path`);
        continue;
      }
      at.push(file);
      const seen = mac.lstat(file);
      if (seen === null || !seen.isFile()) wrong.push(`${file} is not a file`);
      else if (seen.uid !== 0 || seen.gid !== 0 || (seen.mode & othersWrite) !== 0)
        wrong.push(`${file}: ${seen.uid}:${seen.gid} ${octal(seen.mode)}`);
      const folder = dirname(file);
      if (folder !== '/Library/LaunchDaemons' && !folder.endsWith(`.app/${bundlePlists}`))
        wrong.push(`${file} lies where no service of ours belongs`);
      const lint = await mac.run('/usr/bin/plutil', ['-lint', file]);
      if (lint.code !== 0) wrong.push(`plutil: ${(lint.out + lint.err).trim()}`);
    }
    return wrong.length === 0
      ? pass(at.join('\n'))
      : fail(wrong.join('\n'), 'Install again; do not mend them by hand.');
  },
};

/** One record a paragraph; a record of ours names one of our labels in its Identifier. */
const approval: MacCheck = {
  id: 'approval',
  group: 'install',
  title: 'Approval under Login Items',
  how: 'sfltool dumpbtm',
  expected: 'Disposition: [enabled, allowed, …] for each of the three services',
  needs: ['root'],
  run: async (mac) => {
    const { code, out, err } = await mac.run('/usr/bin/sfltool', ['dumpbtm']);
    if (code !== 0 || out === '') return skip(`sfltool told nothing${err.trim() === '' ? '' : `: ${err.trim()}`}`);
    const records = out.split(/\n(?=\s*#\d+:)|\n\s*\n/);
    const ours = daemonLabels(false).map((label) => {
      const record = records.find((text) =>
        new RegExp(`Identifier:\\s+(?:\\d+\\.)?${label.replaceAll('.', '\\.')}\\s*$`, 'm').test(text),
      );
      return { label, disposition: /Disposition:\s+(\[[^\]]*\])/.exec(record ?? '')?.[1] ?? null };
    });
    const known = ours.filter(({ disposition }) => disposition !== null);
    if (known.length === 0)
      return skip('macOS keeps no record of these services; they may be installed without the app');
    const rows = known.map(({ label, disposition }) => `${label} ${disposition}`);
    const isRight = known.every(
      ({ disposition }) => /\benabled\b/.test(disposition ?? '') && /\ballowed\b/.test(disposition ?? ''),
    );
    return isRight && !known.some(({ disposition }) => /\bdisallowed\b/.test(disposition ?? ''))
      ? pass(rows.join('\n'))
      : fail(rows.join('\n'), 'System Settings → General → Login Items: switch Castellan on.');
  },
};

const runDirectory: MacCheck = {
  id: 'run-directory',
  group: 'install',
  title: 'The run directory',
  how: 'ls -led of the run directory and of what is above it',
  expected: 'root’s, not writable by others; heartbeat of a few seconds ago',
  run: async (mac) => {
    const { runDirectory: folder } = mac.place;
    if (mac.lstat(folder) === null) return skip(`${folder} is not there; no keeper has run here`);
    const installed = folder === productionRunDirectory('darwin');
    const wrong = (installed ? [...above(folder), folder] : [folder])
      .map((each) => (installed ? ownership(mac, each) : openToOthers(mac, each)))
      .filter((text) => text !== null);
    return wrong.length === 0
      ? pass(folder)
      : fail(wrong.join('\n'), 'Correct what is named, then restart the keeper.');
  },
};

const openToOthers = ({ lstat }: Mac, folder: string): string | null => {
  const seen = lstat(folder);
  return seen === null || (seen.mode & othersWrite) === 0 ? null : `${folder} has mode ${octal(seen.mode)}`;
};

const account: MacCheck = {
  id: 'gateway-account',
  group: 'install',
  title: 'The account of the gateway',
  how: 'dscl . -read /Users/_castellan UniqueID UserShell NFSHomeDirectory',
  expected: 'a uid under 500, /usr/bin/false as shell',
  run: async (mac) => {
    const { code, out } = await mac.run('/usr/bin/dscl', ['.', '-read', '/Users/_castellan', 'UniqueID', 'UserShell']);
    if (code !== 0) return skip('there is no account _castellan; install first');
    const uid = Number(/UniqueID:\s*(\d+)/.exec(out)?.[1]);
    const shell = /UserShell:\s*(\S+)/.exec(out)?.[1] ?? 'none';
    const seen = `uid ${uid}, shell ${shell}`;
    return uid > 0 && uid < 500 && shell === '/usr/bin/false'
      ? pass(seen)
      : fail(seen, 'It can log in, or is a person’s: install again.');
  },
};

/** Whether it greets who connects. */
const deadman: MacCheck = {
  id: 'deadman',
  group: 'freeze',
  title: 'The deadman',
  how: 'a connection to deadman.sock',
  expected: 'it greets; without root only that it is there',
  run: async (mac): Promise<MacVerdict> => {
    if (mac.lstat(mac.place.runDirectory) === null) return skip(`${mac.place.runDirectory} is not there`);
    const { state: found, found: seen, todo } = await deadmanCheck(mac.place);
    return found === 'ok' ? pass(seen) : fail(seen, todo);
  },
};

export const installedChecks: readonly MacCheck[] = [owner, services, plists, approval, runDirectory, account];
export const deadmanChecks: readonly MacCheck[] = [deadman];
