import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLinuxHost } from '../../helper/host/linux/host.ts';
import type { Host } from '../../helper/host/port.ts';
import type { ProcessReading } from '../../helper/host/reading.ts';
import { end, startTalker, type Talker } from './world.ts';

const MB = 2 ** 20;
const skip = process.platform === 'linux' ? false : 'memfds are Linux’s';

const row = (host: Host, pid: number): ProcessReading => {
  const found = host.readProcesses().processes.find((p) => p.id.pid === pid);
  assert.ok(found !== undefined, `pid ${pid} is in the table`);
  return found;
};

/** At the end of its input a holder ends by itself, and ends the process it shares with; killed, it could not. */
const leave = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = once(child, 'exit');
    child.stdin?.end();
    await Promise.race([ended, sleep(5_000, undefined, { ref: false })]);
  }
  await end(child);
};

type Start = (fake: string, ...args: readonly string[]) => Promise<Talker>;

const withHost = (title: string, body: (start: Start, host: () => Host) => Promise<void>): void => {
  test(title, { skip }, async () => {
    const children = new Set<ChildProcess>();
    const hosts: Host[] = [];
    try {
      await body(
        (fake, ...args) => startTalker(children, fake, args),
        () => {
          const host = createLinuxHost();
          hosts.push(host);
          return host;
        },
      );
    } finally {
      await Promise.all(hosts.map((host) => host.close()));
      await Promise.all([...children].map(leave));
    }
  });
};

describe('memory in memfds', () => {
  withHost('300 MB held and not mapped rank above 100 MB of anonymous memory', async (start, makeHost) => {
    const holder = await start('memfd-holder.ts', String(300 * MB));
    const plain = await start('victim.ts', String(100 * MB));
    // The very first pass of a keeper that starts on a full machine must rank them right.
    const table = makeHost().readProcesses();
    const ranked = table.processes
      .filter((p) => p.id.pid === holder.pid || p.id.pid === plain.pid)
      .toSorted((a, b) => b.footprintBytes - a.footprintBytes);
    assert.deepEqual(
      ranked.map((p) => p.id.pid),
      [holder.pid, plain.pid],
    );
    const [first, second] = ranked;
    assert.ok(first !== undefined && second !== undefined);
    assert.ok(first.footprintBytes >= 300 * MB && first.footprintBytes < 360 * MB, `${first.footprintBytes}`);
    assert.ok(first.rssBytes < second.rssBytes, 'by resident size it would be the other way round');
    assert.ok(first.peakFootprintBytes >= first.footprintBytes);
  });

  withHost('a file filled after the first pass is found in the next one', async (start, makeHost) => {
    const host = makeHost();
    const holder = await start('memfd-holder.ts', String(MB));
    host.readProcesses();
    host.readProcesses();
    const before = row(host, holder.pid).footprintBytes;
    await holder.tell(String(200 * MB));
    const after = row(host, holder.pid).footprintBytes;
    assert.ok(after - before > 190 * MB, `grew by ${after - before}`);
  });

  withHost(
    'a process that opens its first one later is found by the growth nobody explains',
    async (start, makeHost) => {
      const host = makeHost();
      // It starts as a holder of nothing much and is listed as such; `again` makes a second file.
      const holder = await start('memfd-holder.ts', String(4096), 'again');
      host.readProcesses();
      host.readProcesses();
      await holder.tell(String(120 * MB));
      assert.ok(row(host, holder.pid).footprintBytes > 120 * MB);
    },
  );

  withHost('a watched process shows its growth without a pass', async (start, makeHost) => {
    const host = makeHost();
    const holder = await start('memfd-holder.ts', String(32 * MB));
    const { id } = row(host, holder.pid);
    await holder.tell(String(128 * MB));
    const [reading] = host.readChosen([id]);
    assert.ok(reading !== undefined && 'footprintBytes' in reading);
    assert.ok(reading.footprintBytes >= 128 * MB, `${reading.footprintBytes}`);
  });

  withHost('what is mapped as well counts once', async (start, makeHost) => {
    const holder = await start('memfd-holder.ts', String(200 * MB), 'map');
    const { footprintBytes } = row(makeHost(), holder.pid);
    assert.ok(footprintBytes >= 200 * MB && footprintBytes < 280 * MB, `${footprintBytes}`);
  });

  withHost(
    'what two hold counts once, for the older; and for the other when that one lets go',
    async (start, makeHost) => {
      const host = makeHost();
      const holder = await start('memfd-holder.ts', String(200 * MB), 'share');
      const sharer = Number(holder.greeting.split(' ')[1]);
      const table = host.readProcesses();
      const footprint = (pid: number): number => table.processes.find((p) => p.id.pid === pid)?.footprintBytes ?? -1;
      assert.ok(footprint(holder.pid) >= 200 * MB);
      assert.ok(footprint(sharer) >= 0 && footprint(sharer) < 20 * MB, `${footprint(sharer)}`);
      await holder.tell('close');
      assert.ok(row(host, holder.pid).footprintBytes < 120 * MB);
      assert.ok(row(host, sharer).footprintBytes >= 200 * MB);
    },
  );

  withHost('what is closed is gone from the footprint and stays in the peak', async (start, makeHost) => {
    const host = makeHost();
    const holder = await start('memfd-holder.ts', String(200 * MB));
    assert.ok(row(host, holder.pid).footprintBytes >= 200 * MB);
    await holder.tell('close');
    const after = row(host, holder.pid);
    assert.ok(after.footprintBytes < 120 * MB, `${after.footprintBytes}`);
    assert.ok(after.peakFootprintBytes >= 200 * MB);
  });
});
