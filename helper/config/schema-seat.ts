import * as z from 'zod/mini';
import { type SeatConfig, seatDefaults } from './config.ts';
import { choice, quantity } from './fields.ts';
import { account, address, argument, band, localUrl, port } from './fields-machine.ts';
import { health, toHealth } from './schema-health.ts';
import { launchdDomain, launchdLabel, name, note, oracle } from './words.ts';

/** The table [[seat]] of castellan.toml. */

const mostArguments = 64;
const mostWiredArguments = 8;
const defaultProxyListen = { host: '127.0.0.1', port: 1340 } as const;

/** A program and its arguments. That it has at least one word and an absolute path is a rule of its own, with its line. */
const commandLine = (key: string, example: string, description: string) =>
  z
    .array(argument(key, example, 'One argument.'))
    .check(z.maxLength(mostArguments))
    .register(z.globalRegistry, { description });

const ready = z
  .strictObject({
    url: localUrl(
      'url',
      'http://127.0.0.1:1337/v1/models',
      'A GET that the gateway asks, on this machine, without TLS; any answer of 200 to 299 means ready.',
      { noTls: 'Readiness is asked without TLS.' },
    ),
  })
  .register(z.globalRegistry, { description: 'How the seat shows over HTTP that it serves.' });

const proxy = z
  .strictObject({
    listen: z.optional(
      address('listen', '127.0.0.1:1340', 'Connections to this address start the seat. Default "127.0.0.1:1340".'),
    ),
    target: address('target', '127.0.0.1:1341', 'Where the seat itself listens, on this machine.', {
      isTarget: true,
      loopbackOnly: {
        message: 'A seat is reached on this machine only, and this is an address others can reach.',
        fix: 'Let the seat listen at 127.0.0.1 and name that port; the address for others is listen.',
      },
    }),
  })
  .register(z.globalRegistry, { description: 'A proxy in front of an on-call seat.' });

const seat = z
  .strictObject({
    name: name('Cilghal', 'What the seat is called everywhere.'),
    class: choice(
      ['protected', 'on_call'],
      'class',
      'protected: its peak is always kept free. on_call: loaded on demand.',
    ),
    label: launchdLabel(
      'label',
      'com.sanctum.mlx',
      'launchd label of its service; the pid of that job and its descendants are the seat.',
    ),
    domain: z.optional(launchdDomain('launchd domain of its service. Default "system".')),
    peak: quantity('size', 'peak', 'Largest footprint it is expected to reach.', { least: '1 MB' }),
    note: z.optional(note),
    wired: z.optional(quantity('size', 'wired', 'Part of the peak that is wired memory for the GPU. Default "0 GB".')),
    band: z.optional(
      band('band', 'Jetsam band of its processes. Default "CRITICAL" for a protected seat, else "IDLE".'),
    ),
    idle: z.optional(
      quantity(
        'duration',
        'idle',
        'on_call only: unloaded after so long without use; "0 s": never by itself. Default "5 min".',
        { most: '168 h' },
      ),
    ),
    ready: z.optional(ready),
    probe_cmd: z.optional(
      commandLine(
        'probe_cmd',
        '/usr/local/bin/mlx-ready',
        'A program and its arguments, run without a shell with the rights of the seat’s user; exit 0 within 5 s: ready.',
      ),
    ),
    ready_timeout: z.optional(
      quantity('duration', 'ready_timeout', 'How long a start may take until it is ready. Default "2 min".', {
        least: '1 s',
        most: '30 min',
      }),
    ),
    drain: z.optional(
      quantity('duration', 'drain', `How long its orderly stop may take. Default "${seatDefaults.drainSeconds} s".`, {
        least: '1 s',
        most: '30 min',
      }),
    ),
    port: z.optional(
      port(
        'port',
        1337,
        'Port on this machine at which it serves; its connections count as use. Default: that of the proxy’s target, else of ready’s url.',
      ),
    ),
    proxy: z.optional(proxy),
    user: z.optional(account('user', '_mlx', 'Account it runs as. Default: whatever its property list says.')),
    command: z.optional(
      commandLine(
        'command',
        '/opt/mlx/bin/mlx_lm.server',
        'Program and arguments of which `castellan plist` makes its property list.',
      ),
    ),
    wired_argument: z.optional(
      z
        .array(argument('wired_argument', '--metal-wired-limit-mb', 'One argument; {mb} stands for the figure.'))
        .check(z.maxLength(mostWiredArguments))
        .register(z.globalRegistry, {
          description:
            'Arguments that tell the program its wired limit, {mb} in place of the megabytes; [] if it takes none. Default ["--metal-wired-limit-mb", "{mb}"].',
        }),
    ),
    oracle: z.optional(oracle),
    health: z.optional(health),
    fallback: z.optional(
      launchdLabel('fallback', 'com.sanctum.mlx-python', 'launchd label of the service that stands in for it.'),
    ),
  })
  .register(z.globalRegistry, { description: 'One model server.' });

const maxSeats = 64;

export const seats = z
  .array(seat)
  .check(z.maxLength(maxSeats))
  .register(z.globalRegistry, { description: 'Model servers, one [[seat]] each.' });

type Written = z.output<typeof seat>;

/** An empty list is refused by a rule that names its line. */
const words = (list: readonly string[] | undefined): readonly [string, ...string[]] | null => {
  const [first, ...rest] = list ?? [];
  return first === undefined ? null : [first, ...rest];
};

const readyOf = (one: Written): SeatConfig['ready'] => {
  if (one.ready !== undefined) return { kind: 'http', url: one.ready.url };
  const argv = words(one.probe_cmd);
  return argv === null ? null : { kind: 'command', argv };
};

const seconds = (ms: number | undefined, otherwise: number): number => (ms === undefined ? otherwise : ms / 1000);

/** 80 is the port of an HTTP URL that names none. */
const portOfUrl = (url: string): number => Number(new URL(url).port || 80);

const portOf = (one: Written): number | null => {
  if (one.port !== undefined) return one.port;
  if (one.proxy !== undefined) return one.proxy.target.port;
  return one.ready === undefined ? seatDefaults.port : portOfUrl(one.ready.url);
};

/** Fills in the defaults. */
export const toSeat = (one: Written): SeatConfig => {
  const isProtected = one.class === 'protected';
  return {
    name: one.name,
    class: one.class,
    label: one.label,
    domain: one.domain ?? seatDefaults.domain,
    peakBytes: one.peak,
    note: one.note ?? seatDefaults.note,
    wiredBytes: one.wired ?? seatDefaults.wiredBytes,
    band: one.band ?? (isProtected ? 'CRITICAL' : seatDefaults.band),
    idleSeconds: isProtected ? 0 : seconds(one.idle, seatDefaults.idleSeconds),
    ready: readyOf(one),
    readySeconds: seconds(one.ready_timeout, seatDefaults.readySeconds),
    drainSeconds: seconds(one.drain, seatDefaults.drainSeconds),
    port: portOf(one),
    proxy:
      one.proxy === undefined
        ? seatDefaults.proxy
        : { listen: one.proxy.listen ?? defaultProxyListen, target: one.proxy.target },
    user: one.user ?? seatDefaults.user,
    command: words(one.command),
    wiredArgument: one.wired_argument ?? seatDefaults.wiredArgument,
    oracle: one.oracle ?? seatDefaults.oracle,
    fallback: one.fallback ?? seatDefaults.fallback,
    health: one.health === undefined ? seatDefaults.health : toHealth(one.health, one.command?.[0] ?? null),
  };
};
