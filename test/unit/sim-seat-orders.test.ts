import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createSimHost, type SimHost } from '../../helper/host/sim/host.ts';
import type { AuditFacts } from '../../helper/journal/audit.ts';
import { createSeatOrders } from '../../helper/keeper/acting/seat-orders.ts';
import { set, still } from './sim-tools.ts';

const label = 'com.sanctum.mlx-codestral';

interface Bench {
  readonly host: SimHost;
  /** Outcome of a start, with the machine's time going on meanwhile. */
  start(): Promise<string>;
  readonly rows: AuditFacts[];
  /** Verbs of the service manager, in order. */
  readonly asked: string[];
}

const open = (): Bench => {
  const host = createSimHost({ scenario: still() });
  const rows: AuditFacts[] = [];
  const asked: string[] = [];
  const { services } = host;
  const orders = createSeatOrders({
    host: {
      clock: host.clock,
      services: {
        ...services,
        bootstrap: (one) => {
          asked.push('bootstrap');
          return services.bootstrap(one);
        },
        bootout: (one) => {
          asked.push('bootout');
          return services.bootout(one);
        },
      },
    },
    freezer: { resumeWithin: async () => ({ outcome: 'ok', detail: '' }) },
    audit: (facts) => rows.push(facts) > 0,
  });
  const start = async (): Promise<string> => {
    let told: string | null = null;
    const done = orders
      .carryOut({ verb: 'start', seat: 'Codestral', label, why: 'a test', by: 'automatic', plan: 1 })
      .then(({ outcome, detail }) => {
        told = `${outcome}: ${detail}`;
      });
    for (let turn = 0; told === null && turn < 1_000; turn += 1) {
      host.advance(50);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await done;
    return told ?? 'never';
  };
  return { host, start, rows, asked };
};

const pidOf = (host: SimHost): number | null | undefined => {
  host.advance(200);
  return host.services.pids()?.get(label);
};

describe('an order to start a seat', () => {
  test('leaves one that runs as it is', async () => {
    const { host, start, asked } = open();
    const pid = pidOf(host);
    assert.match(await start(), /^ok: .* runs already$/);
    assert.equal(pidOf(host), pid);
    assert.deepEqual(asked, ['bootstrap']);
  });

  test('runs one that is not loaded', async () => {
    const { host, start, asked, rows } = open();
    await host.services.bootout(label);
    host.advance(5_000);
    assert.match(await start(), /^ok: .* told to start$/);
    assert.equal(typeof pidOf(host), 'number');
    assert.deepEqual(asked, ['bootstrap']);
    assert.deepEqual(
      rows.map(({ kind }) => kind),
      ['intent', 'result'],
    );
  });

  test('runs one that is listed and ended, without what is left of its last run', async () => {
    const { host, start, asked } = open();
    set(host, 'server', 'Codestral exits 78');
    await host.services.bootout(label);
    host.advance(5_000);
    await host.services.bootstrap(label);
    host.advance(2_000);
    assert.deepEqual([host.services.pids()?.get(label), host.services.lastExits().get(label)], [null, 78]);
    set(host, 'server', 'Codestral ok');
    assert.match(await start(), /^ok: /);
    assert.equal(host.services.lastExits().has(label), false);
    assert.equal(typeof pidOf(host), 'number');
    assert.deepEqual(asked, ['bootout', 'bootstrap']);
  });

  test('waits for one that is on its way out, and then runs it', async () => {
    const { host, start, asked } = open();
    const before = pidOf(host);
    set(host, 'drain', 'Codestral 2 s');
    await host.services.bootout(label);
    assert.match(await start(), /^ok: .* told to start$/);
    const pid = pidOf(host);
    assert.ok(typeof pid === 'number' && pid !== before);
    assert.ok(asked.length > 2 && asked.every((verb) => verb === 'bootstrap'), asked.join());
  });

  test('gives up on one that does not get out', async () => {
    const { host, start, asked } = open();
    set(host, 'drain', 'Codestral never');
    await host.services.bootout(label);
    assert.match(await start(), /^failed: ending: .*still ending/);
    const turns = asked.length;
    assert.ok(turns > 2 && turns < 100, `${turns}`);
    assert.equal(typeof host.services.pids()?.get(label), 'number', 'and leaves it alone');
  });
});
