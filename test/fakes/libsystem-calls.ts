import assert from 'node:assert/strict';
import { bindNative, type NativeMemory } from '../../helper/host/darwin/native.ts';
import { createSimHost } from '../../helper/host/sim/host.ts';
import { still } from '../unit/sim-tools.ts';
import { createStandIn } from './libsystem.ts';

/**
 * What the stand-in libSystem answers is what the macOS host is believed on, so it is held to what is documented of macOS:
 * counts of bytes, errors, and what changes under a caller.
 */
export const openCalls = () => {
  const sim = createSimHost({ scenario: still() });
  const stand = createStandIn(sim);
  const native = bindNative(stand);
  const spawn = (more: object = {}): number =>
    sim.world.spawn({ name: 'child', command: '/opt/child --hold', uid: 501, footprintBytes: 2 ** 26, ...more }).pid;
  /** The call must return that, and leave that errno. */
  const refuses = (answer: number | bigint, result: number, errno: number): void => {
    assert.deepEqual([Number(answer), native.errno()], [result, errno]);
  };
  return { sim, stand, native, call: native.call, spawn, refuses };
};

export const at = (memory: NativeMemory, field: readonly [number, number]): number =>
  memory.view.getInt32(field[0], true);
