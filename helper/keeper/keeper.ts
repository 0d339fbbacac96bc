import { join } from 'node:path';
import type { OwnProcess } from '../arbiter/targets.ts';
import { nativeHostKind, openHost } from '../host/open.ts';
import type { Host } from '../host/port.ts';
import { readAudit } from '../journal/audit-read.ts';
import { createLog } from '../journal/log.ts';
import type { Failure } from '../protocol/index.ts';
import { supervisorSocketPath } from '../supervisor/places.ts';
import type { KeeperArguments } from './arguments.ts';
import { createShareWatch } from './compressed-shares.ts';
import { openConfiguration } from './configuration.ts';
import { startDeadmanLink } from './deadman-link.ts';
import type { Decision } from './decide.ts';
import { createEffects } from './effects.ts';
import { createFreezer } from './freezer.ts';
import { createGatewayViews } from './gateway-views.ts';
import { createHandlers } from './handlers.ts';
import { cannotActReasons, ensureOwnAccount, isLaunchds } from './installed.ts';
import { type Loop, startLoop } from './loop.ts';
import { modeOf } from './mode.ts';
import { createOwnFacts } from './own-facts.ts';
import { createParting, type Ending } from './parting.ts';
import { randomHex } from './random.ts';
import { openRecords } from './records.ts';
import { createReporter } from './reporter.ts';
import {
  configPath,
  findRunDirectory,
  heartbeatPath,
  prepareRunDirectory,
  productionRunDirectory,
  socketPath,
} from './run-directory.ts';
import { lockRunDirectory } from './run-lock.ts';
import { createSeatDesk } from './seat-handlers.ts';
import * as seatServices from './seat-services.ts';
import { consoleUserOf } from './server/console-user.ts';
import { createGatewayCheck } from './server/gateway-launchd.ts';
import { startGatewaySocket } from './server/gateway-socket.ts';
import { type NotAllowed, startServer } from './server/server.ts';
import type { KeeperEvent, KeeperState, Reason } from './state.ts';

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
  const lock = lockRunDirectory(prepared.statePath);
  if (!lock.ok) return lock;
  let host: Host | null = null;
  const close = async (): Promise<void> => {
    await host?.close();
    lock.release();
  };
  const file = options.config ?? configPath(prepared.path);
  await ensureOwnAccount(uid, prepared.path);
  let running: StartedKeeper;
  try {
    host = await openHost(options.host ?? nativeHostKind(process.platform), {
      supervisorSocket: supervisorSocketPath(prepared.path),
    });
    running = await run({
      runDirectory: prepared.path,
      statePath: prepared.statePath,
      file,
      host,
      uid,
      gatewayUid: options.gatewayUid,
    });
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

/** After so long without a sample the deadman may have resumed everything. */
const unwatchedMs = 30_000;

const ownProcess = (role: OwnProcess['role'], pid: number | null): readonly OwnProcess[] =>
  pid === null ? [] : [{ role, pid }];

/** The rest is worth a line, but no warning. A level that changed is told by what it changed to: in the status. */
const isTrouble = (code: Reason['code']): boolean => code === 'gap' || code === 'sensor' || code === 'effect';

interface RunOptions {
  readonly runDirectory: string;
  readonly statePath: string;
  readonly file: string;
  readonly host: Host;
  readonly uid: number;
  readonly gatewayUid: number | undefined;
}

const run = async ({ runDirectory, statePath, file, host, uid, gatewayUid }: RunOptions): Promise<StartedKeeper> => {
  const instance = randomHex(16);
  const { wallMs } = host.clock;
  const log = createLog({ directory: join(statePath, 'logs'), console: !isLaunchds(runDirectory) });
  const configuration = openConfiguration(file, host, uid);
  const seatServicesOptions = { host, configuration, runDirectory, log };
  seatServices.locate(seatServicesOptions);
  const records = await openRecords({
    statePath,
    heartbeatPath: heartbeatPath(runDirectory),
    maxBytes: configuration.config().history.maxBytes,
    totalBytes: host.facts.totalBytes,
    instance,
    wallMs,
    warn: log.warn,
  });

  const holder: { loop: Loop | null } = { loop: null };
  const state = (): KeeperState | null => holder.loop?.state() ?? null;
  /** What was told before there was a loop to hear it. */
  const early: KeeperEvent[] = [];
  const post = (event: KeeperEvent): Decision | null => {
    if (holder.loop === null) early.push(event);
    return holder.loop?.post(event) ?? null;
  };
  const link = startDeadmanLink({
    runDirectory,
    instance,
    bootId: host.facts.bootId,
    onEvent: post,
    clock: host.clock,
  });
  const freezer = createFreezer({ host, runDirectory, instance, link, log });
  await freezer.startUp();
  const effects = createEffects(host, freezer, records);
  const reporter = createReporter({
    host,
    configuration,
    instance,
    state,
    telemetry: records.telemetry,
    look: () => post({ type: 'look' }),
  });
  const seats = createSeatDesk({
    host,
    config: configuration.config,
    state,
    post,
    fresh: reporter.fresh,
    audit: records.audit,
  });
  /** Set once the loop runs; before that nothing is judged. */
  let stopLoop = (): void => {};
  /** Of deadman and gateway; the gateway's socket is opened below. */
  let gatewayPid = (): number | null => null;
  const parting = createParting({
    host,
    state,
    audit: records.audit,
    freezer,
    stopJudging: async () => {
      stopLoop();
      seats.close();
      await effects.settled();
    },
    others: () => [gatewayPid(), link.pid()].filter((pid) => pid !== null),
  });
  const handlers = createHandlers({
    host,
    reporter,
    history: records.history,
    seats: seats.handlers,
    parting: parting.handlers,
    state,
    post,
    completion: (effect) => holder.loop?.completion(effect) ?? Promise.resolve(null),
    audit: records.audit,
    readAudit: (wanted) => readAudit({ directory: statePath, ...wanted }),
    reloadConfig: (caller) => {
      const result = configuration.reload();
      if (result.loaded)
        records.audit({ kind: 'config_reloaded', path: configuration.path, diff: result.diff, byUid: caller.uid });
      post({ type: 'config', state: configuration.state() });
      if (result.loaded) {
        seatServices.locate(seatServicesOptions);
        void seatServices.define(seatServicesOptions);
      }
      return result;
    },
  });
  const onNotAllowed = ({ verb, uid: byUid, untold }: NotAllowed): void => {
    const detail = untold === 0 ? '' : `and ${untold} like it since the last row`;
    records.audit({ kind: 'refusal', verb, code: 'not_allowed', detail, byUid });
  };
  const started = await startServer({
    path: socketPath(runDirectory),
    peerOf: host.peerOf,
    peerCode: host.peerCode,
    handlers,
    consoleUid: consoleUserOf(host.kind, uid),
    instance,
    hostKind: host.kind,
    log: (level, text) => log[level](text),
    onLookers: ({ processes }) => {
      post({ type: 'lookers', count: processes });
    },
    onNotAllowed,
  });
  if (!started.ok) {
    parting.stopWatching();
    await freezer.close();
    link.close();
    await records.close();
    return started;
  }
  const { server } = started;
  reporter.serve(server);
  const gateway = await startGatewaySocket({
    runDirectory,
    gatewayUid,
    peerOf: host.peerOf,
    peerCode: host.peerCode,
    isGateway: createGatewayCheck({ hostKind: host.kind, services: host.services, pid: process.pid }),
    handlers,
    instance,
    hostKind: host.kind,
    log: (level, text) => log[level](text),
    onNotAllowed,
    onState: seats.gateway,
    onSubscribed: () => views.tell(),
    nowMs: host.clock.nowMs,
  });
  gatewayPid = gateway.pid;
  const views = createGatewayViews({ gateway, state, config: configuration.config, nowMs: host.clock.nowMs });

  const ownFacts = createOwnFacts({
    host,
    post,
    roles: () => [
      { role: 'keeper', pid: process.pid },
      ...ownProcess('deadman', link.pid()),
      ...ownProcess('gateway', gateway.pid()),
    ],
    clients: () => server.callers().map(({ pid }) => pid),
    auditWritable: records.auditWritable,
    lostRows: () => {
      const { droppedRows, lostRows } = records.telemetry();
      return droppedRows + lostRows;
    },
  });

  const watchShares = createShareWatch({ host, post, warn: log.warn });
  for (const sentence of host.raiseSelf?.() ?? []) log.warn(sentence);

  let mode = '';
  /** Candidates whose starts the freezer has been told to look up beforehand. */
  let prepared: KeeperState['relief']['candidates'] = [];
  let steps = 0;
  let lastSampleMs = host.clock.nowMs();
  const loop = startLoop({
    host,
    config: configuration.config,
    rehearse: freezer.rehearse,
    carryOut: effects.carryOut,
    beforeSample: (nowMs) => {
      if (nowMs - lastSampleMs > unwatchedMs) freezer.reread();
    },
    onFault: (fault) => log.error(fault instanceof Error ? (fault.stack ?? fault.message) : String(fault)),
    onStep: (input, decision) => {
      records.onStep(input, decision, configuration.config());
      seats.settle(decision.seatAnswers);
      views.afterStep(input);
      if (input.reading !== null) {
        steps += 1;
        link.beat(steps);
        lastSampleMs = input.nowMs;
      }
      for (const { code, text } of decision.reasons) log[isTrouble(code) ? 'warn' : 'notice'](`${code}: ${text}`);
      if (input.reading === null || input.reading.depth === 'fast') return;
      const now = modeOf(decision.state, configuration.config());
      if (now.name !== mode) records.audit({ kind: 'mode_changed', from: mode, to: now.name, reasons: now.reasons });
      mode = now.name;
      const { candidates } = decision.state.relief;
      if (candidates !== prepared)
        void freezer.prepare(candidates.flatMap(({ targets }) => targets.map(({ id }) => id)));
      prepared = candidates;
      ownFacts.afterSample(decision.state);
      watchShares(decision.state);
      reporter.afterSample(input.reading.depth);
    },
  });
  holder.loop = loop;
  void seatServices.define(seatServicesOptions);
  for (const event of early) loop.post(event);
  ownFacts.tell(loop.state());
  loop.post({ type: 'config', state: configuration.state() });
  loop.post({ type: 'cannot_act', reasons: cannotActReasons(host, uid, runDirectory) });
  if (process.env.CASTELLAN_DRY_RUN === '1') loop.post({ type: 'forced_dry_run' });
  const recalled = records.recall();
  // A checkout begins in the dry run unless its configuration says otherwise, whatever was chosen in an earlier run of it.
  const isInstalled = runDirectory === productionRunDirectory(process.platform);
  if (recalled !== null) {
    const { memory, ageMs } = recalled;
    loop.post({ type: 'remembered', memory: isInstalled ? memory : { ...memory, choice: null }, ageMs });
  }
  const unsubscribe = host.onPressure(() => loop.post({ type: 'pressure' }));
  stopLoop = () => {
    unsubscribe();
    loop.stop();
  };
  records.audit({ kind: 'keeper_started', pid: process.pid, version: reporter.version, host: host.kind });
  log.notice(`keeper started, pid ${process.pid}, host ${host.kind}, ${runDirectory}`);

  return {
    ok: true,
    keeper: {
      runDirectory,
      ended: parting.ended,
      stop: async (why) => {
        parting.stopWatching();
        await parting.rest();
        link.close();
        await Promise.all([server.close(), gateway.close()]);
        records.audit({ kind: 'keeper_stopped', reason: why });
        await records.close();
        log.notice(`keeper stopped: ${why}`);
      },
    },
  };
};
