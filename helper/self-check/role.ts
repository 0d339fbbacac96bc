import { DatabaseSync } from 'node:sqlite';
import { nativeHostKind, openHost } from '../host/open.ts';
import { buildStamp } from '../protocol/build-stamp.ts';
import { productVersion } from '../protocol/version.ts';

/**
 * `castellan self-check`: whether this program can do what it needs on this machine, before anything depends on it. A signed
 * executable that may not write and run code signs and notarizes perfectly and ends with SIGTRAP when it is run; one whose
 * native half has another signature loads everything but that. It changes nothing and reads no file.
 */

/** Each returns what it found; an exception is its failure. */
type Check = readonly [name: string, run: () => Promise<string> | string];

/** Enough calls for V8 to write machine code for it. */
const calls = 200_000;

const compiled = (): string => {
  const step = (value: number): number => (Math.imul(value, 1_103_515_245) + 12_345) >>> 0;
  let value = 1;
  for (let call = 0; call < calls; call += 1) value = step(value);
  if (value !== 2_922_840_257) throw new Error(`the sum is ${value}`);
  return 'code compiled and run';
};

const database = (): string => {
  const base = new DatabaseSync(':memory:');
  base.exec('CREATE TABLE seen (at INTEGER); INSERT INTO seen VALUES (1), (2);');
  const row = base.prepare('SELECT count(*) AS rows FROM seen').get();
  base.close();
  if (row?.rows !== 2) throw new Error('two rows were written and not read');
  return 'SQLite in memory';
};

/** Through koffi's native half, loaded from beside the executable. */
const native = async (): Promise<string> => {
  const host = await openHost(nativeHostKind(process.platform));
  try {
    const own = host.identify(process.pid);
    if (!('start' in own)) throw new Error('it does not find its own process');
    return `${host.facts.os}, ${Math.round(host.facts.totalBytes / 2 ** 30)} GB, own process found`;
  } finally {
    await host.close();
  }
};

const checks: readonly Check[] = [
  ['compiler', compiled],
  ['database', database],
  ['native', native],
];

const built = (): string =>
  buildStamp === null ? 'development build' : `build ${buildStamp.build} of team ${buildStamp.teamId}`;

/** Resolves to the exit code: 0, or 70 when something does not work (sysexits.h: EX_SOFTWARE). */
export const runSelfCheck = async (): Promise<number> => {
  const say = (line: string): void => {
    process.stdout.write(`${line}\n`);
  };
  say(`castellan ${productVersion}, ${built()}, Node ${process.versions.node}, ${process.platform} ${process.arch}`);
  let failed = 0;
  for (const [name, run] of checks) {
    try {
      say(`ok ${name}: ${await run()}`);
    } catch (error) {
      failed += 1;
      say(`failed ${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return failed === 0 ? 0 : 70;
};
