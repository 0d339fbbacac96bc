import { type ChildProcess, spawn } from 'node:child_process';
import type { TestContext } from 'node:test';
import { createPeerCode } from '../../helper/host/darwin/security-peer.ts';
import type { ServerOptions } from '../../helper/keeper/server/server.ts';
import { type Built, buildPeerWorld, hardened, openPeerWorld, type PeerWorld } from './peer-world.ts';
import { type SocketKeeper, sampleHandlers, startSocketKeeper, testRunDirectory } from './socket-keeper.ts';

/** The keeper's server as it stands on a Mac with a signed release, and programs that connect to it. */

export interface Visitor {
  readonly child: ChildProcess;
  /** What it received and said, once it has ended. */
  readonly said: Promise<readonly string[]>;
}

export interface PeerKeeper extends SocketKeeper {
  readonly world: PeerWorld;
  /** Modes that were asked for, each by whom: what got through. */
  readonly done: readonly string[];
  /** Runs a program with these steps (peer-puppet.c). */
  visit(program: string, ...steps: readonly string[]): Visitor;
  /** Codes of all that were turned away, as the log has them. */
  refusals(): readonly string[];
}

let built: Promise<Built | { readonly missing: string }> | null = null;

/** Null, and the test is skipped, where nothing can be compiled. */
export const openWorld = async (t: TestContext): Promise<PeerWorld | null> => {
  built ??= buildPeerWorld();
  const found = await built;
  if ('library' in found) return openPeerWorld(found, testRunDirectory(t));
  t.skip(found.missing);
  return null;
};

export const startPeerKeeper = async (
  t: TestContext,
  change: Partial<ServerOptions> & { readonly oldestBuild?: number } = {},
): Promise<PeerKeeper | null> => {
  const world = await openWorld(t);
  if (world === null) return null;
  const { oldestBuild, ...options } = change;
  const done: string[] = [];
  const keeper = await startSocketKeeper(t, {
    peerOf: world.peers.peerOf,
    peerCode: createPeerCode({
      peers: world.peers,
      security: () => world.security,
      stamp: { teamId: hardened.team, build: 7 },
      ...(oldestBuild === undefined ? {} : { oldestBuild }),
    }),
    handlers: sampleHandlers({
      'relief.mode': ({ to }, caller) => {
        done.push(`${to} by ${caller.client}`);
        return sampleHandlers()['relief.mode']({ to }, caller) as never;
      },
    }),
    ...options,
  });
  const visit: PeerKeeper['visit'] = (program, ...steps) => {
    const child = spawn(program, [...steps], { env: world.env, stdio: ['ignore', 'pipe', 'pipe'] });
    t.after(() => child.kill('SIGKILL'));
    const lines = async (): Promise<readonly string[]> => {
      const all = await Promise.all([child.stderr.toArray(), child.stdout.toArray()]);
      return all
        .flat()
        .join('')
        .split('\n')
        .filter((line) => line !== '');
    };
    return { child, said: lines() };
  };
  return {
    ...keeper,
    world,
    done,
    visit,
    refusals: () => keeper.log.map((line) => /uid -?\d+: (\w+):/.exec(line)?.[1] ?? line),
  };
};

export const modeRequest = (id = 1): string =>
  JSON.stringify({ type: 'request', id, verb: 'relief.mode', args: { to: 'dry_run' } });

/** A frame as hexadecimal digits. */
export const frameHex = (json: string): string => {
  const head = Buffer.from([0xff, 0x43, 0x53, 0, 0, 0, 0, 0]);
  head.writeUInt32BE(Buffer.byteLength(json), 4);
  return Buffer.concat([head, Buffer.from(json)]).toString('hex');
};
