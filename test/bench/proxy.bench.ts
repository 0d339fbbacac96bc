/**
 * The on-demand proxy of the gateway that ships, with a seat that serves, beside haproxy, socat and systemd-socket-proxyd
 * before the same upstream. Rounds of each come in turn, so that everybody has the same minutes. `--install-peers` installs
 * those that are missing.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startShipped } from './proxy/castellan.ts';
import { keepAlive, newConnections, throughput } from './proxy/client.ts';
import { type Forwarder, type Found, installPeers, startPeers } from './proxy/peers.ts';
import { printRow } from './row.ts';

const rounds = 7;
const perRound = { keepAlive: 300, newConnections: 80, mib: 256 } as const;
const own = 'castellan';

const children: ChildProcess[] = [];
const ends: (() => Promise<void> | void)[] = [];
const folder = mkdtempSync(path.join(tmpdir(), 'castellan-bench-'));
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

const start = (command: string, args: readonly string[]): ChildProcess => {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'ignore'] });
  children.push(child);
  return child;
};

const quantile = (values: readonly number[], share: number): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
};

const anonymousMb = (pid: number): number =>
  Number(/^RssAnon:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? Number.NaN) / 1024;

/** With one connection open, because some have a process for each. */
const memoryOf = async ({ port, pids }: Forwarder): Promise<number> => {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write('?');
  await once(socket, 'data');
  const all = pids().reduce((sum, pid) => sum + anonymousMb(pid), 0);
  socket.destroy();
  return all;
};

interface Figures {
  readonly keepAlive: number[];
  readonly newConnections: number[];
  readonly throughput: number[];
}

const measure = async (forwarders: readonly Forwarder[]): Promise<ReadonlyMap<string, Figures>> => {
  const all = new Map(
    forwarders.map(({ name }) => [name, { keepAlive: [], newConnections: [], throughput: [] }]) as [string, Figures][],
  );
  for (let round = 0; round <= rounds; round += 1)
    for (const { name, port } of forwarders) {
      const figures = all.get(name);
      const kept = await keepAlive(port, perRound.keepAlive);
      const made = await newConnections(port, perRound.newConnections);
      const rate = await throughput(port, perRound.mib);
      // The first round only warms.
      if (round === 0) continue;
      figures?.keepAlive.push(...kept);
      figures?.newConnections.push(...made);
      figures?.throughput.push(rate);
    }
  return all;
};

if (process.argv.includes('--install-peers')) installPeers();
const upstream = start(process.execPath, ['--no-warnings', path.join(import.meta.dirname, 'proxy/upstream.ts')]);
const [said] = (await once(upstream.stdout ?? upstream, 'data')) as [Buffer];
const target = Number(String(said));
const { proxyPort, gatewayPid } = await startShipped({ after: (end) => void ends.push(end) }, target);
const peers: readonly Found[] = await startPeers({ folder, upstream: target, start });
const forwarders: readonly Forwarder[] = [
  { name: 'direct', port: target, pids: () => [] },
  { name: own, port: proxyPort, pids: () => [gatewayPid] },
  ...peers.filter((peer) => 'port' in peer),
];

const before = anonymousMb(gatewayPid);
const results = await measure(forwarders);
const of = (name: string, figure: keyof Figures, share: number): number =>
  quantile(results.get(name)?.[figure] ?? [], share);

interface Goal {
  readonly text: string;
  readonly peer: string;
  readonly met: (ours: number, theirs: number) => boolean;
}

const row = (figure: string, unit: string, value: (name: string) => number, goal: Goal | null): void => {
  const ours = value(own);
  for (const peer of peers)
    if ('missing' in peer) printRow({ name: 'proxy', figure, value: null, unit, peer: peer.name, note: peer.missing });
  for (const { name } of forwarders) {
    if (name === own) continue;
    const theirs = value(name);
    printRow({ name: 'proxy', figure, value: theirs, unit, peer: name, ratio: ours / theirs });
  }
  const rival = forwarders.some(({ name }) => name === goal?.peer) ? goal : null;
  printRow({
    name: 'proxy',
    figure,
    value: ours,
    unit,
    ...(rival === null ? {} : { goal: rival.text, met: rival.met(ours, value(rival.peer)) }),
  });
};

const us = (figure: 'keepAlive' | 'newConnections', share: number) => (name: string) => of(name, figure, share) * 1000;
row('keep-alive, p50', 'µs', us('keepAlive', 0.5), {
  text: '≤ haproxy + 100 µs',
  peer: 'haproxy',
  met: (ours, theirs) => ours <= theirs + 100,
});
row('keep-alive, p99', 'µs', us('keepAlive', 0.99), null);
row('new connection, p50', 'µs', us('newConnections', 0.5), {
  text: '≤ socat',
  peer: 'socat',
  met: (ours, theirs) => ours <= theirs,
});
row('new connection, p99', 'µs', us('newConnections', 0.99), null);
row('throughput', 'MB/s', (name) => of(name, 'throughput', 0.5), {
  text: '≥ 0.8 × haproxy',
  peer: 'haproxy',
  met: (ours, theirs) => ours >= 0.8 * theirs,
});
printRow({
  name: 'proxy',
  figure: 'anonymous memory, idle',
  value: before,
  unit: 'MB',
  goal: '≤ 20',
  met: before <= 20,
});
for (const forwarder of forwarders) {
  if (forwarder.name === 'direct') continue;
  const value = await memoryOf(forwarder);
  const peer = forwarder.name === own ? { goal: '≤ 20', met: value <= 20 } : { peer: forwarder.name };
  printRow({ name: 'proxy', figure: 'anonymous memory, after all that', value, unit: 'MB', ...peer });
}
for (const end of ends.reverse()) await end();
process.exit(0);
