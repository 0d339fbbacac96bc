/**
 * Loaded before keeper or deadman (`node --import`), so that both run as they ship: it wraps the few calls by which they act on
 * the world, tells each signal that was sent, and holds the process at the points it was given. Lines out, on one descriptor:
 * `at POINT NS`, `stop PID NS`, `cont PID NS`, `kill PID NS`; one byte in lets it go on.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { Socket } from 'node:net';
import { type Hold, holdsDescriptor, holdsVariable, type Point } from './points.ts';

const holds = JSON.parse(process.env[holdsVariable] ?? '[]') as readonly Hold[];
delete process.env[holdsVariable];

const real = {
  renameSync: fs.renameSync,
  writeSync: fs.writeSync,
  readSync: fs.readSync,
  unlinkSync: fs.unlinkSync,
  kill: process.kill.bind(process),
};

export const tell = (line: string): void => {
  real.writeSync(holdsDescriptor, `${line} ${process.hrtime.bigint()}\n`);
};

const counts = new Map<Point, number>();
const byte = Buffer.alloc(1);

export const reach = (point: Point): void => {
  const nth = (counts.get(point) ?? 0) + 1;
  counts.set(point, nth);
  if (!holds.some((hold) => hold.point === point && hold.nth === nth)) return;
  tell(`at ${point}`);
  real.readSync(holdsDescriptor, byte, 0, 1, null);
};

export const signalled = (pid: number, signal: string | number | undefined): void => {
  if (signal === 'SIGCONT') {
    tell(`cont ${pid}`);
    reach('continued');
  } else if (signal === 'SIGSTOP') {
    tell(`stop ${pid}`);
    reach('signalled');
  } else if (signal === 'SIGKILL') tell(`kill ${pid}`);
};

const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : '';

fs.renameSync = (from, to) => {
  real.renameSync(from, to);
  if (String(to).includes('/stopped/')) reach('named');
  if (String(to).includes('/resuming/')) reach('claimed');
  // The keeper takes a tombstone that is done with back for the next.
  if (String(from).includes('/resuming/') && String(to).includes('/slots/')) reach('deleted');
};

fs.unlinkSync = (path) => {
  real.unlinkSync(path);
  if (String(path).includes('/resuming/')) reach('deleted');
};

const writeSync = ((...args: Parameters<typeof fs.writeSync>) => {
  const text = textOf(args[1]);
  if (text.includes('"kind":"result"')) reach('verified');
  const written = real.writeSync(...args);
  if (text.includes('"kind":"intent"')) reach('intended');
  return written;
}) as typeof fs.writeSync;
fs.writeSync = writeSync;

process.kill = (pid, signal) => {
  const sent = real.kill(pid, signal);
  signalled(pid, signal);
  return sent;
};

type Write = (this: Socket, ...args: readonly unknown[]) => boolean;
const writeSocket = Socket.prototype.write as Write;
const write: Write = function (...args) {
  const text = textOf(args[0]);
  if (text.includes('"type":"watched"')) reach('watching');
  const flushed = Reflect.apply(writeSocket, this, args);
  if (text.includes('"type":"watched"')) reach('watched');
  if (text.includes('"type":"watch"')) reach('asked');
  return flushed;
};
Socket.prototype.write = write as typeof Socket.prototype.write;

syncBuiltinESMExports();
