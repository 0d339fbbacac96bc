/**
 * A process that holds about as much anonymous memory as it is told: `victim.ts BYTES`, then one number a line on
 * stdin. Answers each with the line `ok` once the memory is there (or gone). Needs `--expose-gc`.
 */
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';

const held: Buffer[] = [];
const pieceBytes = 4 * 2 ** 20;
const worth = 2 * pieceBytes;

const ownBytes = (): number => {
  const kb = /^RssAnon:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1];
  return Number(kb) * 1024;
};

/** The collector gives memory back some time after it was let go, so this looks until the kernel agrees. */
const hold = async (bytes: number): Promise<void> => {
  for (let tries = 0; tries < 100; tries += 1) {
    const over = ownBytes() - bytes;
    if (Math.abs(over) < worth) break;
    if (over > 0) held.length = Math.max(0, held.length - Math.floor(over / pieceBytes));
    for (let i = 0; i < Math.floor(-over / pieceBytes); i += 1) held.push(Buffer.alloc(pieceBytes, 1));
    globalThis.gc?.();
    await setTimeout(20);
  }
  process.stdout.write('ok\n');
};

await hold(Number(process.argv[2]));
const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => void hold(Number(line)));
// Its owner is gone: so is it.
lines.on('close', () => process.exit(0));
