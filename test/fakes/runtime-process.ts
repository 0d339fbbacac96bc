import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { startFakeRuntime, type Trap } from './runtime-server.ts';

/**
 * A runtime of models as a process of its own: `node runtime-process.ts '{"kind":…}'`. Each model lies in a child, as ollama's
 * runners and the servers of a llama.cpp router do. Prints its address once all is loaded.
 */

export interface RuntimeProcessOptions {
  readonly kind: 'llama_cpp' | 'ollama';
  readonly models: readonly { readonly id: string; readonly mb: number }[];
  readonly trap?: Trap;
  /** It unlists what it was asked to unload, and keeps its memory. */
  readonly keepsMemory?: boolean;
}

const options = JSON.parse(process.argv[2] ?? '{}') as RuntimeProcessOptions;
const holders = new Map<string, ChildProcess>();

// What is not zero is really there, and goes with its process.
const hold = `const b = Buffer.alloc(Number(process.argv[1]) * 2 ** 20, 1);
process.stdout.write('ready'); process.stdin.on('end', () => process.exit()).resume(); setInterval(() => b, 1e6);`;

for (const { id, mb } of options.models) {
  const child = spawn(process.execPath, ['-e', hold, String(mb)], { stdio: ['pipe', 'pipe', 'inherit'] });
  if (child.stdout !== null) await once(child.stdout, 'data');
  holders.set(id, child);
}
const runtime = await startFakeRuntime({
  kind: options.kind,
  models: options.models.map(({ id, mb }) => ({ id, bytes: mb * 2 ** 20 })),
  ...(options.trap === undefined ? {} : { trap: options.trap }),
  onUnload: ({ id }) => {
    if (options.keepsMemory !== true) holders.get(id)?.kill('SIGKILL');
  },
});
process.stdout.write(`${runtime.url}\n`);
// Its children end when their input does: with it, however that ends.
process.stdin.on('end', () => process.exit()).resume();
