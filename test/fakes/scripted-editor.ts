import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { run } from '../../helper/cli/main.ts';
import type { Handlers } from '../../helper/keeper/server/dispatch.ts';
import type { ConfigProblem } from '../../helper/protocol/status.ts';
import { capturedIo } from './captured-io.ts';
import { sampleStatus } from './sample-status.ts';
import { ownUid, sampleHandlers, startSocketKeeper, testRunDirectory } from './socket-keeper.ts';

/** `castellan config edit` with an editor that is a shell script, on real files. */

export const good = '[history]\nmax = "64 MB"\n';
export const better = '[history]\nmax = "128 MB"\n';
export const bad = '[history]\nmax = "lots"\n';

/** An editor that runs `script` with the file as `$1`; its folder has a space, as folders of editors do. */
export const scripted = (t: TestContext, script: string): string => {
  const folder = join(testRunDirectory(t), 'my editor');
  mkdirSync(folder);
  const path = join(folder, 'edit.sh');
  writeFileSync(path, `set -eu\n${script}\n`);
  return `/bin/sh '${path}'`;
};

export const write = (text: string): string => `cat > "$1" <<'END'\n${text}END`;

export interface Edit {
  readonly runDirectory: string;
  readonly editor: string;
  readonly answers?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export const edit = async ({ runDirectory, editor, answers = [], env = {} }: Edit) => {
  const io = capturedIo({ env: { PATH: process.env.PATH, EDITOR: editor, ...env }, answers });
  return { code: await run(['config', 'edit', '--run-dir', runDirectory], io), listening: io.listening(), ...io.text };
};

export const fileIn = (runDirectory: string): string => join(runDirectory, 'castellan.toml');
export const placed = (runDirectory: string, text: string): string => {
  writeFileSync(fileIn(runDirectory), text, { mode: 0o644 });
  return fileIn(runDirectory);
};
export const textIn = (runDirectory: string): string => readFileSync(fileIn(runDirectory), 'utf8');

/** Where the editor was shown the file, as the scripts note it. */
export const seenIn = (folder: string): string => readFileSync(join(folder, 'seen'), 'utf8').trim();

export const keeperWith = (t: TestContext, reload: Handlers['config.reload'], path?: string) =>
  startSocketKeeper(t, {
    keeperUid: ownUid(),
    handlers: sampleHandlers({
      'config.reload': reload,
      'read.status': () => ({
        ok: true,
        result: sampleStatus(path === undefined ? {} : { config: { path, state: 'file', problems: [] } }),
      }),
    }),
  });

export const problem: ConfigProblem = { line: 2, key: 'history.max', message: 'Too much.', fix: 'Write less.' };
