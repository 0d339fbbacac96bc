import * as z from 'zod/mini';
import type { HostPort } from './docker-ports.ts';
import { type ContainerLook, mostPorts, stopLabel } from './docker-wire.ts';

/**
 * What is read of the engine's answers (Docker Engine API, `GET /containers/json`, `/containers/{id}/json` and
 * `/containers/{id}/stats`); everything else in them is passed over.
 */

export const listSchema = z.array(z.object({ Id: z.string().check(z.regex(/^[0-9a-f]{64}$/)) }));

const bindings = z.optional(
  z.nullable(
    z.record(
      z.string(),
      z.nullable(z.array(z.object({ HostIp: z.optional(z.string()), HostPort: z.optional(z.string()) }))),
    ),
  ),
);

export const inspectSchema = z.object({
  Id: z.string(),
  Name: z.string(),
  State: z.object({
    Running: z.boolean(),
    Paused: z.optional(z.boolean()),
    Restarting: z.optional(z.boolean()),
    StartedAt: z.string().check(z.regex(/^[0-9TZ:.+-]{1,40}$/)),
    Health: z.optional(z.nullable(z.object({ Status: z.optional(z.unknown()) }))),
  }),
  Config: z.optional(
    z.object({ Image: z.optional(z.unknown()), Labels: z.optional(z.nullable(z.record(z.string(), z.unknown()))) }),
  ),
  HostConfig: z.optional(z.object({ NetworkMode: z.optional(z.unknown()) })),
  NetworkSettings: z.optional(z.object({ Ports: bindings })),
});
export type Inspected = z.infer<typeof inspectSchema>;

const counter = z.number().check(z.minimum(0), z.maximum(2 ** 63));

export const statsSchema = z.object({
  // `precpu_stats` is of no use: of one moment it is empty. Rates come from the keeper's own sample before.
  cpu_stats: z.object({ cpu_usage: z.object({ total_usage: counter }) }),
  networks: z.optional(z.nullable(z.record(z.string(), z.object({ rx_bytes: counter, tx_bytes: counter })))),
  memory_stats: z.optional(
    z.object({
      usage: z.optional(counter),
      stats: z.optional(
        z.nullable(z.object({ inactive_file: z.optional(z.unknown()), total_inactive_file: z.optional(z.unknown()) })),
      ),
    }),
  ),
});
export type Stats = z.infer<typeof statsSchema>;

/** A counter as a whole number; beyond 2^53 (nine petabytes) nobody believes it. */
const whole = (value: number): number | null => {
  const rounded = Math.floor(value);
  return Number.isSafeInteger(rounded) ? rounded : null;
};

/** Nothing has run for no time at all: then it is the zero of an engine that could not look. */
export const cpuMsOf = (stats: Stats | null): number | null => {
  const nanoseconds = stats?.cpu_stats.cpu_usage.total_usage ?? 0;
  return nanoseconds === 0 ? null : whole(nanoseconds / 1e6);
};

/** Of all its networks. One without any has none to be used by; one with the host's cannot be told from the host. */
export const networkBytesOf = (stats: Stats | null, { HostConfig }: Inspected): number | null => {
  if (stats === null) return null;
  const networks = Object.values(stats.networks ?? {});
  if (networks.length === 0) return HostConfig?.NetworkMode === 'none' ? 0 : null;
  return whole(networks.reduce((sum, { rx_bytes, tx_bytes }) => sum + rx_bytes + tx_bytes, 0));
};

/** As `docker stats` shows it: less the cache that would be dropped first, whose name differs by cgroup version. */
const memoryBytesOf = (stats: Stats | null): number | null => {
  const { usage, stats: detail } = stats?.memory_stats ?? {};
  if (usage === undefined || usage === 0) return null;
  const cache = detail?.inactive_file ?? detail?.total_inactive_file;
  return whole(typeof cache === 'number' && cache >= 0 && cache < usage ? usage - cache : usage);
};

/** The address of this machine that reaches it; null: it is published at another one, which is not tried. */
const loopbackOf = (ip: string): HostPort['host'] | null => {
  if (ip === '' || ip === '0.0.0.0' || ip === '127.0.0.1') return '127.0.0.1';
  return ip === '::' || ip === '::1' ? '::1' : null;
};

/** TCP ports that it publishes, one row each: by IPv6 only where IPv4 does not reach it. */
export const publishedPorts = ({ NetworkSettings }: Inspected): readonly HostPort[] => {
  const ports = new Map<number, HostPort>();
  for (const [inside, published] of Object.entries(NetworkSettings?.Ports ?? {})) {
    if (!inside.endsWith('/tcp')) continue;
    for (const { HostIp = '', HostPort: text = '' } of published ?? []) {
      const host = loopbackOf(HostIp);
      const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
      if (host === null || port < 1 || port > 65_535) continue;
      if (host === '127.0.0.1' || !ports.has(port)) ports.set(port, { host, port });
    }
  }
  return [...ports.values()].sort((a, b) => a.port - b.port).slice(0, mostPorts);
};

const healthOf = ({ State }: Inspected): ContainerLook['health'] => {
  const status = State.Health?.Status;
  return status === 'healthy' || status === 'starting' || status === 'unhealthy' ? status : 'none';
};

const printable = (text: unknown, most: number): string =>
  typeof text === 'string' ? text.replaceAll(/[^ -~]/g, '').slice(0, most) : '';

/** Null: it has a name that no container can have. */
export const lookOf = (
  id: string,
  inspected: Inspected,
  stats: Stats | null,
  ports: ContainerLook['ports'],
): ContainerLook | null => {
  const name = inspected.Name.replace(/^\//, '');
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/.test(name)) return null;
  const { State, Config } = inspected;
  return {
    id,
    name,
    image: printable(Config?.Image, 160),
    startedAt: State.StartedAt,
    isPaused: State.Paused === true,
    health: healthOf(inspected),
    isOffered: Config?.Labels?.[stopLabel] === 'idle',
    cpuMs: cpuMsOf(stats),
    networkBytes: networkBytesOf(stats, inspected),
    memoryBytes: memoryBytesOf(stats),
    ports,
  };
};
