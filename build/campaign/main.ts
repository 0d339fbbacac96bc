/** `npm run campaign NAME`: long campaigns of faults, each a program of its own in test/campaign. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { withNpmOptions } from './npm-options.ts';

const campaigns = ['kill-points', 'http', 'popover'] as const;
const usage = `npm run campaign NAME -- [options]\n\nThere are: ${campaigns.join(', ')}. Each says its options with --help.`;

const root = path.resolve(import.meta.dirname, '../..');
const [name, ...args] = process.argv.slice(2);
const chosen = campaigns.find((each) => each === name);
if (chosen === undefined) {
  process.stderr.write(`${name === undefined ? '' : `No such campaign: ${name}. `}${usage}\n`);
  process.exit(2);
}
const file = path.join(root, 'test', 'campaign', `${chosen}.ts`);
const passed = withNpmOptions(args, process.env);
const child = spawn(process.execPath, ['--no-warnings', file, ...passed], { cwd: root, stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
child.on('error', (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
child.on('exit', (code) => process.exit(code ?? 1));
