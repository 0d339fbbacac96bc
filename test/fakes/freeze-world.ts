import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { startsReader } from '../../helper/deadman/starts.ts';
import { createLinuxHost } from '../../helper/host/linux/host.ts';
import type { Host } from '../../helper/host/port.ts';
import type { ProcessId } from '../../helper/host/reading.ts';
import { deadmanLinkTimes, startDeadmanLink } from '../../helper/keeper/acting/deadman-link.ts';
import { createFreezer, type Freezer, type FreezerOptions } from '../../helper/keeper/acting/freezer.ts';
import type { DeadmanEvent } from '../../helper/keeper/judgement/events.ts';
import type { Target } from '../../helper/relief/acts.ts';
import { makeWorld, until, type World } from './deadman-world.ts';

/** The keeper's freezer in the test's own process, over real processes, so that its host can be made to fail. */

export interface Freezing {
  readonly world: World;
  readonly freezer: Freezer;
  readonly host: Host;
  readonly events: readonly DeadmanEvent[];
  readonly warnings: readonly string[];
  readonly idOf: (pid: number) => ProcessId;
  readonly targets: (...pids: readonly number[]) => readonly [Target, ...Target[]];
  readonly freeze: (plan: number, ...pids: readonly number[]) => ReturnType<Freezer['freeze']>;
  /** Pids that were told to be resumed by another hand than an order. */
  readonly thawed: () => readonly number[];
  readonly linkState: () => string;
  readonly untilPresent: () => Promise<number>;
}

export interface FreezingOptions {
  /** Given the real one. */
  readonly host?: (host: Host) => Partial<Host>;
  /** Of the link's times. */
  readonly factor?: number;
  readonly freezer?: Partial<FreezerOptions>;
}

export const instance = 'f'.repeat(32);

export const openFreezing = async (
  t: TestContext,
  options: FreezingOptions = {},
  world = makeWorld(t),
): Promise<Freezing> => {
  const real = createLinuxHost();
  const host: Host = { ...real, ...options.host?.(real) };
  const events: DeadmanEvent[] = [];
  const warnings: string[] = [];
  const factor = options.factor ?? 1;
  const link = startDeadmanLink({
    runDirectory: world.runDirectory,
    instance,
    bootId: host.facts.bootId,
    clock: host.clock,
    onEvent: (event) => events.push(event),
    times: {
      ...deadmanLinkTimes,
      reconnectMs: 20,
      lostMs: deadmanLinkTimes.lostMs * factor,
      unheardMs: deadmanLinkTimes.unheardMs * factor,
    },
  });
  const freezer = createFreezer({
    host,
    runDirectory: world.runDirectory,
    instance,
    link,
    log: { warn: (text) => warnings.push(text), notice: () => {} },
    times: { spacingMs: 10, withinMs: 100 },
    readStarts: startsReader('linux'),
    ...options.freezer,
  });
  let beats = 0;
  const beating = setInterval(() => {
    beats += 1;
    link.beat(beats);
  }, 500);
  t.after(async () => {
    clearInterval(beating);
    link.close();
    await real.close();
  });
  await freezer.startUp();

  const idOf = (pid: number): ProcessId => {
    const id = host.identify(pid);
    assert.ok('start' in id, `pid ${pid}`);
    return id;
  };
  const targetOf = (pid: number): Target => ({
    id: idOf(pid),
    name: 'sleep',
    command: 'sleep',
    uid: 0,
    footprintBytes: 2 ** 20,
  });
  const targets: Freezing['targets'] = (first = 0, ...others) => [targetOf(first), ...others.map(targetOf)];
  return {
    world,
    freezer,
    host,
    events,
    warnings,
    idOf,
    targets,
    freeze: (plan, ...pids) =>
      freezer.freeze({ plan, targets: targets(...pids), reason: 'a test', deadlineMs: host.clock.nowMs() + 600_000 }),
    thawed: () => events.flatMap((event) => (event.type === 'thawed' ? [event.id.pid] : [])),
    linkState: link.state,
    untilPresent: () => until('the deadman greets', () => link.state() === 'present'),
  };
};
