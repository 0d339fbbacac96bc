import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createPeerCode } from '../../helper/host/darwin/security-peer.ts';
import type { ServerOptions } from '../../helper/keeper/server/server.ts';
import { type Built, buildPeerWorld, hardened, openPeerWorld, type PeerWorld } from './peer-world.ts';
import { type SocketKeeper, sampleHandlers, startSocketKeeper, testRunDirectory } from './socket-keeper.ts';

/** The keeper's server as it stands on a Mac with a signed release, and programs that connect to it. */

export interface Visitor {
  readonly pid: number;
  /** What it has said so far. */
  readonly lines: () => readonly string[];
  /** What it received and said, once it has ended. */
  readonly said: Promise<readonly string[]>;
}

export interface PeerKeeper extends SocketKeeper {
  readonly world: PeerWorld;
  /** Modes that were asked for, each by whom: what got through. */
  readonly done: readonly string[];
  /** Checks of a signature that were asked for, and those that have come to an end. */
  readonly asked: () => number;
  readonly checks: () => number;
  /** Runs a program with these steps (peer-puppet.c). */
  visit(program: string, ...steps: readonly string[]): Visitor;
  /** As another user, who can get at all of this from then on. */
  visitAs(uid: number, program: string, ...steps: readonly string[]): Visitor;
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
  let asked = 0;
  let checks = 0;
  const code = createPeerCode({
    peers: world.peers,
    security: () => world.security,
    stamp: { teamId: hardened.team, build: 7 },
    ...(oldestBuild === undefined ? {} : { oldestBuild }),
  });
  const keeper = await startSocketKeeper(t, {
    peerOf: world.peers.peerOf,
    peerCode: {
      ...code,
      check: async (...args) => {
        asked += 1;
        const checked = await code.check(...args);
        checks += 1;
        return checked;
      },
    },
    handlers: sampleHandlers({
      'relief.mode': ({ to }, caller) => {
        done.push(`${to} by ${caller.client}`);
        return sampleHandlers()['relief.mode']({ to }, caller) as never;
      },
    }),
    ...options,
  });
  const start = (program: string, steps: readonly string[], who: { readonly uid?: number } = {}): Visitor => {
    const child = spawn(program, [...steps], {
      ...who,
      env: world.env,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const { pid } = child;
    if (pid === undefined) throw new Error(`${program} did not start`);
    t.after(() => {
      try {
        // With whatever it forked: all of them are of a group of its own.
        process.kill(-pid, 'SIGKILL');
      } catch {
        // All have ended.
      }
    });
    let text = '';
    const lines = (): readonly string[] => text.split('\n').filter((line) => line !== '');
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (bytes: Buffer) => {
        text += bytes.toString();
      });
    const said = new Promise<readonly string[]>((resolve) => child.once('close', () => resolve(lines())));
    return { pid, lines, said };
  };
  return {
    ...keeper,
    world,
    done,
    asked: () => asked,
    checks: () => checks,
    visit: (program, ...steps) => start(program, steps),
    visitAs: (uid, program, ...steps) => {
      // Its program, and its notes of who used the socket last.
      for (const folder of [path.dirname(program), world.env.STANDIN_LAST_OWNERS]) if (folder) chmodSync(folder, 0o777);
      return start(program, steps, { uid });
    },
    refusals: () => keeper.log.map((line) => /uid -?\d+: (\w+):/.exec(line)?.[1] ?? line),
  };
};

export const modeRequest = (id = 1): string =>
  JSON.stringify({ type: 'request', id, verb: 'relief.mode', args: { to: 'dry_run' } });

/**
 * Holds up this process, and with it the keeper, until what the shell does has come to an end: what happens meanwhile is all
 * there when the keeper has its next turn.
 */
export const whileHeldUp = (script: string): void => {
  const run = spawnSync('/bin/sh', ['-ec', script], { timeout: 20_000, encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`${script}: ${run.stderr}`);
};

/** For the shell. */
export const untilProgram = (pid: number, program: string): string =>
  `until [ "$(readlink /proc/${pid}/exe)" = "${program}" ]; do sleep 0.01; done`;
export const untilGone = (pid: number): string =>
  `until [ ! -e /proc/${pid} ] || grep -q '^State:.Z' /proc/${pid}/status; do sleep 0.01; done`;
export const untilThere = (file: string): string => `until [ -e '${file}' ]; do sleep 0.01; done`;

/** A frame as hexadecimal digits. */
export const frameHex = (json: string): string => {
  const head = Buffer.from([0xff, 0x43, 0x53, 0, 0, 0, 0, 0]);
  head.writeUInt32BE(Buffer.byteLength(json), 4);
  return Buffer.concat([head, Buffer.from(json)]).toString('hex');
};

/** Polled: what is waited for is seen and not timed. */
export const until = async (isSo: () => boolean): Promise<void> => {
  for (let tries = 0; tries < 2_000 && !isSo(); tries += 1) await sleep(5);
  assert.ok(isSo());
};

/** Nothing got through, and nothing of CoreFoundation's was left behind or used after it was let go. */
export const nothingDone = async (keeper: PeerKeeper): Promise<void> => {
  assert.deepEqual(keeper.done, []);
  // A check that nobody waits for any more comes to its end all the same.
  await until(() => keeper.world.living() === 0);
  assert.deepEqual([keeper.world.living(), keeper.world.faults()], [0, 0]);
};
