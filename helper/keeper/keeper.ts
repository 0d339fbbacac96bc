import { nativeHostKind, openHost } from '../host/open.ts';
import type { Host } from '../host/port.ts';
import type { Failure } from '../protocol/index.ts';
import { supervisorSocketPath } from '../supervisor/places.ts';
import type { KeeperArguments } from './arguments.ts';
import { assembleKeeper } from './assembly.ts';
import { ensureOwnAccount } from './life/installed.ts';
import type { Ending } from './life/parting.ts';
import { configPath, findRunDirectory, prepareRunDirectory } from './life/run-directory.ts';
import { lockRunDirectory } from './life/run-lock.ts';

export interface Keeper {
  readonly stop: (why: string) => Promise<void>;
  /** Resolves when the keeper is to be stopped although nobody sent it a signal. */
  readonly ended: Promise<Ending>;
  readonly runDirectory: string;
}

export type StartedKeeper =
  | { readonly ok: true; readonly keeper: Keeper }
  | { readonly ok: false; readonly failure: Failure };

/** Everything between a folder and a keeper that answers. What was opened is closed again on failure. */
export const startKeeper = async (options: KeeperArguments): Promise<StartedKeeper> => {
  const uid = process.getuid?.() ?? 0;
  const found = findRunDirectory({
    flag: options.runDirectory,
    platform: process.platform,
    uid,
    env: process.env,
  });
  const prepared = prepareRunDirectory(found, uid);
  if (!prepared.ok) return prepared;
  const { path: runDirectory, statePath } = prepared;
  const lock = lockRunDirectory(statePath);
  if (!lock.ok) return lock;
  let host: Host | null = null;
  const close = async (): Promise<void> => {
    await host?.close();
    lock.release();
  };
  const file = options.config ?? configPath(runDirectory);
  await ensureOwnAccount(uid, runDirectory);
  let running: StartedKeeper;
  try {
    host = await openHost(options.host ?? nativeHostKind(process.platform), {
      supervisorSocket: supervisorSocketPath(runDirectory),
    });
    running = await assembleKeeper({ runDirectory, statePath, file, host, uid, gatewayUid: options.gatewayUid });
  } catch (fault) {
    await close();
    throw fault;
  }
  if (!running.ok) {
    await close();
    return running;
  }
  const { keeper } = running;
  const stop: Keeper['stop'] = async (why) => {
    await keeper.stop(why);
    await close();
  };
  return { ok: true, keeper: { ...keeper, stop } };
};
