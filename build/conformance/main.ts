/** Compares the bindings of macOS with Apple's headers and says what cannot be compared. */
import { ensureZig } from '../fetch/zig.ts';
import { checkConformance } from './check.ts';
import { bindingData } from './data.ts';

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const zig = await ensureZig(say);
if (zig.kind === 'missing') {
  say(`conformance: skipped, ${zig.reason}`);
} else {
  const { problems, counts, symbols, unproven } = checkConformance(zig, bindingData);
  const { prototypes, layouts, fields, constants, types } = counts;
  say(
    `${prototypes} prototypes with ${types} types, ${layouts} structures with ${fields} fields, ${constants} constants, ${symbols} symbols`,
  );
  for (const line of unproven) say(`unproven: ${line}`);
  for (const problem of problems) say(`WRONG: ${problem}`);
  if (problems.length > 0) process.exitCode = 1;
}
