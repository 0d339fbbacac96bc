/**
 * The journal of inputs at 600 processes, the whole table every two seconds as from yellow up: bytes and time a table,
 * beside `JSON.stringify` of the same input, which is what is read back. A third of the processes moves between two
 * tables, one starts and one ends.
 */
import type { ProcessReading } from '../../helper/host/reading.ts';
import { createInputDecoder } from '../../helper/journal/input-decoder.ts';
import { createInputEncoder } from '../../helper/journal/input-encoder.ts';
import type { Input } from '../../helper/keeper/judgement/events.ts';
import { machineReading, processTable, readingOf } from '../fakes/readings.ts';
import { printRow } from './row.ts';

const processes = 600;
const tables = 150;
const movingShare = 1 / 3;

const commands = [
  '/usr/libexec/daemon',
  '/Applications/Some App.app/Contents/Frameworks/Some App Helper (Renderer).app/Contents/MacOS/Some App Helper (Renderer) --type=renderer --user-data-dir=/Users/neo/Library/Application Support/Some App --lang=en-GB --num-raster-threads=4 --enable-zero-copy --shared-files --field-trial-handle=1718379636,r,4931,8832,262144 --seatbelt-client=',
  '/opt/homebrew/bin/python3.12 -m mlx_lm.server --host 127.0.0.1 --port 1337 --model ',
];

/** The same figures in each run. */
let seed = 1;
const random = (): number => {
  seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
  return seed / 2 ** 31;
};
const bytes = (): number => Math.floor(random() * 2 ** 31);

/** Written out, as hosts make rows: copies of copies have another inner form, and are slower for everybody. */
const processOf = (pid: number, before: ProcessReading | null): ProcessReading => {
  const moves = before === null || random() < movingShare;
  return {
    id: { pid, start: String(1_763_782_123_000_000 + pid * 977) },
    ppid: 1,
    processGroup: pid,
    uid: 501,
    name: `process-${pid}`,
    command: `${commands[pid % commands.length]}${pid}`,
    state: 'sleeping',
    footprintBytes: moves ? bytes() : before.footprintBytes,
    rssBytes: moves ? bytes() : before.rssBytes,
    peakFootprintBytes: before?.peakFootprintBytes ?? bytes(),
    wiredBytes: null,
    compressedBytes: before?.compressedBytes ?? bytes(),
    cpuMs: moves ? Math.floor(random() * 1_000_000) : before.cpuMs,
  };
};

let nextPid = 2;
const newProcess = (): ProcessReading => processOf(nextPid++, null);

let rows = Array.from({ length: processes }, newProcess);
const inputs: readonly Input[] = Array.from({ length: tables }, (_, index) => {
  const nowMs = index * 2_000;
  rows = rows.map((row) => processOf(row.id.pid, row));
  rows = [...rows.toSpliced(Math.floor(random() * processes), 1), newProcess()];
  const reading = readingOf('full', machineReading({ atMs: nowMs }), { table: processTable(rows, nowMs) });
  return { nowMs, reading, events: [] };
});

const median = (times: readonly number[]): number => times.toSorted((a, b) => a - b)[times.length >> 1] ?? Number.NaN;

const measure = () => {
  const encoder = createInputEncoder();
  const decoder = createInputDecoder();
  const plainMs: number[] = [];
  const lineMs: number[] = [];
  let plainBytes = 0;
  let lineBytes = 0;
  for (const input of inputs) {
    const fromMs = performance.now();
    const plain = JSON.stringify(input);
    const betweenMs = performance.now();
    const line = encoder.line(input);
    plainMs.push(betweenMs - fromMs);
    lineMs.push(performance.now() - betweenMs);
    plainBytes += plain.length;
    lineBytes += line.length;
    if (decoder.line(line) !== plain) throw new Error('what is read back is not what was written');
  }
  return { plainMs: median(plainMs), lineMs: median(lineMs), plainBytes, lineBytes };
};

measure();
const { plainMs, lineMs, plainBytes, lineBytes } = measure();
const hundredth = (value: number): number => Math.round(value * 100) / 100;
const kib = (total: number): number => Math.round((total / tables / 1024) * 10) / 10;
const smaller = plainBytes / lineBytes;

printRow({
  name: 'inputs',
  figure: `a table of ${processes} processes`,
  value: kib(lineBytes),
  unit: 'KiB',
  goal: '≤ 1/5 of plain',
  met: smaller >= 5,
  note: `${smaller.toFixed(0)} times smaller`,
});
printRow({
  name: 'inputs',
  figure: `a table of ${processes} processes`,
  value: kib(plainBytes),
  unit: 'KiB',
  peer: 'JSON',
});
printRow({ name: 'inputs', figure: 'writing it as a line, median', value: hundredth(lineMs), unit: 'ms' });
printRow({
  name: 'inputs',
  figure: 'writing it as a line, median',
  value: hundredth(plainMs),
  unit: 'ms',
  peer: 'JSON',
});
