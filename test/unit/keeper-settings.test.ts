import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { BandResult, GpuLimitResult } from '../../helper/host/port.ts';
import type { AuditFacts } from '../../helper/journal/audit.ts';
import { createSettings } from '../../helper/keeper/acting/settings.ts';

/** What is set in the kernel, and what is believed of it afterwards. */

const target = { pid: 7, start: 's' };

const settings = (band: BandResult, gpu: GpuLimitResult = { ok: true, bytes: 0 }) => {
  const rows: AuditFacts[] = [];
  const set = createSettings({
    host: {
      setBand: () => band,
      setGpuLimit: () => gpu,
      probe: ({ label }) => Promise.resolve({ ok: label === 'com.x.up', detail: 'exit 1' }),
    },
    audit: (row) => rows.push(row) > 0,
  });
  return { set, rows };
};

const bandEffect = { id: 1, kind: 'band', target, name: 'Cilghal', band: 'CRITICAL' } as const;

describe('a band', () => {
  test('that reads back as wanted is set, and written down', async () => {
    const { set, rows } = settings({ ok: true, band: 'CRITICAL', raw: 190 });
    assert.equal((await set(bandEffect)).outcome, 'ok');
    assert.deepEqual(rows, [
      { kind: 'setting', what: 'band', target: 'Cilghal (pid 7)', to: 'CRITICAL', outcome: 'ok', detail: '' },
    ]);
  });

  test('that reads back as another is not', async () => {
    const { set } = settings({ ok: true, band: 'IDLE', raw: 0 });
    assert.deepEqual(await set(bandEffect), { outcome: 'failed', detail: 'it reads back as IDLE' });
    const unnamed = settings({ ok: true, band: null, raw: 33 });
    assert.deepEqual(await unnamed.set(bandEffect), { outcome: 'failed', detail: 'it reads back as 33' });
  });

  test('of who is gone was not set, and nobody is to blame', async () => {
    for (const problem of ['vanished', 'reused'] as const)
      assert.equal((await settings({ ok: false, problem, detail: '' }).set(bandEffect)).outcome, 'withdrawn');
    const refused = settings({ ok: false, problem: 'refused', detail: 'EPERM' });
    assert.deepEqual(await refused.set(bandEffect), { outcome: 'failed', detail: 'EPERM' });
  });
});

describe('the limit of the GPU', () => {
  test('is set or refused, and written down either way', async () => {
    const band: BandResult = { ok: true, band: null, raw: 0 };
    const effect = { id: 2, kind: 'gpu_limit', bytes: 48 * 2 ** 30 } as const;
    assert.equal((await settings(band).set(effect)).outcome, 'ok');
    const { set, rows } = settings(band, { ok: false, problem: 'refused', detail: 'not root' });
    assert.deepEqual(await set(effect), { outcome: 'failed', detail: 'refused: not root' });
    assert.equal(rows.length, 1);
  });
});

describe('a readiness program', () => {
  test('says yes or no, and leaves no row', async () => {
    const { set, rows } = settings({ ok: true, band: null, raw: 0 });
    const probe = (label: string) =>
      set({ id: 3, kind: 'probe', seat: 'A', run: 0, spec: { label, argv: ['/bin/true'], user: null, timeoutMs: 5 } });
    assert.equal((await probe('com.x.up')).outcome, 'ok');
    assert.deepEqual(await probe('com.x.down'), { outcome: 'failed', detail: 'exit 1' });
    assert.deepEqual(rows, []);
  });
});
