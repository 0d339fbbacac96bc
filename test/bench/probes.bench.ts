/**
 * What the probes of twenty seats cost the gateway that ships: an hour's worth of questions (sixty for the list and six for a chat
 * of each) in a minute, over HTTP and over TLS with certificates on both sides, and of servers that pour without end. Beside it
 * curl, once for each question, as a script would ask.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildExecutable } from '../../build/executable/executable.ts';
import type { GatewaySeat } from '../../helper/protocol/seats.ts';
import { createAuthority } from '../fakes/gateway-certificates.ts';
import { eventually, gatewayProcessUid, sampleGatewaySeat, startGatewayKeeper } from '../fakes/gateway-keeper.ts';
import { printRow } from './row.ts';

const name = 'probes';
const hourRounds = 60;
/** Every so many rounds a chat, too. */
const chatEvery = 10;
/** Below what the keeper takes of one connection in a second. */
const roundMs = 900;

const children: ChildProcess[] = [];
const folder = mkdtempSync(join(tmpdir(), 'castellan-probes-'));
chmodSync(folder, 0o755);
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

const tls = { ca: join(folder, 'ca.pem'), cert: join(folder, 'shown.pem'), key: join(folder, 'shown.key') };
const authority = createAuthority({ name: 'Castellan bench' });
const [seatFiles, shown] = [
  authority.issue({ name: 'seat', hosts: ['127.0.0.1'] }),
  authority.issue({ name: 'castellan' }),
];
writeFileSync(tls.ca, authority.cert);
writeFileSync(tls.cert, shown.cert);
writeFileSync(tls.key, shown.key);
writeFileSync(join(folder, 'seat.pem'), seatFiles.cert);
writeFileSync(join(folder, 'seat.key'), seatFiles.key);

type How = 'http' | 'mutual' | 'hostile';

const startSeats = async (how: How): Promise<readonly number[]> => {
  const script = join(import.meta.dirname, 'probes/servers.ts');
  const child = spawn(process.execPath, ['--no-warnings', script, how, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const [said] = (await once(child.stdout, 'data')) as [Buffer];
  return JSON.parse(String(said)) as number[];
};

/** CPU of all threads since start, seconds. */
const cpuSeconds = (pid: number): number => {
  let ns = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`))
    ns += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]);
  return ns / 1e9;
};

const anonymousMb = (pid: number): number =>
  Number(/^RssAnon:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? Number.NaN) / 1024;

interface Cost {
  readonly cpuSeconds: number;
  readonly grownMb: number;
  readonly peakMb: number;
  readonly questions: number;
}

const { path: executable } = await buildExecutable();

const measure = async (how: How, rounds: number): Promise<Cost> => {
  const ends: (() => void | Promise<void>)[] = [];
  const ports = await startSeats(how);
  const scheme = how === 'mutual' ? 'https' : 'http';
  const seatAt = (port: number, n: number, questions: NonNullable<GatewaySeat['health']>['questions']): GatewaySeat =>
    sampleGatewaySeat({
      name: `seat-${n}`,
      label: `com.sanctum.seat-${n}`,
      state: 'ready',
      health: {
        listUrls: [`${scheme}://127.0.0.1:${port}/v1/models`],
        chatUrl: `${scheme}://127.0.0.1:${port}/v1/chat/completions`,
        model: 'model-0',
        tls: how === 'mutual' ? tls : null,
        questions,
        isDead: false,
      },
    });
  let number = 0;
  const ask = (channels: readonly ('cheap' | 'inference')[]): GatewaySeat[] =>
    ports.map((port, n) =>
      seatAt(
        port,
        n,
        channels.map((channel) => {
          number += 1;
          return { channel, number };
        }),
      ),
    );
  const keeper = await startGatewayKeeper(
    { after: (end) => void ends.push(end as () => void) },
    { seats: ask([]), gatewayUid: gatewayProcessUid(), beatMs: 2_000 },
  );
  const gateway = spawn(executable, ['gateway', '--run-dir', keeper.runDirectory], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  children.push(gateway);
  const pid = gateway.pid ?? 0;
  await eventually(() => keeper.heard.some(({ verb }) => verb === 'gateway.problems'));
  await sleep(3_000);
  const reports = () => keeper.heard.filter(({ verb }) => verb === 'probe.report');
  const before = { cpu: cpuSeconds(pid), mb: anonymousMb(pid) };
  let peakMb = before.mb;
  const watching = setInterval(() => {
    peakMb = Math.max(peakMb, anonymousMb(pid));
  }, 20);
  for (let round = 0; round < rounds; round += 1) {
    keeper.show({ seats: ask(round % chatEvery === 0 ? ['cheap', 'inference'] : ['cheap']) });
    const next = sleep(roundMs);
    await eventually(
      () => reports().length >= number,
      () => `${reports().length} of ${number} reports`,
    );
    await next;
  }
  clearInterval(watching);
  const wanted = how === 'hostile' ? 'bad_answer' : 'ok';
  for (const { args } of reports()) {
    const { code, detail } = args.finding as { code: string; detail: string };
    if (code !== wanted) throw new Error(`${code}: ${detail}`);
  }
  const cost = {
    cpuSeconds: cpuSeconds(pid) - before.cpu,
    grownMb: anonymousMb(pid) - before.mb,
    peakMb: peakMb - before.mb,
    questions: number,
  };
  gateway.kill('SIGKILL');
  for (const end of ends.reverse()) await end();
  return cost;
};

/** CPU of children that have ended, seconds; the fields behind the name in proc(5), in ticks of 10 ms. */
const childrenSeconds = (): number => {
  const fields = readFileSync('/proc/self/stat', 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[13]) + Number(fields[14])) / 100;
};

const curlSeconds = async (questions: number): Promise<number | null> => {
  const [port] = await startSeats('http');
  const args = ['-s', '-o', '/dev/null', '--max-time', '5', `http://127.0.0.1:${port}/v1/models`];
  const sample = 200;
  const before = childrenSeconds();
  for (let n = 0; n < sample; n += 1) if (spawnSync('curl', args).status !== 0) return null;
  return ((childrenSeconds() - before) / sample) * questions;
};

const say = (what: string, { cpuSeconds: cpu, grownMb, peakMb }: Cost, note: string, curl: number | null): void => {
  const ratio = curl === null ? {} : { ratio: cpu / curl };
  printRow({
    name,
    figure: `CPU an hour, 20 seats, ${what}`,
    value: cpu,
    unit: 's',
    goal: '≤ 5 s',
    met: cpu <= 5,
    note,
    ...ratio,
  });
  printRow({ name, figure: `memory, ${what}`, value: grownMb, unit: 'MB', goal: '≤ 20 MB', met: grownMb <= 20, note });
  printRow({ name, figure: `memory at most, ${what}`, value: peakMb, unit: 'MB', note });
};

const plain = await measure('http', hourRounds);
const note = `${plain.questions} questions`;
const curl = await curlSeconds(plain.questions);
printRow({
  name,
  figure: 'CPU an hour, 20 seats, HTTP',
  value: curl,
  unit: 's',
  peer: 'curl',
  note: curl === null ? 'not installed' : note,
});
say('HTTP', plain, note, curl);
say('TLS both ways', await measure('mutual', hourRounds), note, null);
const part = 10;
const hostile = await measure('hostile', part);
const hour = { ...hostile, cpuSeconds: (hostile.cpuSeconds * hourRounds) / part };
say('all pour without end', hour, `${hostile.questions} questions, an hour from a sixth of it`, null);
process.exit(0);
