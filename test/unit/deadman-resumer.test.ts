import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { makeFolders } from '../../helper/deadman/directory.ts';
import { placesIn } from '../../helper/deadman/places.ts';
import { createResumer } from '../../helper/deadman/resumer.ts';
import type { Seen } from '../../helper/deadman/starts.ts';
import { formatTombstone } from '../../helper/deadman/tombstone.ts';

/** Processes as a resumer sees them, one after the other signalled; `onContinue` may change them. */
const resumeAll = async (
  t: TestContext,
  machine: Map<number, Seen>,
  onContinue: (pid: number) => void,
  spacingMs: number,
) => {
  const directory = mkdtempSync(join(tmpdir(), 'castellan-resumer-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const places = placesIn(directory);
  makeFolders(places);
  for (const [pid, { started }] of machine) {
    const facts = { start: 's', started, boot: 'boot', host: 'linux', instance: 'one', command: 'sleep' } as const;
    const times = { reason: 'a test', footprintBytes: pid, limitMs: 600_000, writtenMs: 1 };
    writeFileSync(join(places.stopped, String(pid)), formatTombstone({ pid, freeze: pid, ...facts, ...times }));
  }
  const sent: number[] = [];
  const failed: string[] = [];
  const retired: string[] = [];
  const resumer = createResumer({
    places,
    resumer: 'tester',
    surroundings: { boot: 'boot', host: 'linux', self: 1 },
    readStarts: async () => new Map(machine),
    times: { spacingMs, withinMs: 10_000, verifyMs: 20 },
    continue: (pid) => {
      sent.push(pid);
      onContinue(pid);
    },
    onDone: () => {},
    onFailed: (pid, detail) => failed.push(`${pid} ${detail}`),
    onRetired: (subject) => retired.push(subject),
  });
  await resumer.resume(() => 'a test');
  return { sent, failed, retired, left: [...readdirSync(places.stopped), ...readdirSync(places.resuming)] };
};

const stopped = (started: string): Seen => ({ started, isStopped: true });

test('a process that ends on its SIGCONT, and whose pid a stopped one has by then: no second signal', async (t) => {
  const machine = new Map([[100, stopped('1000')]]);
  const { sent, failed, left } = await resumeAll(t, machine, () => machine.set(100, stopped('900000')), 0);
  assert.deepEqual({ sent, failed, left }, { sent: [100], failed: [], left: [] });
});

test('a pid that changes hands while others are resumed before it: no signal, and it is told', async (t) => {
  const machine = new Map([
    [100, stopped('1000')],
    [200, stopped('1000')],
  ]);
  const onContinue = (pid: number): void => {
    machine.set(pid, { started: '1000', isStopped: false });
    machine.set(200, stopped('900000'));
  };
  const { sent, retired, left } = await resumeAll(t, machine, onContinue, 50);
  assert.deepEqual({ sent, retired, left }, { sent: [100], retired: ['pid 200'], left: [] });
});
