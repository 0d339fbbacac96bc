import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runZig, type Zig } from '../fetch/zig.ts';
import { type ConformanceSource, conformanceSource } from './c-source.ts';
import type { BindingData } from './data.ts';
import { stubSymbols } from './stub.ts';

export interface Conformance {
  /** What is not as Apple has it, each a line; empty: all is. */
  readonly problems: readonly string[];
  readonly counts: ConformanceSource['counts'];
  /** Functions whose symbols were looked for in the stub of libSystem. */
  readonly symbols: number;
  /** What nothing of Apple's that is at hand can confirm. */
  readonly unproven: readonly string[];
}

/** The oldest macOS that Castellan supports: what is there is there later, too. */
const target = 'aarch64-macos.13.0';
const stub = 'libSystem.13.tbd';
const stubbed = '/usr/lib/libSystem.B.dylib';

export const checkConformance = (zig: Extract<Zig, { kind: 'found' }>, all: readonly BindingData[]): Conformance => {
  const libc = path.dirname(zig.stubs);
  const folders = ['any-macos-any', 'any-macos.13-any', 'aarch64-macos.13-none'].map((each) =>
    path.join(libc, 'include', each),
  );
  const hasHeader = (name: string): boolean => folders.some((folder) => existsSync(path.join(folder, name)));
  const mirrors = readFileSync(path.join(import.meta.dirname, 'mirrors.h'), 'utf8');
  const source = conformanceSource(all, hasHeader, mirrors);
  const symbols = checkSymbols(readFileSync(path.join(zig.stubs, stub), 'utf8'), all);
  return {
    problems: [...compile(zig, source.text), ...symbols.problems],
    counts: source.counts,
    symbols: symbols.count,
    unproven: source.unproven,
  };
};

/** The compiler's errors; each names the assertion that does not hold. */
const compile = (zig: Extract<Zig, { kind: 'found' }>, text: string): readonly string[] => {
  const folder = mkdtempSync(path.join(tmpdir(), 'conformance-'));
  try {
    const file = path.join(folder, 'conformance.c');
    writeFileSync(file, text);
    const strict = ['-std=c11', '-Wall', '-Wextra', '-Werror', '-ferror-limit=0', '-fno-caret-diagnostics'];
    const run = runZig(zig, ['cc', '-target', target, ...strict, '-c', file, '-o', path.join(folder, 'conformance.o')]);
    if (run.ok) return [];
    const errors = run.output.split('\n').filter((line) => /error: /.test(line));
    return errors.length === 0
      ? [run.output || 'zig failed and said nothing']
      : errors.map((line) => line.replace(/^.*?error: /, ''));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const checkSymbols = (
  text: string,
  all: readonly BindingData[],
): { readonly problems: readonly string[]; readonly count: number } => {
  const listed = stubSymbols(text);
  const problems: string[] = [];
  let count = 0;
  for (const { library, functions } of all) {
    if (library !== stubbed) continue;
    for (const [name, { optional }] of Object.entries(functions)) {
      count += 1;
      const isThere = listed.has(`_${name}`);
      if (!isThere && optional !== true) problems.push(`${name} is not in ${stub}`);
      // What macOS 13 has is not optional: who looks for it with care for nothing hides a misspelt name.
      if (isThere && optional === true) problems.push(`${name} is optional and in ${stub}`);
    }
  }
  return { problems, count };
};
