import assert from 'node:assert/strict';
import { createDarwinHost } from '../../helper/host/darwin/host.ts';
import type { NativeOptions } from '../../helper/host/darwin/native.ts';
import type { Host } from '../../helper/host/port.ts';
import type { ProcessId } from '../../helper/host/reading.ts';
import { createSimHost, type SimHost } from '../../helper/host/sim/host.ts';
import { createStandIn, type StandIn } from '../fakes/libsystem.ts';
import { texts } from '../fakes/libsystem-header.ts';

/** A macOS host on the stand-in libSystem, with what happens between two calls in the hands of the test. */

export type CallHook = (name: string, args: readonly unknown[]) => void;

export interface NativeMac {
  readonly sim: SimHost;
  readonly stand: StandIn;
  /** Told of every call before it is made. */
  hook: CallHook;
  open(): Host;
  spawn(more?: object, pid?: number): number;
  /** Puts other bytes into the library's table for a process than the simulation would. */
  setText(pid: number, which: (typeof texts)[number], bytes: Uint8Array): void;
}

const hookedOptions = (stand: StandIn, mac: { readonly hook: CallHook }): NativeOptions => ({
  load: (path) => {
    const library = stand.load?.(path);
    assert.ok(library !== undefined);
    return {
      func: (name, result, args) => {
        const call = library.func(name, result, args);
        const hooked = (...given: readonly (number | string)[]): number | bigint => {
          mac.hook(name, given);
          return call(...given);
        };
        const later = (...given: readonly unknown[]): void => {
          mac.hook(name, given);
          call.async(...given);
        };
        return Object.assign(hooked, { async: later });
      },
    };
  },
  ...(stand.errno === undefined ? {} : { errno: stand.errno }),
});

export const createNativeMac = (): NativeMac => {
  const sim = createSimHost();
  const stand = createStandIn(sim);
  const mac: NativeMac = {
    sim,
    stand,
    hook: () => {},
    open: () =>
      createDarwinHost({
        ...hookedOptions(stand, mac),
        uid: 0,
        runLaunchctl: (_args, done) => done('PID\tStatus\tLabel\n', 0),
      }),
    spawn: (more = {}, pid) =>
      sim.world.spawn({ name: 'hog', command: '/opt/hog', uid: 501, footprintBytes: 2 ** 26, ...more }, pid).pid,
    setText: (pid, which, bytes) => {
      stand.push();
      const set = stand.library.func('standin_text', 'bool', ['int32_t', 'int', 'void *', 'int64_t']);
      assert.equal(set(pid, texts.indexOf(which), Buffer.from(bytes), bytes.length), true);
    },
  };
  return mac;
};

export const idOf = (host: Host, pid: number): ProcessId => {
  const id = host.identify(pid);
  assert.ok('start' in id);
  return id;
};
