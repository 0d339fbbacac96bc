import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import * as esbuild from 'esbuild';
import { bundleScript } from '../../build/executable/script.ts';

const root = path.resolve(import.meta.dirname, '../..');

/** Every file that the role needs at run time, with what each imports; types are gone by then. */
const graphOf = async (entry: string): Promise<esbuild.Metafile['inputs']> => {
  const { metafile } = await esbuild.build({
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    write: false,
    outdir: 'dist/none',
    platform: 'node',
    format: 'esm',
    packages: 'external',
    metafile: true,
    logLevel: 'silent',
  });
  return metafile.inputs;
};

/** Large, or with a world of their own. */
const tooMuch = ['node:sqlite', 'node:worker_threads', 'node:http', 'node:https', 'node:crypto', 'node:vm'];

describe('what the deadman is made of', () => {
  test("nothing but Node's own modules, and none of those that are large", async () => {
    const graph = await graphOf('helper/deadman/role.ts');
    const outside = Object.entries(graph).flatMap(([file, { imports }]) =>
      imports.filter(({ external }) => external === true).map((each) => ({ file, name: each.path })),
    );
    assert.ok(Object.keys(graph).length > 15 && outside.length > 15, 'the graph was walked');
    for (const { file, name } of outside) {
      assert.ok(name.startsWith('node:') && builtinModules.includes(name.slice(5)), `${file} imports ${name}`);
      assert.ok(!tooMuch.includes(name), `${file} imports ${name}`);
    }
    for (const file of Object.keys(graph)) assert.ok(!file.startsWith('helper/host/'), `${file}: it needs no host`);
  });

  test('in the script of the executable it evaluates its own files only', async (t) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'castellan-script-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const script = path.join(folder, 'castellan.cjs');
    await bundleScript({ root, entry: 'helper/main.ts', outfile: script });
    const evaluated = (args: readonly string[], endAfter: string): readonly string[] => {
      const report = path.join(folder, 'evaluated');
      const { stderr } = spawnSync(process.execPath, [watched(script, report, endAfter), ...args], {
        encoding: 'utf8',
      });
      return readFileSync(report, 'utf8')
        .split('\n')
        .concat(stderr.includes('Error') ? [stderr] : []);
    };
    const runDirectory = path.join(folder, 'run');
    const files = evaluated(['deadman', '--run-dir', runDirectory], 'deadman: started');
    assert.ok(files.includes('helper/deadman/deadman.ts'), files.join('\n'));
    for (const file of files) {
      assert.doesNotMatch(file, /node_modules|zod|koffi|re2js|toml|Error/);
      assert.doesNotMatch(file, /NativeModule (sqlite|worker_threads|https?)$/);
    }
    // The same look sees what the command line evaluates, so it would see it here.
    assert.match(evaluated(['version'], '').join('\n'), /node_modules\/zod/);
  });
});

/** The script, telling which of its modules were evaluated, and Node's own; it ends itself once it has said `endAfter`. */
const watched = (script: string, report: string, endAfter: string): string => {
  const text = readFileSync(script, 'utf8');
  const name = 'globalThis.evaluated.push(__getOwnPropNames(';
  const told = text
    .replace('var __esm=(fn,res,err)=>function(){', `var __esm=(fn,res,err)=>function(){if(fn)${name}fn)[0]);`)
    .replace('var __commonJS=(cb,mod)=>function(){', `var __commonJS=(cb,mod)=>function(){if(!mod)${name}cb)[0]);`);
  assert.equal(told.split(name).length, 3, 'the bundle looks as it is expected to');
  const head = `
    globalThis.evaluated = [];
    process.on('exit', () => require('node:fs').writeFileSync(${JSON.stringify(report)},
      globalThis.evaluated.concat(process.moduleLoadList.filter((each) => each.startsWith('NativeModule')))
      .join(String.fromCharCode(10))));
    // In a block of its own: the script may have a name like this at its top.
    { const write = process.stderr.write.bind(process.stderr);
    process.stderr.write = (chunk, ...more) => {
      if (${JSON.stringify(endAfter)} !== '' && String(chunk).startsWith(${JSON.stringify(endAfter)}))
        setTimeout(() => process.kill(process.pid, 'SIGTERM'), 100);
      return write(chunk, ...more);
    }; }
  `;
  const file = `${script}.watched.cjs`;
  writeFileSync(file, told.replace('"use strict";', `"use strict";${head}`));
  return file;
};

describe('who may make a permit', () => {
  test('the freezer to stop, the actuator to kill, and nobody else', (t) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'castellan-lint-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const config = JSON.parse(readFileSync(path.join(root, 'biome.json'), 'utf8')) as Record<string, unknown>;
    const { $schema: _schema, vcs: _vcs, ...rest } = config;
    writeFileSync(path.join(folder, 'biome.json'), JSON.stringify(rest));
    const files = [
      'helper/keeper/acting/freezer.ts',
      'helper/keeper/acting/actuator.ts',
      'helper/keeper/loop.ts',
      'helper/host/linux/a.ts',
    ];
    const flagged = (name: string): readonly string[] => {
      for (const file of files) {
        mkdirSync(path.join(folder, path.dirname(file)), { recursive: true });
        const permits = file.startsWith('helper/host/') ? '../permits.ts' : '../host/permits.ts';
        writeFileSync(
          path.join(folder, file),
          `import { ${name} } from '${permits}';\n\nexport const made = ${name};\n`,
        );
      }
      const biome = path.join(root, 'node_modules/@biomejs/biome/bin/biome');
      const { stdout } = spawnSync(process.execPath, [biome, 'lint', '--reporter=github', '.'], {
        cwd: folder,
        encoding: 'utf8',
      });
      return files.filter((file) => stdout.includes(`${file},line=`));
    };
    const allBut = (file: string): readonly string[] => files.filter((each) => each !== file);
    assert.deepEqual(flagged('permitStop'), allBut('helper/keeper/acting/freezer.ts'));
    assert.deepEqual(flagged('permitKill'), allBut('helper/keeper/acting/actuator.ts'));
    assert.deepEqual(flagged('somethingElse'), []);
  });
});
