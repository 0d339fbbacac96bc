import { randomUUID } from 'node:crypto';
import type { Config } from '../config/config.ts';
import { type LoadedConfig, loadConfig, reloadConfig } from '../config/load.ts';
import { trustedOwners } from '../config/trusted-folders.ts';
import { nativeHostKind, openHost } from '../host/open.ts';
import type { Host } from '../host/port.ts';
import { simSeats } from '../host/sim/seats.ts';
import { type Failure, productVersion, type Status } from '../protocol/index.ts';
import type { KeeperArguments } from './arguments.ts';
import { createHandlers } from './handlers.ts';
import { type Loop, startLoop } from './loop.ts';
import { createOwnUsage } from './own-usage.ts';
import { openRecords } from './records.ts';
import { configPath, findRunDirectory, heartbeatPath, prepareRunDirectory, socketPath } from './run-directory.ts';
import { lockRunDirectory } from './run-lock.ts';
import { type Server, startServer } from './server/server.ts';
import type { Effect, EffectOutcome } from './state.ts';
import { processRow, statusOf } from './status.ts';

export interface Keeper {
  readonly stop: (why: string) => Promise<void>;
}

export type StartedKeeper =
  | { readonly ok: true; readonly keeper: Keeper }
  | { readonly ok: false; readonly failure: Failure };

const ownUid = (): number => process.getuid?.() ?? 0;

/** On a Mac, what belongs to others can be neither read nor signalled without root. */
const cannotActReasons = (host: Host): readonly string[] =>
  host.kind === 'darwin' && ownUid() !== 0
    ? ["The keeper does not run as root: other users' processes cannot be measured, and nothing can be set."]
    : [];

/** Everything between an empty run directory and a keeper that answers. What was opened is closed again on failure. */
export const startKeeper = async (options: KeeperArguments): Promise<StartedKeeper> => {
  const uid = ownUid();
  const env = process.env;
  const found = findRunDirectory({ flag: options.runDirectory, platform: process.platform, uid, env });
  const prepared = prepareRunDirectory(found, uid);
  if (!prepared.ok) return prepared;
  const lock = lockRunDirectory(prepared.statePath);
  if (!lock.ok) return lock;
  const host = await openHost(options.host ?? nativeHostKind(process.platform));
  const running = await run({ ...options, runDirectory: prepared.path }, prepared.statePath, host, uid);
  if (!running.ok) {
    await host.close();
    lock.release();
    return running;
  }
  return {
    ok: true,
    keeper: {
      stop: async (why) => {
        await running.keeper.stop(why);
        await host.close();
        lock.release();
      },
    },
  };
};

const run = async (
  options: KeeperArguments & { readonly runDirectory: string },
  statePath: string,
  host: Host,
  uid: number,
): Promise<StartedKeeper> => {
  const { clock } = host;
  const instance = randomUUID();
  const log = (level: 'warn' | 'error', text: string): void => void process.stderr.write(`${level}: ${text}\n`);
  const rules = { owners: trustedOwners(uid), totalBytes: host.facts.totalBytes };
  const file = options.config ?? configPath(options.runDirectory);
  let loaded: LoadedConfig = withSimSeats(loadConfig(file, rules), host);
  const config = (): Config => loaded.config;

  const records = await openRecords({
    statePath,
    maxBytes: config().history.maxBytes,
    wallMs: clock.wallMs(),
    log: (text) => log('warn', text),
  });
  const usage = createOwnUsage();
  let cpuPercent = 0;
  let server: Server | null = null;
  let loop: Loop | null = null;
  const ownPids = (): ReadonlySet<number> => new Set([process.pid]);

  const status = (): Status | null =>
    loop === null
      ? null
      : statusOf(loop.state(), config(), {
          nowMs: clock.nowMs(),
          wallMs: clock.wallMs(),
          keeper: {
            version: productVersion,
            pid: process.pid,
            instance,
            host: host.kind,
            os: host.facts.os,
            cpuPercent,
          },
          telemetry: records.telemetry(),
          configPath: file,
          configProblems: loaded.problems,
          ownPids: ownPids(),
        });

  const publish = (): void => {
    const lookers = server?.lookers();
    if (server === null || lookers === undefined || loop === null) return;
    const now = lookers.status > 0 ? status() : null;
    if (now !== null) server.publish('status', now);
    const { processes } = loop.state();
    if (lookers.processes > 0 && processes !== null) {
      const own = ownPids();
      const rows = processes.views.map((view) => processRow(view, own));
      server.publish('processes', { atMs: clock.wallMs(), processes: rows });
    }
  };

  const reloadNow = () => {
    const reloaded = reloadConfig(loaded, file, rules);
    loaded = withSimSeats(reloaded.current, host);
    loop?.post({ type: 'config', state: loaded.state, detail: reloaded.loaded ? 'reloaded' : 'reload refused' });
    return { loaded: reloaded.loaded, diff: [...reloaded.diff], problems: [...reloaded.problems] };
  };

  const carryOut = async (effect: Effect): Promise<{ readonly outcome: EffectOutcome; readonly detail: string }> => {
    if (effect.kind === 'heartbeat') {
      const done = await records.replaceFile(heartbeatPath(options.runDirectory), JSON.stringify(effect.heartbeat));
      return { outcome: done ? 'ok' : 'failed', detail: '' };
    }
    log('warn', `${effect.alert}: ${effect.detail}`);
    return { outcome: 'ok', detail: '' };
  };

  const started = await startServer({
    path: socketPath(options.runDirectory),
    peerOf: host.peerOf,
    handlers: createHandlers({
      host,
      state: () => loop?.state() ?? neverStarted(),
      status,
      history: (range, columns) => records.history(range, columns, clock.wallMs(), host.facts.totalBytes),
      ownPids,
      reloadConfig: reloadNow,
      wallMs: clock.wallMs,
    }),
    consoleUid: () => uid,
    instance,
    hostKind: host.kind,
    log,
    onLookers: (counts) => {
      loop?.post({ type: 'lookers', count: counts.processes });
      publish();
    },
  });
  if (!started.ok) {
    await records.close();
    return started;
  }
  server = started.server;

  loop = startLoop({
    host,
    config,
    carryOut,
    onFault: (fault) => log('error', fault instanceof Error ? (fault.stack ?? fault.message) : String(fault)),
    onStep: (input, decision) => {
      records.onStep(input, decision, config(), clock.wallMs());
      for (const reason of decision.reasons) log('warn', `${reason.code}: ${reason.text}`);
      if (input.reading === null || input.reading.depth === 'fast') return;
      const { user, system } = process.cpuUsage();
      cpuPercent = usage.observe(clock.nowMs(), (user + system) / 1000);
      publish();
    },
  });
  loop.post({ type: 'config', state: loaded.state, detail: '' });
  loop.post({ type: 'cannot_act', reasons: cannotActReasons(host) });
  const unsubscribe = host.onPressure(() => loop?.post({ type: 'pressure' }));

  return {
    ok: true,
    keeper: {
      stop: async () => {
        unsubscribe();
        loop?.stop();
        await server?.close();
        await records.close();
      },
    },
  };
};

/** The simulated machine has its seats without a castellan.toml. */
const withSimSeats = (loaded: LoadedConfig, host: Host): LoadedConfig =>
  host.kind === 'sim' && loaded.state === 'defaults'
    ? { ...loaded, config: { ...loaded.config, seats: simSeats } }
    : loaded;

const neverStarted = (): never => {
  throw new Error('asked before the loop was started');
};
