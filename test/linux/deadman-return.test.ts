import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { readBoot } from '../../helper/deadman/boot.ts';
import { startDeadman } from '../../helper/deadman/deadman.ts';
import { machineOptions } from '../../helper/deadman/role.ts';
import { type DeadmanTimes, deadmanTimes } from '../../helper/deadman/times.ts';
import {
  encodeLine,
  type FromDeadman,
  lineReader,
  parseFromDeadman,
  type ToDeadman,
} from '../../helper/deadman/wire.ts';
import { isStopped, leaveTombstone, makeWorld, until, type World } from '../fakes/deadman-world.ts';

/** A keeper that was taken for dead and is not. */

const skip = process.platform === 'linux' ? false : 'looks into /proc';

/** It hangs after two looks, and the next look is far away: what a keeper is answered in between is told by its words alone. */
const times: DeadmanTimes = {
  ...deadmanTimes,
  pollMs: 1_500,
  alertMs: 1_000,
  resumeMs: 1_400,
  graceMs: 0,
  restartEveryMs: 600_000,
};

interface Running {
  readonly world: World;
  readonly restarts: () => number;
  readonly said: readonly string[];
}

const running = async (t: TestContext, change: Partial<DeadmanTimes> = {}): Promise<Running> => {
  const world = makeWorld(t);
  const { runDirectory } = world;
  let restarts = 0;
  const said: string[] = [];
  const started = await startDeadman({
    ...(await machineOptions({ runDirectory, statePath: runDirectory, times: { ...times, ...change } })),
    alert: () => {},
    log: (text) => said.push(text),
    restartKeeper: async () => {
      restarts += 1;
      return 'restarted';
    },
  });
  assert.ok(started.ok);
  t.after(() => started.deadman.close());
  return { world, restarts: () => restarts, said };
};

interface Caller {
  readonly socket: Socket;
  readonly say: (message: ToDeadman) => void;
  /** Resolves to the answer. */
  readonly watch: (pid: number) => Promise<FromDeadman['type']>;
}

const instance = 'an-instance';

const call = async (t: TestContext, { places }: World): Promise<Caller> => {
  const socket = connect(places.socket);
  t.after(() => socket.destroy());
  const heard: FromDeadman[] = [];
  const read = lineReader((line) => {
    const message = parseFromDeadman(line);
    if (message !== null) heard.push(message);
    return message !== null;
  });
  socket.on('data', (chunk: Buffer) => void read(chunk));
  await once(socket, 'data');
  const say = (message: ToDeadman): void => void socket.write(encodeLine(message));
  const boot = (await readBoot('linux')) ?? '';
  // Nobody that anybody would kill: the restart is the test's.
  say({ type: 'hello', instance, pid: process.pid, started: null, boot });
  await until('the greeting', () => heard.some(({ type }) => type === 'greeting'));
  let requests = 0;
  return {
    socket,
    say,
    watch: async (pid) => {
      requests += 1;
      const request = requests;
      const find = () => heard.find((each) => 'request' in each && each.request === request);
      say({ type: 'watch', request, tombstone: String(pid) });
      await until('an answer', () => find() !== undefined);
      return find()?.type ?? 'deadman';
    },
  };
};

describe('a keeper that comes back after it was taken for dead', { skip }, () => {
  test('with a new connection: what it is told to be ready for is acknowledged at once', async (t) => {
    const { world, restarts } = await running(t);
    const first = await call(t, world);
    await until('it hangs', () => restarts() > 0);
    first.socket.destroy();
    const second = await call(t, world);
    const [pid = 0] = await world.victims(1);
    await leaveTombstone(world, pid, { instance });
    assert.equal(await second.watch(pid), 'watched');
  });

  test('on the same connection: its first word counts', async (t) => {
    const { world, restarts } = await running(t);
    const keeper = await call(t, world);
    await until('it hangs', () => restarts() > 0);
    const [pid = 0] = await world.victims(1);
    await leaveTombstone(world, pid, { instance });
    keeper.say({ type: 'beat', sequence: 1 });
    assert.equal(await keeper.watch(pid), 'watched');
  });

  test('what it froze before is resumed all the same, and it is not killed when it beats meanwhile', async (t) => {
    const { world, restarts, said } = await running(t, { spacingMs: 1_000 });
    const keeper = await call(t, world);
    const pids = await world.victims(2);
    for (const [index, pid] of pids.entries()) {
      process.kill(pid, 'SIGSTOP');
      await until('it stops', () => isStopped(pid));
      await leaveTombstone(world, pid, { instance, freeze: index });
    }
    await until('the first is resumed', () => !pids.every(isStopped));
    assert.ok(pids.some(isStopped));
    keeper.say({ type: 'beat', sequence: 1 });
    await until('the second is resumed', () => !pids.some(isStopped));
    await until('it is said', () => said.some((text) => text.includes('advances again')));
    assert.equal(restarts(), 0);
    // That was no restart: when it hangs again it gets one.
    await until('it hangs again', () => restarts() > 0);
  });

  test('nor when its file is replaced meanwhile', async (t) => {
    const { world, restarts, said } = await running(t, { spacingMs: 1_000 });
    await call(t, world);
    const pids = await world.victims(2);
    for (const [index, pid] of pids.entries()) {
      process.kill(pid, 'SIGSTOP');
      await until('it stops', () => isStopped(pid));
      await leaveTombstone(world, pid, { instance, freeze: index });
    }
    await until('the first is resumed', () => !pids.every(isStopped));
    writeFileSync(world.places.heartbeat, 'beat');
    await until('the second is resumed', () => !pids.some(isStopped));
    await until('it is said', () => said.some((text) => text.includes('advances again')));
    assert.equal(restarts(), 0);
  });
});
