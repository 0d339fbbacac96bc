import { join } from 'node:path';
import type { OwnProcess } from '../arbiter/targets.ts';
import type { Host } from '../host/port.ts';
import { readAudit } from '../journal/audit-read.ts';
import { createLog } from '../journal/log.ts';
import { createContainerDesk } from './acting/container-desk.ts';
import { startDeadmanLink } from './acting/deadman-link.ts';
import { createEffects } from './acting/effects.ts';
import { createFreezer } from './acting/freezer.ts';
import { createRuntimeDesk } from './acting/runtimes-desk.ts';
import * as seatServices from './acting/seat-services.ts';
import { createAfterStep } from './after-step.ts';
import { createAdviceDesk } from './answering/advice-desk.ts';
import { openDoors } from './answering/doors.ts';
import { createGatewayViews } from './answering/gateway-views.ts';
import { createHandlers } from './answering/handlers.ts';
import { createPushDesk } from './answering/push-desk.ts';
import { createReporter } from './answering/reporter.ts';
import { createSeatDesk } from './answering/seat-handlers.ts';
import { openConfiguration } from './configuration.ts';
import type { Decision } from './judgement/decide.ts';
import type { KeeperEvent } from './judgement/events.ts';
import type { KeeperState } from './judgement/state.ts';
import type { StartedKeeper } from './keeper.ts';
import { tellWhyNotToAct } from './life/cannot-act.ts';
import { tellFirstEvents } from './life/first-events.ts';
import { isLaunchds } from './life/installed.ts';
import { createOwnFacts } from './life/own-facts.ts';
import { createParting } from './life/parting.ts';
import { heartbeatPath } from './life/run-directory.ts';
import { lookWhetherItWentDown } from './life/went-down.ts';
import { type Loop, startLoop } from './loop.ts';
import { randomHex } from './random.ts';
import { openRecords } from './records.ts';

/** The parts of the keeper, and who hears whom. Begun in this order, ended in the other. */

export interface AssemblyOptions {
  readonly runDirectory: string;
  readonly statePath: string;
  /** castellan.toml. */
  readonly file: string;
  readonly host: Host;
  readonly uid: number;
  readonly gatewayUid: number | undefined;
}

const ownProcess = (role: OwnProcess['role'], pid: number | null): readonly OwnProcess[] =>
  pid === null ? [] : [{ role, pid }];

export const assembleKeeper = async (options: AssemblyOptions): Promise<StartedKeeper> => {
  const { runDirectory, statePath, host, uid } = options;
  const instance = randomHex(16);
  const log = createLog({ directory: join(statePath, 'logs'), console: !isLaunchds(runDirectory) });
  const configuration = openConfiguration(options.file, host, uid);
  const seatServicesOptions = { host, configuration, runDirectory, log };
  seatServices.locate(seatServicesOptions);
  const records = await openRecords({
    statePath,
    heartbeatPath: heartbeatPath(runDirectory),
    maxBytes: configuration.config().history.maxBytes,
    totalBytes: host.facts.totalBytes,
    instance,
    wallMs: host.clock.wallMs,
    warn: log.warn,
  });

  const wentDown = lookWhetherItWentDown({ host, statePath, newest: records.newest, warn: log.warn });
  const holder: { loop: Loop | null } = { loop: null };
  const state = (): KeeperState | null => holder.loop?.state() ?? null;
  const early: KeeperEvent[] = [];
  const post = (event: KeeperEvent): Decision | null => {
    if (holder.loop === null) early.push(event);
    return holder.loop?.post(event) ?? null;
  };
  const stopTelling = tellWhyNotToAct({ host, uid, runDirectory, post, warn: log.warn });
  const link = startDeadmanLink({
    runDirectory,
    instance,
    bootId: host.facts.bootId,
    onEvent: post,
    clock: host.clock,
  });
  const freezer = createFreezer({ host, runDirectory, instance, link, log });
  await freezer.startUp();
  const runtimes = createRuntimeDesk({ host, uid, config: configuration.config, post, warn: log.warn });
  const containers = createContainerDesk({
    adapters: runtimes.adapters,
    audit: records.audit,
    post: (heard) => void post({ type: 'containers', heard }),
  });
  const effects = createEffects(host, freezer, records, runtimes.unload, containers);
  const advice = createAdviceDesk();
  /** Set once there is a gateway to tell. */
  let tellGateway = (): void => {};
  const push = createPushDesk({
    config: configuration.config,
    told: records.told,
    wallMs: host.clock.wallMs,
    tell: () => tellGateway(),
  });
  const reporter = createReporter({
    host,
    configuration,
    instance,
    state,
    telemetry: records.telemetry,
    wentDown: wentDown.status,
    advice: advice.report,
    push: push.status,
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
      stopTelling();
      stopLoop();
      seats.close();
      runtimes.close();
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
    advice: advice.handlers,
    push: push.handlers,
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
  const opened = await openDoors({
    host,
    uid,
    runDirectory,
    instance,
    gatewayUid: options.gatewayUid,
    handlers,
    audit: records.audit,
    log,
    onLookers: (count) => {
      post({ type: 'lookers', count });
    },
    onGateway: seats.gateway,
    onSubscribed: () => views.tell(),
  });
  if (!opened.ok) {
    wentDown.close('failed');
    stopTelling();
    parting.stopWatching();
    await freezer.close();
    link.close();
    await records.close();
    return opened;
  }
  const { server, gateway, close } = opened.doors;
  reporter.serve(server);
  gatewayPid = gateway.pid;
  const views = createGatewayViews({
    gateway,
    state,
    config: configuration.config,
    push: push.view,
    nowMs: host.clock.nowMs,
  });
  tellGateway = views.tell;
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
  runtimes.tell();
  for (const sentence of host.raiseSelf?.() ?? []) log.warn(sentence);

  const loop = startLoop({
    host,
    config: configuration.config,
    rehearse: freezer.rehearse,
    carryOut: effects.carryOut,
    ...createAfterStep({
      host,
      configuration,
      records,
      seats,
      views,
      link,
      freezer,
      ownFacts,
      runtimes,
      reporter,
      post,
      log,
    }),
    onFault: (fault) => log.error(fault instanceof Error ? (fault.stack ?? fault.message) : String(fault)),
  });
  holder.loop = loop;
  void seatServices.define(seatServicesOptions);
  tellFirstEvents({ loop, early, ownFacts, configuration, recall: records.recall, runDirectory });
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
        await close();
        wentDown.close('orderly');
        records.audit({ kind: 'keeper_stopped', reason: why });
        await records.close();
        log.notice(`keeper stopped: ${why}`);
      },
    },
  };
};
