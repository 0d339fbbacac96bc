import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import type { BandResult, MachineFacts } from '../../helper/host/port.ts';
import type { ProcessReading, SensorFact } from '../../helper/host/reading.ts';
import { end, startTalker } from './world.ts';

const nobody = 65_534;

const skip =
  process.platform !== 'linux' ? 'reads /proc' : process.geteuid?.() !== 0 ? 'becoming another user needs root' : false;

interface Seen {
  readonly facts: MachineFacts;
  readonly table: readonly SensorFact[];
  readonly target: ProcessReading;
  readonly stop: { readonly ok: boolean; readonly problem?: string };
  readonly band: BandResult;
  readonly own: BandResult;
  readonly ownAgain: BandResult;
}

/** What a host of an account without rights sees of a process of root's. */
const asNobody = async (pid: number): Promise<Seen> => {
  const host = new URL('../../helper/host/linux/host.ts', import.meta.url).href;
  const script = `
    const { createLinuxHost } = await import(${JSON.stringify(host)});
    const host = createLinuxHost();
    const table = host.readProcesses();
    const target = table.processes.find((p) => p.id.pid === ${pid});
    const me = host.identify(process.pid);
    const seen = {
      facts: host.facts, table: table.facts, target,
      stop: host.stop({ id: target.id, tombstone: 'test' }), band: host.setBand(target.id, 'IDLE'),
      own: host.setBand(me, 'HOME'), ownAgain: host.setBand(me, 'CRITICAL'),
    };
    await host.close();
    process.stdout.write(JSON.stringify(seen));`;
  const child = spawn(process.execPath, ['--no-warnings', '--input-type=module', '-e', script], {
    uid: nobody,
    gid: nobody,
    cwd: '/',
    env: { PATH: '/usr/bin:/bin' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
  });
  const [code] = await once(child, 'close');
  assert.equal(code, 0);
  return JSON.parse(text) as Seen;
};

describe('an account without rights', () => {
  test('measures everybody, touches nobody, and says so once', { skip }, async () => {
    const children = new Set<ChildProcess>();
    try {
      const { pid } = await startTalker(children, 'victim.ts', [String(64 * 2 ** 20)]);
      const seen = await asNobody(pid);
      assert.ok(seen.target.footprintBytes >= 56 * 2 ** 20);
      assert.deepEqual({ ok: seen.stop.ok, problem: seen.stop.problem }, { ok: false, problem: 'refused' });
      assert.ok(!seen.band.ok && seen.band.problem === 'refused', JSON.stringify(seen.band));
      assert.ok(!seen.band.ok && seen.band.detail.includes('may not'));
      const refusals = seen.table.filter((fact) => fact.problem === 'refused');
      assert.equal(refusals.length, 1, 'one fact with a count');
      assert.match(refusals[0]?.detail ?? '', /open files of \d+ processes/);
      assert.ok(seen.facts.missing.some((s) => s.startsWith('Not root')));
      assert.ok(seen.facts.missing.some((s) => s.startsWith('No CAP_SYS_RESOURCE')));
      // Its own it may make easier to kill, and as protected again as it was by default.
      assert.ok(seen.own.ok && seen.own.raw === 300 && seen.own.band === 'HOME', JSON.stringify(seen.own));
      assert.ok(seen.ownAgain.ok && seen.ownAgain.raw === 0, JSON.stringify(seen.ownAgain));
    } finally {
      await Promise.all([...children].map(end));
    }
  });
});
