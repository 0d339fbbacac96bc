import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { checkConformance } from '../../build/conformance/check.ts';
import { type BindingData, bindingData, frameworkData, libSystemData } from '../../build/conformance/data.ts';
import { stubSymbols } from '../../build/conformance/stub.ts';
import { findZig, type Zig } from '../../build/fetch/zig.ts';

const zig = findZig();
const skip = zig.kind === 'missing' ? zig.reason : false;
const found = (): Extract<Zig, { kind: 'found' }> => {
  assert.ok(zig.kind === 'found');
  return zig;
};
const problemsOf = (data: BindingData): readonly string[] => checkConformance(found(), [data]).problems;
const fails = (data: BindingData, expected: RegExp): void => {
  const problems = problemsOf(data);
  assert.equal(problems.length, 1, problems.join('\n'));
  assert.match(problems[0] ?? '', expected);
};
const { functions, layouts, constants, privateConstants } = libSystemData;

describe("the bindings of macOS, held to Apple's macOS 13 headers", { skip }, () => {
  test('every size, offset, constant, prototype and symbol is as Apple has it', (t: TestContext) => {
    const { problems, counts, symbols, unproven } = checkConformance(found(), bindingData);
    assert.deepEqual(problems, []);
    assert.ok(counts.prototypes >= 17 && counts.layouts >= 15 && counts.fields >= 70 && counts.constants >= 45);
    assert.ok(symbols >= 17);
    for (const line of unproven) t.diagnostic(`unproven without a Mac: ${line}`);
  });

  test('a wrong offset does not pass', () => {
    const usage = layouts.rusage_info_v6;
    assert.ok(usage !== undefined);
    const wrong = { ...usage, fields: { ...usage.fields, ri_phys_footprint: [80, 8] as const } };
    fails(
      { ...libSystemData, layouts: { ...layouts, rusage_info_v6: wrong } },
      /offset of rusage_info_v6\.ri_phys_foot/,
    );
  });

  test('a wrong size does not pass, of a structure or of a field', () => {
    const token = layouts.kevent;
    assert.ok(token !== undefined);
    fails({ ...libSystemData, layouts: { ...layouts, kevent: { ...token, size: 24 } } }, /size of kevent/);
    const narrow = { ...token, fields: { ...token.fields, filter: [8, 4] as const } };
    fails({ ...libSystemData, layouts: { ...layouts, kevent: narrow } }, /size of kevent\.filter/);
  });

  test('a private structure is laid out as the compiler lays out what we read, not as packed', () => {
    const packed = {
      c: null,
      source: 'xnu bsd/sys/kern_memorystatus.h',
      size: 12,
      fields: { priority: [0, 4] as const, user_data: [4, 8] as const },
    };
    const problems = problemsOf({
      ...libSystemData,
      layouts: { ...layouts, memorystatus_priority_properties: packed },
    });
    assert.equal(problems.length, 2, problems.join('\n'));
  });

  test('a wrong constant does not pass, public or private', () => {
    fails({ ...libSystemData, constants: { ...constants, LOCAL_PEERPID: 3 } }, /value of LOCAL_PEERPID/);
    const moved = { ...privateConstants, EVFILT_MEMORYSTATUS: -13 };
    fails({ ...libSystemData, privateConstants: moved }, /value of EVFILT_MEMORYSTATUS/);
  });

  test('a constant that no header knows does not pass', () => {
    fails({ ...libSystemData, constants: { ...constants, PROC_PIDNOSUCHFLAVOR: 99 } }, /PROC_PIDNOSUCHFLAVOR/);
  });

  test('a wrong prototype does not pass: a width, a sign, a number of arguments, a result', () => {
    const kill = { header: 'signal.h', result: 'int', args: ['pid_t', 'int'] };
    for (const wrong of [
      { ...kill, args: ['pid_t', 'long'] },
      { ...kill, args: ['uint32_t', 'int'] },
      { ...kill, args: ['pid_t'] },
      { ...kill, result: 'unsigned int' },
    ])
      fails({ ...libSystemData, functions: { ...functions, kill: wrong } }, /prototype of kill/);
  });

  test('a framework has neither header nor stub here, and is compared with a second reading: a wrong prototype does not pass', () => {
    const security = frameworkData.find(({ library }) => library.endsWith('/Security'));
    const valid = security?.functions.SecCodeCheckValidity;
    assert.ok(security !== undefined && valid !== undefined);
    assert.deepEqual(problemsOf(security), []);
    const wrong = { ...valid, args: ['SecCodeRef', 'CFIndex', 'SecRequirementRef'] };
    const problems = problemsOf({ ...security, functions: { ...security.functions, SecCodeCheckValidity: wrong } });
    assert.match(problems.join('\n'), /prototype of SecCodeCheckValidity/);
    const narrow = (c: string): string => (c === 'SecCSFlags' ? 'uint8_t' : security.koffiType(c));
    fails({ ...security, koffiType: narrow }, /koffi type of SecCSFlags/);
  });

  test('a symbol that the stub of libSystem does not list does not pass, unless it is said to be optional', () => {
    const unknown = { header: '', result: 'int', args: ['int'] };
    const data = (optional: boolean): BindingData => ({
      ...libSystemData,
      functions: { ...functions, proc_no_such_call: { ...unknown, ...(optional ? { optional: true as const } : {}) } },
    });
    assert.match(problemsOf(data(false)).join('\n'), /proc_no_such_call is not in libSystem/);
    assert.doesNotMatch(problemsOf(data(true)).join('\n'), /is not in libSystem/);
    const hidden = { header: 'signal.h', result: 'int', args: ['pid_t', 'int'], optional: true as const };
    fails({ ...libSystemData, functions: { ...functions, kill: hidden } }, /kill is optional and in libSystem/);
  });
});

describe('the list of symbols of a stub', () => {
  test('is that of the sections for Apple Silicon, over several lines and documents', () => {
    const text = `--- !tapi-tbd
exports:
  - targets:         [ x86_64-macos, arm64-macos ]
    symbols:         [ _kill, '_quo$ted',
                       _second ]
  - targets:         [ x86_64-macos ]
    symbols:         [ _intel_only ]
--- !tapi-tbd
exports:
  - targets:         [ arm64e-macos,
                       arm64-macos ]
    symbols:         [ _other ]
    weak-symbols:    [ _weak ]
`;
    assert.deepEqual([...stubSymbols(text)], ['_kill', '_quo$ted', '_second', '_other']);
  });
});
