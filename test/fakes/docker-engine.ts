import { rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { stopLabel } from '../../helper/adapters/docker-wire.ts';

/**
 * A Docker Engine as its API says it is (version, list, inspect, statistics, stop), over a Unix socket, with the traps that have
 * been met: versions it refuses, statistics of one moment without the sample before, answers in pieces, in nonsense or never.
 */

export interface FakeContainer {
  readonly name: string;
  image?: string;
  labels?: Readonly<Record<string, string>>;
  health?: 'healthy' | 'starting' | 'unhealthy';
  isPaused?: boolean;
  isRunning?: boolean;
  startedAt?: string;
  /** Nanoseconds, as the engine counts; undefined: its statistics have none. */
  cpuNs?: number;
  /** Null: the answer has no networks. */
  network?: { rx: number; tx: number } | null;
  networkMode?: string;
  /** As inspect has them: `{ "8123/tcp": [{ HostIp, HostPort }] }`. */
  ports?: unknown;
  /** What a stop does: it ends at once (and the engine hangs up), when it is killed after t, never, or comes back as another run. */
  onStop?: 'ends' | 'cuts' | 'deaf' | 'stays' | 'returns' | 'ended' | 'gone';
}

export type Trap =
  | 'garbage'
  | 'hang'
  | 'hang_stats'
  | 'hang_stop'
  | 'huge'
  | 'headers'
  | 'redirect'
  | 'no_http'
  | 'cut';

export interface FakeEngineOptions {
  readonly socketPath: string;
  readonly api?: string;
  readonly leastApi?: string;
  readonly containers: FakeContainer[];
  readonly trap?: Trap;
}

export interface FakeEngine {
  /** `GET /v1.44/containers/json`, without what follows a question mark. */
  readonly requests: string[];
  readonly targets: string[];
  trap: Trap | null;
  readonly close: () => Promise<void>;
}

export const idOf = (index: number): string => (index + 1).toString(16).padStart(64, '0');

const startedAtOf = ({ startedAt = '2026-11-22T13:53:40.749338517Z' }: FakeContainer): string => startedAt;

/** One that is paused is not running to the list, and is to inspect. */
const stateOf = (each: FakeContainer): string => {
  if (each.isPaused === true) return 'paused';
  return (each.isRunning ?? true) ? 'running' : 'exited';
};

const wantedStates = (url: string): readonly string[] => {
  const filters = new URL(url, 'http://docker').searchParams.get('filters');
  return filters === null ? ['running'] : JSON.parse(filters).status;
};

/** Fields as Engine 20.10 sends them, the ones that nobody reads among them. */
const inspectOf = (each: FakeContainer, index: number): unknown => ({
  Id: idOf(index),
  Created: '2026-11-22T13:53:40.38464393Z',
  Path: '/hold',
  Args: ['quiet'],
  State: {
    Status: stateOf(each),
    Running: each.isRunning ?? true,
    Paused: each.isPaused ?? false,
    Restarting: false,
    OOMKilled: false,
    Dead: false,
    Pid: 27_300,
    ExitCode: 0,
    StartedAt: startedAtOf(each),
    FinishedAt: '0001-01-01T00:00:00Z',
    ...(each.health === undefined ? {} : { Health: { Status: each.health, FailingStreak: 0, Log: [] } }),
  },
  Name: `/${each.name}`,
  HostConfig: {
    NetworkMode: each.networkMode ?? 'bridge',
    PortBindings: each.ports ?? {},
    RestartPolicy: { Name: 'unless-stopped', MaximumRetryCount: 0 },
  },
  Config: { Image: each.image ?? 'example:1', Labels: each.labels ?? null },
  NetworkSettings: { Ports: each.ports ?? {} },
});

const statsOf = (each: FakeContainer, index: number): unknown => ({
  read: '2026-11-22T13:53:41.624258682Z',
  preread: '0001-01-01T00:00:00Z',
  cpu_stats: {
    cpu_usage: { ...(each.cpuNs === undefined ? {} : { total_usage: each.cpuNs }), usage_in_usermode: 1 },
    system_cpu_usage: 81_386_480_000_000,
    online_cpus: 2,
  },
  precpu_stats: { cpu_usage: { total_usage: 0 } },
  memory_stats: { usage: 434_176, stats: { inactive_file: 4_096 }, limit: 25_276_502_016 },
  name: `/${each.name}`,
  id: idOf(index),
  ...(each.network === null
    ? {}
    : { networks: { eth0: { rx_bytes: each.network?.rx ?? 0, tx_bytes: each.network?.tx ?? 0, rx_errors: 0 } } }),
});

/** In pieces of a few bytes, without a length. */
const send = (response: ServerResponse, status: number, body?: unknown): void => {
  response.writeHead(status, { 'content-type': 'application/json', server: 'Docker/stand-in (linux)' });
  const text = body === undefined ? '' : JSON.stringify(body);
  for (let at = 0; at < text.length; at += 97) response.write(text.slice(at, at + 97));
  response.end();
};

const minor = (version: string): number => Number(version.split('.')[1]);

export const startFakeEngine = async (options: FakeEngineOptions): Promise<FakeEngine> => {
  const { socketPath, containers, api = '1.44', leastApi = '1.24' } = options;
  const engine: FakeEngine = { requests: [], targets: [], trap: options.trap ?? null, close: () => close() };
  const held = new Set<Socket>();

  const stop = (each: FakeContainer, response: ServerResponse) => {
    if (!(each.isRunning ?? true)) return send(response, 304);
    const { onStop = 'ends' } = each;
    if (onStop === 'deaf') return;
    // Between our look and our question it ended by itself, or somebody removed it.
    if (onStop === 'gone') containers.splice(containers.indexOf(each), 1);
    if (onStop === 'gone') return send(response, 404, { message: 'No such container' });
    if (onStop === 'ended') each.isRunning = false;
    if (onStop === 'ended') return send(response, 304);
    if (onStop === 'ends' || onStop === 'cuts') each.isRunning = false;
    if (onStop === 'cuts') return void response.socket?.destroy();
    if (onStop === 'returns') each.startedAt = '2026-11-22T14:00:00.000000001Z';
    send(response, 204);
  };

  const ofContainer = (method: string, path: string, response: ServerResponse) => {
    const [, name = '', what = ''] = /^\/containers\/([^/]+)\/(\w+)$/.exec(path) ?? [];
    const index = containers.findIndex((each, i) => idOf(i) === name || each.name === name);
    const each = containers[index];
    if (each === undefined) return send(response, 404, { message: `No such container: ${name}` });
    if (method === 'GET' && what === 'json') return send(response, 200, inspectOf(each, index));
    if (method === 'GET' && what === 'stats')
      return engine.trap === 'hang_stats' ? undefined : send(response, 200, statsOf(each, index));
    if (method === 'POST' && what === 'stop') return engine.trap === 'hang_stop' ? undefined : stop(each, response);
    return send(response, 404, { message: 'page not found' });
  };

  const sprung: Readonly<Partial<Record<Trap, (response: ServerResponse) => void>>> = {
    garbage: (response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end('{"ok": tru');
    },
    hang: () => {},
    huge: (response) => {
      response.writeHead(200);
      const part = Buffer.alloc(65_536, 0x20);
      const more = (): void => {
        while (!response.destroyed && response.write(part));
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    },
    headers: (response) => {
      for (let i = 0; i < 400; i += 1) response.setHeader(`x-${i}`, 'a'.repeat(200));
      response.end();
    },
    redirect: (response) => {
      response.writeHead(302, { location: 'http://127.0.0.1:1/' });
      response.end();
    },
    no_http: (response) => void response.socket?.end('SSH-2.0-OpenSSH_9.6\r\n'),
    cut: (response) => {
      response.writeHead(200, { 'content-length': '5000' });
      response.write('[{"Id":');
      setImmediate(() => response.socket?.destroy());
    },
  };

  const answer = (request: IncomingMessage, response: ServerResponse) => {
    const { method = 'GET', url = '' } = request;
    const [path = ''] = url.split('?');
    engine.requests.push(`${method} ${path}`);
    engine.targets.push(url);
    const spring = engine.trap === null ? undefined : sprung[engine.trap];
    if (spring !== undefined) return spring(response);
    if (path === '/_ping') return send(response, 200, 'OK');
    if (path === '/version')
      return send(response, 200, { Version: '27.0.0', ApiVersion: api, MinAPIVersion: leastApi, Os: 'linux' });
    const [, version, rest = ''] = /^\/v(1\.\d+)(\/.*)$/.exec(path) ?? [];
    // What Engine 20.10 and 29 answer.
    if (version !== undefined && minor(version) > minor(api))
      return send(response, 400, {
        message: `client version ${version} is too new. Maximum supported API version is ${api}`,
      });
    if (version === undefined || minor(version) < minor(leastApi))
      return send(response, 400, {
        message: `client version ${version} is too old. Minimum supported API version is ${leastApi}`,
      });
    if (rest === '/containers/json')
      return send(
        response,
        200,
        containers.flatMap((each, i) =>
          wantedStates(url).includes(stateOf(each))
            ? [{ Id: idOf(i), Names: [`/${each.name}`], State: stateOf(each) }]
            : [],
        ),
      );
    return ofContainer(method, rest, response);
  };

  const server = createServer(answer);
  server.on('connection', (socket) => {
    held.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => held.delete(socket));
  });
  const close = async (): Promise<void> => {
    for (const socket of held) socket.destroy();
    await new Promise<void>((resolve) => server.close(() => resolve()));
    rmSync(socketPath, { force: true });
  };
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(socketPath, resolve);
  });
  return engine;
};

/** What offers a container. */
export const offered = { [stopLabel]: 'idle' } as const;
