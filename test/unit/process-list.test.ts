import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { GB, MB } from '../../helper/config/config.ts';
import type { ProcessReading } from '../../helper/host/reading.ts';
import { fitting, processList } from '../../helper/keeper/answering/process-list.ts';
import type { ProcessView } from '../../helper/keeper/judgement/state.ts';
import { processRow } from '../../helper/keeper/judgement/status.ts';
import { limitFromKeeper } from '../../helper/protocol/frame.ts';
import { encodeMessage } from '../../helper/protocol/json.ts';
import { shortened } from '../../helper/protocol/shortened.ts';
import { processRowSchema } from '../../helper/protocol/status.ts';
import { processList as processListSchema } from '../../helper/protocol/verbs.ts';
import { processReading } from '../fakes/readings.ts';
import { sampleRow } from '../fakes/sample-status.ts';
import { openClient, sampleHandlers, startSocketKeeper } from '../fakes/socket-keeper.ts';

const none: ReadonlySet<number> = new Set();
const options = { all: true, ownPids: none, wallMs: 1_700_000_000_000 };

const viewOf = (process: ProcessReading, seat: string | null = null): ProcessView => ({
  process,
  growthBytesPerSecond: null,
  seat,
});

/** Every field as long as it can be. JSON writes a control character as six bytes. */
const worst = (index: number): ProcessView => ({
  process: processReading(4_000_000 + index, {
    id: { pid: 4_000_000 + index, start: '18446744073709551615' },
    uid: 4_294_967_294,
    name: '\u0001'.repeat(4096),
    command: '\u0001'.repeat(131_072),
    footprintBytes: 128 * GB - index,
    rssBytes: 128 * GB - 1,
    peakFootprintBytes: 128 * GB - 1,
    compressedBytes: 128 * GB - 1,
  }),
  growthBytesPerSecond: -123_456_789_012.34567,
  seat: '字'.repeat(40),
});

const messageBytes = (list: unknown): number =>
  encodeMessage({ type: 'reply', id: Number.MAX_SAFE_INTEGER, ok: true, result: list }, limitFromKeeper).length;

describe('one row', () => {
  test('an ordinary command line is whole; a longer one has 256 characters with an ellipsis at its end', () => {
    const ordinary = `/opt/bin/server ${'--option '.repeat(20)}`;
    assert.equal(processRow(viewOf(processReading(1, { command: ordinary })), none).command, ordinary);
    const { command, name } = processRow(
      viewOf(processReading(1, { command: 'x'.repeat(10_000), name: 'n'.repeat(100) })),
      none,
    );
    assert.equal(command, `${'x'.repeat(255)}…`);
    assert.equal(name, `${'n'.repeat(63)}…`);
  });

  test('no character is cut in two, wherever the cut falls', () => {
    for (let before = 250; before <= 256; before += 1) {
      const cut = shortened(`${'x'.repeat(before)}${'😀'.repeat(9)}`, 256);
      assert.ok(cut.length <= 256 && cut.isWellFormed() && cut.endsWith('…'), `${before}: ${cut.slice(245)}`);
    }
    assert.equal(shortened('abc', 0), '');
    assert.equal(shortened('abc', 3), 'abc');
  });

  test('whatever a process calls itself, the row is what the published schema says', () => {
    processRowSchema.parse(processRow(worst(1), none));
  });
});

describe('the list of processes', () => {
  test('is sorted by footprint, and without --all begins at 50 MB', () => {
    const views = [10, 49, 50, 900].map((megabytes, index) =>
      viewOf(processReading(index + 1, { footprintBytes: megabytes * MB })),
    );
    const pids = (all: boolean) => processList(views, { ...options, all }).processes.map(({ pid }) => pid);
    assert.deepEqual(pids(false), [4, 3]);
    assert.deepEqual(pids(true), [4, 3, 2, 1]);
  });

  test('2,000 ordinary processes: all of them in one message, and their command lines can be told apart', () => {
    const views = Array.from({ length: 2_000 }, (_, index) =>
      viewOf(processReading(index + 1, { command: `/usr/lib/jvm/bin/java ${'-Dsome.property=value '.repeat(40)}` })),
    );
    const list = processListSchema.parse(processList(views, options));
    assert.equal(list.processes.length, 2_000);
    assert.equal(list.omitted, undefined);
    assert.ok(list.processes.every(({ command }) => command.length >= 128));
    assert.ok(messageBytes(list) <= limitFromKeeper);
  });

  test('a few hundred keep their 256 characters', () => {
    const views = Array.from({ length: 600 }, (_, index) =>
      viewOf(processReading(index + 1, { command: 'x'.repeat(1_000) })),
    );
    assert.ok(processList(views, options).processes.every(({ command }) => command.length === 256));
  });

  test('2,000 processes that are as bad as they can be fit, the largest first, and what is missing is counted', () => {
    const list = processListSchema.parse(
      processList(
        Array.from({ length: 2_000 }, (_, index) => worst(index)),
        options,
      ),
    );
    const bytes = messageBytes(list);
    assert.ok(bytes <= limitFromKeeper);
    assert.equal(list.processes.length + (list.omitted ?? 0), 2_000);
    assert.equal(list.processes[0]?.footprintBytes, 128 * GB);
    // No room is given away: one row more would be too many.
    const row = Buffer.byteLength(JSON.stringify(list.processes[0]));
    assert.ok(bytes > limitFromKeeper - 2 * 1024 - row, `${bytes} bytes for ${list.processes.length} rows`);
  });

  test('2,000 processes with the longest names of this kind of system and the worst command lines all fit', () => {
    // Linux keeps 15 bytes of a name, macOS 31 (MAXCOMLEN, and 2 · MAXCOMLEN − 1 for proc_name).
    const views = Array.from({ length: 2_000 }, (_, index) => {
      const view = worst(index);
      return { ...view, seat: 'Cilghal', process: { ...view.process, name: 'n'.repeat(31) } };
    });
    const list = processList(views, options);
    assert.equal(list.processes.length, 2_000);
    assert.equal(list.omitted, undefined);
    assert.ok(messageBytes(list) <= limitFromKeeper);
  });

  test('no rows, and rows that fit, are left as they are', () => {
    assert.deepEqual(fitting([]), []);
    const rows = [sampleRow()];
    assert.equal(fitting(rows), rows);
  });

  test('the worst list passes a real socket', async (t) => {
    const views = Array.from({ length: 2_000 }, (_, index) => worst(index));
    const handlers = sampleHandlers({
      'read.processes': ({ all }) => ({ ok: true, result: processList(views, { ...options, all }) }),
    });
    const { path } = await startSocketKeeper(t, { handlers });
    const client = await openClient(t, path);
    client.send({ type: 'request', id: 1, verb: 'read.processes', args: { all: true } });
    const reply = await client.next();
    assert.ok(reply !== 'closed' && reply.ok === true, JSON.stringify(reply).slice(0, 200));
  });
});
