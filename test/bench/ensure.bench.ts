/**
 * `POST /ensure-loaded/SEAT` for a seat that serves, at the gateway that ships, beside a bare `node:http` server that
 * answers with the same bytes: one request at a time on one connection, as a caller that waits for its answer makes them.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { startShipped } from './proxy/castellan.ts';
import { printRow } from './row.ts';

const rounds = 10;
const perRound = 1_000;

const children: ChildProcess[] = [];
const ends: (() => Promise<void> | void)[] = [];
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});

const bareServer = async (headers: Readonly<Record<string, string>>, body: string): Promise<number> => {
  const script = `
    const [headers, body] = JSON.parse(process.argv[1]);
    const bytes = Buffer.from(body);
    require('node:http').createServer((request, response) => { response.writeHead(200, headers); response.end(bytes); })
      .listen(0, '127.0.0.1', function () { process.stdout.write(String(this.address().port)); });`;
  const args = ['-e', script, JSON.stringify([headers, body])];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const [said] = (await once(child.stdout, 'data')) as [Buffer];
  return Number(String(said));
};

interface Client {
  readonly ask: () => Promise<number>;
  readonly close: () => void;
}

/** Milliseconds of a request; its answer must be of this many bytes or it is not the one that is measured. */
const openClient = async (port: number, path: string): Promise<Client> => {
  const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  const bytes = Buffer.from(`POST ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Length: 0\r\n\r\n`);
  const ask = (): Promise<number> =>
    new Promise((resolve, reject) => {
      const fromMs = performance.now();
      let heard = '';
      const hear = (chunk: Buffer): void => {
        heard += chunk.toString('latin1');
        const head = heard.indexOf('\r\n\r\n');
        const length = /content-length: (\d+)/i.exec(heard)?.[1];
        if (head < 0 || length === undefined || heard.length < head + 4 + Number(length)) return;
        socket.removeListener('data', hear);
        if (heard.startsWith('HTTP/1.1 200 ')) resolve(performance.now() - fromMs);
        else reject(new Error(heard.slice(0, 300)));
      };
      socket.on('data', hear);
      socket.write(bytes);
    });
  return { ask, close: () => socket.destroy() };
};

const quantile = (values: readonly number[], share: number): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
};

const { world, seat } = await startShipped({ after: (end) => void ends.push(end) }, null);
const path = `/ensure-loaded/${seat}`;
const sample = await fetch(`${world.api.url}${path}`, { method: 'POST' });
const body = await sample.text();
const own = ['connection', 'keep-alive', 'date', 'transfer-encoding'];
const headers = Object.fromEntries([...sample.headers].filter(([name]) => !own.includes(name)));
const bare = await bareServer(headers, body);

const times: { readonly ours: number[]; readonly theirs: number[] } = { ours: [], theirs: [] };
// Rounds in turn, so that both have the same minutes; the first only warms.
for (let round = 0; round <= rounds; round += 1)
  for (const [port, list] of [
    [world.api.port, times.ours],
    [bare, times.theirs],
  ] as const) {
    const client = await openClient(port, path);
    for (let n = 0; n < perRound; n += 1) {
      const ms = await client.ask();
      if (round > 0) list.push(ms);
    }
    client.close();
  }

const figure = 'ensure-loaded, seat serves';
const note = `${times.ours.length} times`;
for (const [name, share, goal] of [
  ['p50', 0.5, null],
  ['p99', 0.99, 1],
] as const) {
  const [ours, theirs] = [quantile(times.ours, share), quantile(times.theirs, share)];
  const ratio = ours / theirs;
  printRow({ name: 'ensure', figure: `${figure}, ${name}`, value: theirs, unit: 'ms', peer: 'node:http', note });
  const limit = goal === null ? {} : { goal: `≤ ${goal} ms`, met: ours <= goal };
  printRow({ name: 'ensure', figure: `${figure}, ${name}`, value: ours, unit: 'ms', ratio, note, ...limit });
}
const ratio = quantile(times.ours, 0.5) / quantile(times.theirs, 0.5);
printRow({
  name: 'ensure',
  figure: `${figure}, p50 over bare`,
  value: ratio,
  unit: '×',
  goal: '≤ 1.5',
  met: ratio <= 1.5,
});
for (const end of ends.reverse()) await end();
process.exit(0);
