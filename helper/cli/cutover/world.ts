import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseAddress } from '../../config/addresses.ts';
import { trustedOwners } from '../../config/trusted-folders.ts';
import { openHost } from '../../host/open.ts';
import type { Host } from '../../host/port.ts';
import { runCommand } from '../../install/command-runner.ts';
import { accountOf, consoleUid } from '../../install/console-account.ts';
import type { Choices } from '../../install/cutover/cutover.ts';
import { daemonPlistOf } from '../../install/cutover/daemon.ts';
import { doHomeRequest, homeFilesAs } from '../../install/cutover/files.ts';
import type { CutoverPorts, RootFiles } from '../../install/cutover/ports.ts';
import { createRootFiles } from '../../install/cutover/root-files.ts';
import { daemonLabels, installedRunDirectory } from '../../install/daemon-plists.ts';
import { createLaunchctlPort } from '../../install/launchd.ts';
import { findStopped } from '../../install/stopped-processes.ts';
import { readMemory } from '../../journal/relief-memory.ts';
import { configPath, statePath } from '../../keeper/life/run-directory.ts';
import { buildStamp } from '../../protocol/build-stamp.ts';
import { failureText } from '../../protocol/errors.ts';
import { ask } from '../ask.ts';
import type { Io } from '../command.ts';

/** The Mac a cutover happens on, as its commands see it; a test has one of its own. */

export type Account = Choices['account'];

export interface CutoverWorld {
  readonly platform: string;
  /** Who is logged in at the screen; null: nobody. */
  readonly account: () => Account | null;
  readonly chosen: () => Choices['chosen'];
  /** castellan.toml and the journals. */
  readonly files: (io: Io) => RootFiles;
  /** @param whenInterrupted said at a Ctrl-C */
  readonly open: (io: Io, account: Account, whenInterrupted: string) => OpenWorld;
}

export interface OpenWorld {
  readonly ports: CutoverPorts;
  readonly close: () => Promise<void>;
}

const canListen = (address: string): Promise<boolean> =>
  new Promise((resolve) => {
    const at = parseAddress(address);
    if (at === null) return resolve(false);
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host: at.host, port: at.port, exclusive: true }, () => server.close(() => resolve(true)));
  });

/** As this build is installed: one in development has labels and folders of its own. */
const isDevelopment = buildStamp === null;
const runDirectory = installedRunDirectory(isDevelopment);

const filesHere = (io: Io): RootFiles => createRootFiles('', trustedOwners(io.uid), configPath(runDirectory));

/**
 * Whoever reads along may go away: a pipe that is closed, a session that is cut off. What has been begun is not left half done
 * for that. @returns what puts it back
 */
const outlivingItsTerminal = (): (() => void) => {
  const streams = [process.stdout, process.stderr].map((stream) => ({ stream, before: stream.listeners('error') }));
  const ignore = (): void => {};
  for (const { stream } of streams) stream.removeAllListeners('error').on('error', ignore);
  return () => {
    for (const { stream, before } of streams) {
      stream.removeListener('error', ignore);
      for (const each of before) stream.on('error', (error: Error) => each.call(stream, error));
    }
  };
};

const open: CutoverWorld['open'] = (io, account, whenInterrupted) => {
  let host: Promise<Host> | null = null;
  const hostHere = (): Promise<Host> => {
    host ??= openHost('darwin');
    return host;
  };
  let isInterrupted = false;
  const listenAgain = outlivingItsTerminal();
  const removeInterrupt = io.onInterrupt(() => {
    isInterrupted = true;
    io.err.write(`${whenInterrupted}\n`);
  });
  const owners = trustedOwners(io.uid);
  const ports: CutoverPorts = {
    now: () => new Date(),
    launchd: { launchctl: createLaunchctlPort(), sleep: (ms) => sleep(ms) },
    home: io.uid === account.uid ? async (request) => doHomeRequest(request) : homeFilesAs(account),
    files: filesHere(io),
    ourLabels: daemonLabels(isDevelopment),
    daemonPlist: daemonPlistOf('', owners),
    portOwner: async (address) => (await (await hostHere()).portOwner?.(address)) ?? null,
    stopped: () => findStopped(runCommand),
    canListen,
    askKeeper: async () => {
      const answer = await ask({ runDirectory, owner: { kind: 'root' } }, 'read.status', {});
      if (!answer.ok) return { ok: false, why: failureText(answer.failure) };
      const { mode, keeper } = answer.result;
      return { ok: true, instance: keeper.instance, observes: mode.name === 'observe_only' ? mode.reasons : [] };
    },
    refreshKeeper: async () => {
      const answer = await ask({ runDirectory, owner: { kind: 'root' } }, 'keeper.refresh', {});
      return answer.ok ? null : failureText(answer.failure);
    },
    isInterrupted: () => isInterrupted,
  };
  return {
    ports,
    close: async () => {
      removeInterrupt();
      listenAgain();
      await (await host)?.close();
    },
  };
};

export const thisMac: CutoverWorld = {
  platform: process.platform,
  account: () => {
    const uid = consoleUid();
    return uid === null ? null : accountOf(uid);
  },
  chosen: () => {
    const recalled = readMemory(statePath(runDirectory), 0);
    if (recalled.kind !== 'memory' || recalled.memory.choice === null) return null;
    return { mode: recalled.memory.choice, over: recalled.memory.choiceOver };
  },
  files: filesHere,
  open,
};

/**
 * With nobody else at it: one cutover or rollback at a time. A dry run changes nothing and waits for nobody.
 * Null: somebody is.
 */
export const alone = async <T>(files: RootFiles, isDryRun: boolean, act: () => Promise<T>): Promise<T | null> => {
  if (isDryRun) return act();
  const locked = files.lock();
  if (!locked.ok) return null;
  try {
    return await act();
  } finally {
    locked.release();
  }
};
