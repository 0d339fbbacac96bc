import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import {
  type ArbiterStep,
  answerArbiter,
  bandStatus,
  initialArbiter,
  stepArbiter,
  wantedTargets,
} from '../../helper/arbiter/arbiter.ts';
import { defaultConfig } from '../../helper/config/config.ts';
import { createLinuxHost } from '../../helper/host/linux/host.ts';
import type { Host } from '../../helper/host/port.ts';
import { seatOf } from '../fakes/arbiter-world.ts';

const skip = process.platform === 'linux' ? false : 'oom_score_adj is of Linux';

/** Real processes, the real /proc; only the clock is the test's. */
const openMachine = () => {
  const host = createLinuxHost();
  const children: { readonly child: ChildProcess; readonly pid: number; readonly seat: string | null }[] = [];
  const config = {
    ...defaultConfig,
    seats: [
      seatOf({ name: 'cilghal', class: 'protected', band: 'CRITICAL' }),
      seatOf({ name: 'codestral', band: 'IDLE' }),
    ],
    bands: [{ name: 'vm', pattern: 'sleep 601$', band: 'HOME' as const }],
  };
  let state = initialArbiter;
  let nowMs = 0;
  const isOf = (pid: number) => children.find((each) => each.pid === pid);
  const adjOf = async (pid: number): Promise<number> => Number(await readFile(`/proc/${pid}/oom_score_adj`, 'utf8'));
  return {
    host,
    adjOf,
    state: () => state,
    start: (seconds: number, seat: string | null): number => {
      const child = spawn('/bin/sleep', [String(seconds)], { stdio: 'ignore' });
      assert.ok(child.pid !== undefined);
      children.push({ child, pid: child.pid, seat });
      return child.pid;
    },
    end: async (pid: number): Promise<void> => {
      const found = isOf(pid);
      if (found === undefined || found.child.exitCode !== null || found.child.signalCode !== null) return;
      const ended = once(found.child, 'exit');
      found.child.kill('SIGKILL');
      await ended;
    },
    slot: (keeper: number | null, act: Pick<Host, 'setBand'> = host): ArbiterStep => {
      nowMs += 2_000;
      const signs = {
        bands: wantedTargets(state, nowMs).map((id) => ({ id, found: host.readBand(id) })),
        gpuLimit: host.gpuLimit(),
      };
      const processes = host.readProcesses().processes.flatMap((process) => {
        const found = isOf(process.id.pid);
        return found === undefined ? [] : [{ process, seat: found.seat }];
      });
      const own = keeper === null ? [] : [{ role: 'keeper' as const, pid: keeper }];
      const step = stepArbiter(state, { nowMs, config, processes, own, signs, mayAct: true });
      state = step.state;
      for (const wish of step.wishes) {
        if (wish.kind !== 'band') continue;
        const result = act.setBand(wish.target, wish.band);
        const outcome = result.ok && result.band === wish.band ? 'ok' : 'failed';
        state = answerArbiter(state, wish, { outcome, detail: result.ok ? '' : result.detail, nowMs });
      }
      return step;
    },
    close: async (): Promise<void> => {
      for (const { child } of children) {
        if (child.exitCode !== null || child.signalCode !== null) continue;
        const ended = once(child, 'exit');
        child.kill('SIGKILL');
        await ended;
      }
      await host.close();
    },
  };
};

const withMachine = async (body: (machine: ReturnType<typeof openMachine>) => Promise<void>): Promise<void> => {
  const machine = openMachine();
  try {
    await body(machine);
  } finally {
    await machine.close();
  }
};

describe('bands of real processes', { skip, concurrency: 4 }, () => {
  test('are in the order of the configuration, the stranger keeps its own, and all stay when Castellan is gone', () =>
    withMachine(async (machine) => {
      const keeper = machine.start(600, null);
      const cilghal = machine.start(602, 'cilghal');
      const codestral = machine.start(603, 'codestral');
      const vm = machine.start(601, null);
      const stranger = machine.start(604, null);
      const strangersOwn = await machine.adjOf(stranger);
      machine.slot(keeper);
      const set = machine.slot(keeper);
      const first = set.wishes[0];
      if (first !== undefined && set.wishes.length === 4) assert.ok(first.kind === 'band' && first.name === 'keeper');
      assert.deepEqual(machine.slot(keeper).wishes, []);
      const adjusted = async () => Promise.all([keeper, cilghal, vm, codestral, stranger].map(machine.adjOf));
      const before = await adjusted();
      const [own = 0, critical = 0, home = 0, idle = 0, other] = before;
      assert.ok(own === critical && critical < home && home < idle, before.join());
      assert.equal(idle, 900);
      assert.equal(other, strangersOwn);
      for (const [kind, name] of [
        ['own', 'keeper'],
        ['seat', 'cilghal'],
        ['seat', 'codestral'],
        ['rule', 'vm'],
      ] as const)
        assert.equal(bandStatus(machine.state(), kind, name)?.state, 'held', name);
      await machine.host.close();
      assert.deepEqual(await adjusted(), before);
    }));

  test('are set again in the slot that sees them changed, and at once for a process that takes another’s place', () =>
    withMachine(async (machine) => {
      const first = machine.start(600, 'codestral');
      machine.slot(null);
      machine.slot(null);
      await writeFile(`/proc/${first}/oom_score_adj`, '950');
      machine.slot(null);
      assert.equal(await machine.adjOf(first), 900);
      assert.equal(machine.state().drifts, 1);
      await machine.end(first);
      const second = machine.start(600, 'codestral');
      const step = machine.slot(null);
      assert.deepEqual(
        step.wishes.map((wish) => wish.kind === 'band' && wish.target.pid),
        [second],
      );
      assert.equal(await machine.adjOf(second), 900);
      assert.deepEqual(step.alerts, []);
    }));

  test('that somebody else insists on are left to them after the third time', () =>
    withMachine(async (machine) => {
      const pid = machine.start(600, 'codestral');
      machine.slot(null);
      machine.slot(null);
      const alerts: string[] = [];
      for (let times = 0; times < 6; times++) {
        await writeFile(`/proc/${pid}/oom_score_adj`, '950');
        alerts.push(...machine.slot(null).alerts.map(({ alert, subject }) => `${alert} ${subject}`));
      }
      assert.equal(await machine.adjOf(pid), 950);
      assert.deepEqual(alerts, ['band_contested codestral']);
      assert.equal(bandStatus(machine.state(), 'seat', 'codestral')?.state, 'contested');
    }));

  test('that the kernel refuses are told once, with its reason', () =>
    withMachine(async (machine) => {
      machine.start(600, 'codestral');
      const refusing: Pick<Host, 'setBand'> = {
        setBand: ({ pid }) => ({
          ok: false,
          problem: 'refused',
          detail: `the band of pid ${pid} may not be set (EACCES)`,
        }),
      };
      const alerts = Array.from({ length: 5 }, () => machine.slot(null, refusing)).flatMap((step) => step.alerts);
      assert.deepEqual(
        alerts.map(({ alert, subject }) => `${alert} ${subject}`),
        ['band_refused codestral'],
      );
      assert.match(
        alerts[0]?.detail ?? '',
        /^IDLE for codestral \(pid \d+\): the band of pid \d+ may not be set \(EACCES\)$/,
      );
    }));
});
