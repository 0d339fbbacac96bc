import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { build } from 'plist';
import { type ModelServerAt, modelServerAt, modelServerCommand } from './model-server-start.ts';

/** A seat of a test: its lines of castellan.toml, its property list, and where its model server is found. */

export interface SeatSpec {
  readonly name: string;
  readonly class: 'protected' | 'on_call';
  /** Arguments of model-server.ts. */
  readonly args?: readonly string[];
  /** A Node of its own, which a test may take away; left out: the one that runs the test. */
  readonly program?: string;
  /** With a proxy of its own (on call only). */
  readonly hasProxy?: boolean;
  /** Further lines of its `[[seat]]`; its port may be among them. */
  readonly lines?: readonly string[] | ((port: number) => readonly string[]);
  /** Declared, in MB; 200 where nothing is said. */
  readonly peakMb?: number;
}

export interface WorldSeat extends ModelServerAt {
  readonly name: string;
  readonly label: string;
  readonly port: number;
  readonly proxyPort: number;
  /** How often its program was started, whoever did it. */
  starts(): number;
  /** Pid of its last start. */
  pid(): number;
}

export const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const bound = server.address();
  server.close();
  await once(server, 'close');
  if (bound === null || typeof bound === 'string') throw new Error('no address');
  return bound.port;
};

/** Of a file that may not be there; the empty ones left out. */
export const linesOf = (file: string): readonly string[] => {
  try {
    return readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line !== '');
  } catch {
    return [];
  }
};

export interface Made {
  readonly seat: WorldSeat;
  readonly toml: string;
  /** Null: the keeper writes it, from the command. */
  readonly plist: Parameters<typeof build>[0] | null;
}

export const makeSeat = async (spec: SeatSpec, folder: string, tag: string): Promise<Made> => {
  const [port, proxyPort] = [await freePort(), await freePort()];
  const label = `test.castellan.${tag}.${spec.name}`;
  const starts = join(folder, `${spec.name}.starts`);
  const [node, ...rest] = modelServerCommand('--port', String(port), '--starts', starts, ...(spec.args ?? []));
  const command = [spec.program ?? node, ...rest] as const;
  const isProtected = spec.class === 'protected';
  const toml = [
    '[[seat]]',
    `name = "${spec.name}"`,
    `class = "${spec.class}"`,
    `label = "${label}"`,
    `peak = "${spec.peakMb ?? 200} MB"`,
    `ready = { url = "http://127.0.0.1:${port}/health" }`,
    `port = ${port}`,
    ...(isProtected ? [] : [`command = ${JSON.stringify(command)}`, 'wired_argument = []']),
    ...(spec.hasProxy === true ? [`proxy = { listen = "127.0.0.1:${proxyPort}", target = "127.0.0.1:${port}" }`] : []),
    ...(typeof spec.lines === 'function' ? spec.lines(port) : (spec.lines ?? [])),
  ].join('\n');
  // Of a protected seat only, which starts by itself; one on call has the keeper's.
  const plist = { Label: label, ProgramArguments: [...command], RunAtLoad: true, KeepAlive: true, ExitTimeOut: 60 };
  const startLines = (): readonly string[] => linesOf(starts);
  return {
    toml,
    plist: isProtected ? plist : null,
    seat: {
      ...modelServerAt(port),
      name: spec.name,
      label,
      port,
      proxyPort,
      starts: () => startLines().length,
      pid: () => Number(startLines().at(-1)?.split(' ')[0] ?? Number.NaN),
    },
  };
};
