import { getAssetKeys, getRawAsset } from 'node:sea';
import { compileFunction } from 'node:vm';

/** Part of the executable: runs the script of a role, and gives what it exports. */
export const runRole = (name: string): unknown => {
  // The executable's own memory, mapped from its file: only the text is copied. esbuild writes ASCII.
  const text = Buffer.from(getRawAsset(name)).toString('latin1');
  const compiled = `${name}.cache`;
  // Not in one that was built on another system than it runs on.
  const hasCompiled = getAssetKeys().includes(compiled);
  // The parameters are given apart from the text, so line and column of a stack trace are those of the script.
  const run = compileFunction(text, ['exports', 'require', 'module'], {
    filename: name,
    ...(hasCompiled ? { cachedData: Buffer.from(getRawAsset(compiled)) } : {}),
  });
  const module = { exports: {} };
  run(module.exports, require, module);
  return module.exports;
};
