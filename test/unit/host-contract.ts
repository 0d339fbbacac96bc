import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { permitStop } from '../../helper/host/permits.ts';
import type { Host, ProbeSpec } from '../../helper/host/port.ts';
import type { ProcessId } from '../../helper/host/reading.ts';
import { actsContract } from './host-contract-acts.ts';
import {
  assertBytes,
  assertFact,
  assertReading,
  isFact,
  MB,
  mustIdentify,
  mustRead,
  problemOf,
  stranger,
  until,
} from './host-contract-checks.ts';
import { seatsContract } from './host-contract-seats.ts';
import { servicesContract } from './host-contract-services.ts';

/**
 * What every host must do, whatever machine is under it. A host's own test file calls `hostContract(name, makeWorld)`;
 * each test gets a fresh world and closes it. What a world cannot do it leaves out, with the reason in `lacks`: the
 * test is then skipped with that reason.
 */

/** What some machines cannot provide. */
export type WorldGift =
  | 'resize'
  | 'reuse'
  | 'peer'
  | 'pressure'
  | 'listener'
  | 'onCall'
  | 'service'
  | 'traffic'
  | 'probes'
  | 'mortalExecutable'
  | 'brokenService';

/** A machine to try a host on, with the means to change what the host must see. */
export interface HostWorld {
  readonly host: Host;
  /** Starts a process that holds about `footprintBytes` (at least 32 MiB) and returns its pid when it does. */
  spawn(footprintBytes: number): Promise<number>;
  /** Ends a process and returns when its pid is no longer in the table (reaped). */
  kill(pid: number): Promise<void>;
  /** Lets that many milliseconds pass and delivers what fell due: a real host waits, a virtual clock steps. */
  advance(ms: number): Promise<void>;
  /** Makes a process hold about that much in place of what it holds; returns when it does. */
  resize?(pid: number, footprintBytes: number): Promise<void>;
  /** Starts a new process under a pid that has just been freed by `kill`. False: somebody else has it now. */
  reuse?(pid: number): Promise<boolean>;
  /** An accepted unix socket's descriptor and who is at its other end. */
  peer?(): Promise<{ readonly fd: number; readonly pid: number; readonly uid: number }>;
  /** Makes the kernel (or the simulated one) report pressure; returns when it must have been delivered. */
  pressure?(): Promise<void>;
  /** Starts a process that listens on one TCP address, which is told as an inspection writes it. */
  listener?(): Promise<{ readonly pid: number; readonly address: string }>;
  /** Label of a loaded service that is kept running, and that ends within seconds of TERM. */
  service?(): Promise<string>;
  /** Label of a loaded service that does not run, because its property list does not start it when it is loaded. */
  onCall?(): Promise<string>;
  /** Some connections to one loopback port: `move` moves bytes over one of them, `end` closes them all. */
  traffic?(): Promise<{
    readonly port: number;
    readonly connections: number;
    move(): Promise<void>;
    end(): Promise<void>;
  }>;
  /** Readiness commands by what they answer; the one that hangs has less than 5 s. */
  probes?(): Promise<{ readonly yes: ProbeSpec; readonly no: ProbeSpec; readonly hangs: ProbeSpec }>;
  /** Starts a process of a program that can be deleted. */
  mortalExecutable?(): Promise<{ readonly pid: number; remove(): Promise<void> }>;
  /** A loaded service that ends with this code by itself and is not running then, and one that runs. */
  brokenService?(): Promise<{ readonly label: string; readonly exit: number; readonly running: string }>;
  /** Why a gift is left out. */
  readonly lacks?: Readonly<Partial<Record<WorldGift, string>>>;
  /** Ends all processes of this world and closes the host. Safe to call twice. */
  close(): Promise<void>;
}

/** Registers one test that gets a fresh world and closes it, whatever happens. */
export type InWorld = (title: string, body: (world: HostWorld, host: Host, t: TestContext) => Promise<void>) => void;

export const hostContract = (name: string, makeWorld: () => Promise<HostWorld>): void => {
  const inWorld: InWorld = (title, body) => {
    test(title, async (t) => {
      const world = await makeWorld();
      try {
        await body(world, world.host, t);
      } finally {
        await world.close();
      }
    });
  };

  describe(`host contract: ${name}`, () => {
    inWorld('the facts of the machine are plausible and do not change', async (_world, host) => {
      const { facts } = host;
      assert.ok(facts.totalBytes >= 256 * MB && facts.totalBytes <= 2 ** 50, `${facts.totalBytes}`);
      assert.ok([4096, 16384, 65536].includes(facts.pageBytes), `${facts.pageBytes}`);
      assert.notEqual(facts.bootId, '');
      assert.notEqual(facts.os, '');
      for (const sentence of facts.missing) assert.match(sentence, /\.$/);
      assert.equal(host.facts.bootId, facts.bootId);
    });

    inWorld('a machine reading is plausible and its parts do not exceed the whole', async (_world, host) => {
      for (const depth of ['slot', 'fast'] as const) {
        const before = host.clock.nowMs();
        const r = host.readMachine(depth);
        assert.ok(r.atMs >= before && r.atMs <= host.clock.nowMs());
        assert.equal(r.totalBytes, host.facts.totalBytes);
        for (const fact of r.facts) assertFact(fact);
        const parts = {
          free: r.freeBytes,
          cached: r.cachedBytes,
          app: r.appBytes,
          wired: r.wiredBytes,
          compressor: r.compressorBytes,
        };
        for (const [part, value] of Object.entries(parts)) assertBytes(part, value, r.totalBytes);
        const sum = Object.values(parts).reduce((a, b) => a + b, 0);
        assert.ok(sum <= r.totalBytes * 1.05, `parts sum to ${sum} of ${r.totalBytes}`);
        if (r.availableBytes === null) assert.ok(r.facts.some((f) => f.sensor === 'memory'));
        else assertBytes('available', r.availableBytes, r.totalBytes);
        if (r.swap !== null) assert.ok(r.swap.usedBytes >= 0 && r.swap.usedBytes <= r.swap.totalBytes);
        else if (depth === 'slot') assert.ok(r.facts.some((f) => f.sensor === 'swap'));
      }
    });

    inWorld('the kernel level is 1, 2 or 4, or its failure is a fact; a fast reading claims none', async (_w, host) => {
      const slot = host.readMachine('slot');
      if (slot.kernelLevel === null) assert.ok(slot.facts.some((f) => f.sensor === 'kernel_level'));
      else assert.ok([1, 2, 4].includes(slot.kernelLevel), `${slot.kernelLevel}`);
      const fast = host.readMachine('fast');
      assert.equal(fast.kernelLevel, null);
      assert.ok(!fast.facts.some((f) => f.sensor === 'kernel_level'));
    });

    inWorld('the table lists a process once, with sane figures', async (world, host) => {
      const pid = await world.spawn(64 * MB);
      const table = host.readProcesses();
      const seen = new Set<number>();
      for (const p of table.processes) {
        assert.ok(!seen.has(p.id.pid), `pid ${p.id.pid} twice`);
        seen.add(p.id.pid);
        assertReading(p, host.facts.totalBytes);
      }
      for (const fact of table.facts) assertFact(fact);
      const mine = table.processes.find((p) => p.id.pid === pid);
      assert.ok(mine !== undefined, 'the process is in the table');
      assert.deepEqual(mine.id, host.identify(pid));
      assert.ok(mine.footprintBytes >= 60 * MB && mine.footprintBytes <= 192 * MB, `${mine.footprintBytes}`);
    });

    inWorld('the larger footprint ranks first', async (world, host) => {
      const small = await world.spawn(64 * MB);
      const large = await world.spawn(160 * MB);
      const ranked = host
        .readProcesses()
        .processes.filter((p) => p.id.pid === small || p.id.pid === large)
        .toSorted((a, b) => b.footprintBytes - a.footprintBytes);
      assert.deepEqual(
        ranked.map((p) => p.id.pid),
        [large, small],
      );
    });

    inWorld('a changed footprint is seen by the next look, in both directions', async (world, host, t) => {
      if (world.resize === undefined) return t.skip(world.lacks?.resize ?? 'this world cannot resize a process');
      const pid = await world.spawn(64 * MB);
      const id = mustIdentify(host, pid);
      host.readProcesses();
      await world.resize(pid, 200 * MB);
      const grown = mustRead(host, id);
      assert.ok(grown.footprintBytes >= 190 * MB, `grown to ${grown.footprintBytes}`);
      await world.resize(pid, 64 * MB);
      const shrunk = host.readProcesses().processes.find((p) => p.id.pid === pid);
      assert.ok(shrunk !== undefined && shrunk.footprintBytes < 160 * MB, `shrunk to ${shrunk?.footprintBytes}`);
      assert.ok(shrunk.peakFootprintBytes >= 190 * MB, `peak ${shrunk.peakFootprintBytes}`);
    });

    inWorld('chosen processes come in the order asked; the gone and the reused are facts', async (world, host) => {
      const a = mustIdentify(host, await world.spawn(48 * MB));
      const b = mustIdentify(host, await world.spawn(48 * MB));
      const gone = mustIdentify(host, await world.spawn(48 * MB));
      await world.kill(gone.pid);
      const answers = host.readChosen([b, gone, stranger(a), a]);
      assert.equal(answers.length, 4);
      const [first, second, third, fourth] = answers;
      assert.ok(first !== undefined && !isFact(first));
      assert.deepEqual(first.id, b);
      for (const fact of [second, third]) {
        assert.ok(fact !== undefined && isFact(fact));
        assert.equal(fact.problem, 'vanished');
        assertFact(fact);
      }
      assert.ok(fourth !== undefined && !isFact(fourth));
      assert.deepEqual(fourth.id, a);
      assert.deepEqual(host.readChosen([]), []);
    });

    inWorld('a vanished pid is a fact for every question', async (world, host) => {
      const id = mustIdentify(host, await world.spawn(48 * MB));
      await world.kill(id.pid);
      const fact = host.identify(id.pid);
      assert.ok(isFact(fact));
      assert.equal(fact.problem, 'vanished');
      assert.equal(fact.pid, id.pid);
      assertFact(fact);
      assert.ok(!host.readProcesses().processes.some((p) => p.id.pid === id.pid && p.id.start === id.start));
      assert.equal(problemOf(host.signal(id, 'SIGCONT')), 'vanished');
      const read = host.readBand(id);
      assert.ok(!read.ok && ['vanished', 'unsupported'].includes(read.problem));
      const set = host.setBand(id, 'IDLE');
      assert.ok(!set.ok && ['vanished', 'unsupported'].includes(set.problem));
    });

    inWorld('a pid that was reused has another identity', async (world, host, t) => {
      if (world.reuse === undefined) return t.skip(world.lacks?.reuse ?? 'this world cannot reuse a pid');
      let old: ProcessId;
      do {
        const spawned = await world.spawn(48 * MB);
        host.readProcesses();
        old = mustIdentify(host, spawned);
        await world.kill(old.pid);
      } while (!(await world.reuse(old.pid)));
      const { pid } = old;
      const now = mustIdentify(host, pid);
      assert.notEqual(now.start, old.start);
      assert.equal(problemOf(host.stop(permitStop(old, 'test'))), 'reused');
      const listed = host.readProcesses().processes.filter((p) => p.id.pid === pid);
      assert.deepEqual(
        listed.map((p) => p.id),
        [now],
      );
      assert.notEqual(mustRead(host, now).state, 'stopped');
    });

    actsContract(inWorld);
    servicesContract(inWorld);
    seatsContract(inWorld);

    inWorld('services are a map from label to pid, or not known, which is a fact', async (world, host) => {
      const why = () => host.readMachine('slot').facts.find(({ sensor }) => sensor === 'services');
      await until(world, 'known, or told why not', () => host.services.pids() !== null || why() !== undefined);
      const pids = host.services.pids();
      for (const [label, pid] of pids ?? []) {
        assert.notEqual(label, '');
        assert.ok(pid === null || (Number.isInteger(pid) && pid > 0));
      }
      const fact = why();
      if (pids !== null) return assert.equal(fact, undefined);
      assert.equal(fact?.problem, 'unavailable');
      assertFact(fact);
    });

    inWorld('the clock never runs back; `at` calls once and not when cancelled', async (world, host) => {
      const start = host.clock.nowMs();
      let last = start;
      for (let i = 0; i < 1000; i += 1) {
        const now = host.clock.nowMs();
        assert.ok(now >= last);
        last = now;
      }
      let calls = 0;
      let cancelled = 0;
      let calledAt = 0;
      host.clock.at(start + 100, () => {
        calls += 1;
        calledAt = host.clock.nowMs();
      });
      const cancel = host.clock.at(start + 100, () => {
        cancelled += 1;
      });
      cancel();
      cancel();
      let past = 0;
      host.clock.at(start - 1000, () => {
        past += 1;
      });
      await until(world, 'called', () => calls === 1 && past === 1);
      await world.advance(300);
      assert.deepEqual({ calls, cancelled, past }, { calls: 1, cancelled: 0, past: 1 });
      assert.ok(calledAt >= start + 100, `${calledAt} is before ${start + 100}`);
      assert.ok(host.clock.wallMs() > Date.UTC(2020, 0, 1));
    });

    inWorld('pressure reaches a listener until it unsubscribes', async (world, host, t) => {
      let heard = 0;
      let other = 0;
      const stop = host.onPressure(() => {
        heard += 1;
      });
      const stopOther = host.onPressure(() => {
        other += 1;
      });
      stop();
      stop();
      if (world.pressure === undefined) {
        stopOther();
        return t.skip(world.lacks?.pressure ?? 'this world cannot make pressure');
      }
      await world.pressure();
      stopOther();
      const before = other;
      assert.ok(before >= 1, 'the listener was called');
      assert.equal(heard, 0, 'the one that had left was not');
      await world.pressure();
      assert.equal(other, before);
    });

    inWorld('the kernel says who the peer is; a descriptor that is no socket is an answer', async (world, host, t) => {
      for (const fd of [-1, 1_000_000]) {
        const none = host.peerOf(fd);
        assert.ok(!none.ok && none.detail !== '');
      }
      if (world.peer === undefined) return t.skip(world.lacks?.peer ?? 'this world has no sockets');
      const { fd, pid, uid } = await world.peer();
      const peer = host.peerOf(fd);
      assert.ok(peer.ok, peer.ok ? '' : peer.detail);
      assert.deepEqual({ pid: peer.pid, uid: peer.uid }, { pid, uid });
    });

    inWorld('closing twice is safe, and nothing is called afterwards', async (world, host) => {
      let called = 0;
      host.onPressure(() => {
        called += 1;
      });
      host.clock.at(host.clock.nowMs() + 20, () => {
        called += 1;
      });
      await host.close();
      await host.close();
      await world.advance(100);
      assert.equal(called, 0);
    });
  });
};
