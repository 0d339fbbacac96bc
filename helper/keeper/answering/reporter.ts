import type { Host } from '../../host/port.ts';
import { slotMs } from '../../memory/level.ts';
import {
  type ConfigView,
  type Explanation,
  type Policy,
  type ProcessList,
  type Proposal,
  productVersion,
  type Status,
} from '../../protocol/index.ts';
import type { Configuration } from '../configuration.ts';
import type { SampleDepth } from '../judgement/reading.ts';
import { explanationOf, proposalsOf, reliefStatus } from '../judgement/relief-status.ts';
import type { KeeperState, ProcessView } from '../judgement/state.ts';
import { statusOf } from '../judgement/status.ts';
import { createOwnUsage } from '../life/own-usage.ts';
import type { Server } from '../server/server.ts';
import type { AdviceDesk } from './advice-desk.ts';
import { configView } from './config-view.ts';
import { policyView } from './policy-view.ts';
import { processList } from './process-list.ts';
import type { PushDesk } from './push-desk.ts';

/** What the keeper tells: to who asks, and after each slot to who subscribed. */
export interface Reporter {
  readonly version: string;
  /** Null until the machine has been read once. */
  readonly status: () => Status | null;
  readonly processes: (all: boolean) => ProcessList | null;
  /** All that waits for the operator, also what a status has no room for. */
  readonly proposals: () => readonly Proposal[] | null;
  readonly explanation: () => Explanation | null;
  readonly policy: () => Policy | null;
  readonly config: () => ConfigView;
  /** Resolves when the process table is no older than a slot: at once, or after the pass that this asks for. */
  readonly fresh: () => Promise<void>;
  readonly serve: (server: Server) => void;
  /** To be called after each sample but the fast ones. */
  readonly afterSample: (depth: SampleDepth) => void;
}

export interface ReporterOptions {
  readonly host: Host;
  readonly configuration: Configuration;
  readonly instance: string;
  readonly state: () => KeeperState | null;
  readonly telemetry: () => Omit<Status['telemetry'], 'heartbeat'>;
  readonly wentDown: () => Status['wentDown'];
  readonly advice: AdviceDesk['report'];
  readonly push: PushDesk['status'];
  /** Asks for a full pass. */
  readonly look: () => void;
}

/** A pass that is asked for comes within 100 ms; a host that hangs must not hang the answer. */
const freshWithinMs = 500;

/** Electron runs several processes; all of them are the app's, whatever the order of the table. */
export const withDescendants = (pids: readonly number[], views: readonly ProcessView[]): ReadonlySet<number> => {
  const own = new Set(pids);
  for (let before = -1; before !== own.size; ) {
    before = own.size;
    for (const { process } of views) if (own.has(process.ppid)) own.add(process.id.pid);
  }
  return own;
};

export const createReporter = ({
  host,
  configuration,
  instance,
  state,
  telemetry,
  wentDown,
  advice,
  push,
  look,
}: ReporterOptions): Reporter => {
  const usage = createOwnUsage();
  let cpuPercent = 0;
  let server: Server | null = null;
  let waiting: (() => void)[] = [];

  /** On green the table is read every 30 s only: who asks for it once is not shown an old one. */
  const fresh = (): Promise<void> => {
    const now = state();
    if (now?.processes && host.clock.nowMs() - now.processes.atMs <= slotMs) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = host.clock.at(host.clock.nowMs() + freshWithinMs, resolve);
      waiting.push(() => {
        cancel();
        resolve();
      });
      look();
    });
  };

  const passed = (): void => {
    const done = waiting;
    waiting = [];
    for (const resolve of done) resolve();
  };

  /** The keeper, and the apps that are connected: what Castellan itself costs. */
  const ownPids = (): ReadonlySet<number> => {
    const apps = server?.callers().filter((caller) => caller.client === 'app') ?? [];
    return withDescendants([process.pid, ...apps.map((caller) => caller.pid)], state()?.processes?.views ?? []);
  };

  const status = (): Status | null => {
    const now = state();
    if (now === null) return null;
    const said = statusOf(now, configuration.config(), {
      nowMs: host.clock.nowMs(),
      wallMs: host.clock.wallMs(),
      keeper: { version: productVersion, pid: process.pid, instance, host: host.kind, os: host.facts.os, cpuPercent },
      telemetry: telemetry(),
      wentDown: wentDown(),
      advice: advice(),
      configPath: configuration.path,
      configProblems: configuration.problems(),
      ownPids: ownPids(),
    });
    if (said === null) return null;
    const rows = said.gateway.state === 'present' ? push() : [];
    return rows.length === 0 ? said : { ...said, gateway: { ...said.gateway, push: [...rows] } };
  };

  const processes = (all: boolean): ProcessList | null => {
    const views = state()?.processes?.views;
    return views === undefined ? null : processList(views, { all, ownPids: ownPids(), wallMs: host.clock.wallMs() });
  };

  const proposals = (): readonly Proposal[] | null => {
    const now = state();
    const times = { nowMs: host.clock.nowMs(), wallMs: host.clock.wallMs() };
    return now === null ? null : proposalsOf(now, configuration.config(), times);
  };

  const explanation = (): Explanation | null => {
    const now = state();
    return now === null ? null : explanationOf(now, host.clock.wallMs());
  };

  const policy = (): Policy | null => {
    const now = state();
    if (now === null) return null;
    const wallMs = host.clock.wallMs();
    const relief = reliefStatus(now, configuration.config(), { nowMs: host.clock.nowMs(), wallMs });
    return policyView({ state: now, configuration, relief, wallMs });
  };

  return {
    version: productVersion,
    status,
    processes,
    proposals,
    explanation,
    policy,
    config: () => configView(configuration, host.clock.wallMs()),
    fresh,
    serve: (started) => {
      server = started;
    },
    afterSample: (depth) => {
      if (depth === 'full') passed();
      const { user, system } = process.cpuUsage();
      cpuPercent = usage.observe(host.clock.nowMs(), (user + system) / 1000);
      if (server === null) return;
      const lookers = server.lookers();
      const now = lookers.status > 0 ? status() : null;
      if (now !== null) server.publish('status', now);
      const list = lookers.processes > 0 ? processes(false) : null;
      if (list !== null) server.publish('processes', list);
    },
  };
};
