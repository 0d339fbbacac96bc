/** `npm run bench`: runs test/bench/NAME.bench.ts on the pinned Node and prints what they measured as one table. */
import { spawn } from 'node:child_process';
import { globSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { parseRow, type Row, table } from './rows.ts';

const root = path.resolve(import.meta.dirname, '../..');
/** The longest, the brake, takes 15 minutes on a quiet machine. */
const benchTimeoutMs = 2_400_000;
const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const nameOf = (file: string): string => path.basename(file, '.bench.ts');

/** Lines go to the rows, everything else to the terminal. A bench that fails is a row, too. */
function runBench(
  file: string,
  args: readonly string[],
): Promise<{ readonly rows: readonly Row[]; readonly ok: boolean }> {
  return new Promise((resolve) => {
    const rows: Row[] = [];
    // Its own group, so that a bench that is cut off takes what it started with it.
    const child = spawn(process.execPath, [file, ...args], {
      cwd: root,
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const end = (): void => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      } catch {
        // It is gone.
      }
    };
    const timer = setTimeout(end, benchTimeoutMs);
    process.once('exit', end);
    let rest = '';
    child.stdout.on('data', (chunk: Buffer) => {
      const lines = (rest + chunk.toString()).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const row = parseRow(line);
        if (row) rows.push(row);
        else if (line !== '') say(`  ${line}`);
      }
    });
    child.on('error', (error) => say(`  ${error.message}`));
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      process.removeListener('exit', end);
      end();
      const last = parseRow(rest);
      const all = last ? [...rows, last] : rows;
      if (code === 0) resolve({ rows: all, ok: true });
      else {
        const note = `failed: ${signal ?? `code ${code}`}`;
        resolve({ rows: [...all, { name: nameOf(file), figure: '–', value: null, unit: '', note }], ok: false });
      }
    });
  });
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'string' }, 'install-peers': { type: 'boolean', default: false } },
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130));

const files = globSync('test/bench/*.bench.ts', { cwd: root }).sort();
const unknown = positionals.filter((name) => !files.some((file) => nameOf(file) === name));
if (unknown.length > 0) {
  process.stderr.write(`No such bench: ${unknown.join(', ')}. There are: ${files.map(nameOf).join(', ')}\n`);
  process.exit(2);
}
const chosen = positionals.length === 0 ? files : files.filter((file) => positionals.includes(nameOf(file)));
const rows: Row[] = [];
let ok = true;
for (const file of chosen) {
  say(nameOf(file));
  const run = await runBench(file, values['install-peers'] ? ['--install-peers'] : []);
  rows.push(...run.rows);
  ok &&= run.ok;
}
say('');
for (const line of table(rows)) say(line);
if (values.json) {
  const machine = { node: process.version, platform: process.platform, arch: process.arch };
  writeFileSync(
    path.resolve(values.json),
    `${JSON.stringify({ date: new Date().toISOString(), machine, rows }, null, 2)}\n`,
  );
  say(`\nwritten to ${values.json}`);
}
process.exitCode = ok ? 0 : 1;
