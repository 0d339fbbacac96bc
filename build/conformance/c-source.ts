import type { FunctionBinding } from '../../helper/host/darwin/bindings.ts';
import type { StructLayout } from '../../helper/host/darwin/layouts.ts';
import type { BindingData } from './data.ts';

/**
 * A C file that compiles only if the bindings say what Apple's headers say: sizes, offsets, constants and prototypes as
 * static assertions. What no header in reach declares is compared with `mirrors.h`, or left out and named.
 */
export interface ConformanceSource {
  readonly text: string;
  /** How many statements of each kind are in it. */
  readonly counts: Readonly<Record<'layouts' | 'fields' | 'constants' | 'prototypes' | 'types', number>>;
  /** What cannot be compared with anything of Apple's, each a line for a person with a Mac. */
  readonly unproven: readonly string[];
}

/** Headers of constants that belong to no function and no structure of the bindings. */
const constantHeaders = [
  'errno.h',
  'mach/mach.h',
  'sys/proc.h',
  'sys/proc_info.h',
  'sys/resource.h',
  'sys/un.h',
] as const;

/** Size and signedness of what koffi makes of a C type. */
const koffiSizes: Readonly<Record<string, readonly [bytes: number, isSigned: boolean | null]>> = {
  int: [4, true],
  int32_t: [4, true],
  int64_t: [8, true],
  long: [8, true],
  'unsigned int': [4, false],
  uint8_t: [1, false],
  bool: [1, false],
  uint32_t: [4, false],
  uint64_t: [8, false],
  size_t: [8, false],
  uintptr_t: [8, null],
  'const char *': [8, null],
};

const isPublicHeader = (name: string): boolean => /^[\w/.]+\.h$/.test(name);

const layoutLines = (key: string, layout: StructLayout): readonly string[] => {
  const type = layout.c ?? `struct castellan_${key}`;
  return [
    `_Static_assert(sizeof(${type}) == ${layout.size}, "size of ${key}");`,
    ...Object.entries(layout.fields).flatMap(([field, [offset, size]]) => [
      `_Static_assert(offsetof(${type}, ${field}) == ${offset}, "offset of ${key}.${field}");`,
      `_Static_assert(sizeof(((${type} *)0)->${field}) == ${size}, "size of ${key}.${field}");`,
    ]),
  ];
};

const prototypeLine = (name: string, { result, args }: FunctionBinding): string =>
  `_Static_assert(__builtin_types_compatible_p(__typeof__(${name}), ${result}(${args.join(', ') || 'void'})), "prototype of ${name}");`;

/** What koffi is told must be as wide, and as signed, as what C means. */
const typeLines = (types: ReadonlySet<string>, koffiType: BindingData['koffiType']): readonly string[] =>
  [...types].toSorted().flatMap((type) => {
    if (type === 'void') return [];
    const known = koffiSizes[koffiType(type)];
    if (known === undefined) return [`#error no size is known of ${koffiType(type)}, which koffi is told for ${type}`];
    const [bytes, isSigned] = known;
    const lines = [`_Static_assert(sizeof(${type}) == ${bytes}, "koffi type of ${type}");`];
    if (isSigned !== null) lines.push(`_Static_assert((((${type})-1) < 0) == ${isSigned ? 1 : 0}, "sign of ${type}");`);
    return lines;
  });

/**
 * @param hasHeader whether a header can be included: those of frameworks come with no compiler but Apple's
 */
export const conformanceSource = (
  all: readonly BindingData[],
  hasHeader: (name: string) => boolean,
  mirrors: string,
): ConformanceSource => {
  const headers = new Set<string>(constantHeaders);
  const unproven: string[] = [];
  const counts = { layouts: 0, fields: 0, constants: 0, prototypes: 0, types: 0 };
  const body: string[] = [];

  for (const data of all) {
    const { library, functions, layouts, constants, privateConstants, variables = [] } = data;
    const types = new Set<string>();
    const inReach = (header: string): boolean => !isPublicHeader(header) || hasHeader(header);
    const outOfReach: string[] = [];
    const undeclared: string[] = [];
    const ours: string[] = [];
    for (const [name, binding] of Object.entries(functions)) {
      if (!inReach(binding.header)) outOfReach.push(name);
      else if (binding.header === '') undeclared.push(name);
      else headers.add(binding.header);
      body.push(prototypeLine(name, binding));
      for (const type of [binding.result, ...binding.args]) types.add(type);
      counts.prototypes += 1;
    }
    for (const [key, layout] of Object.entries(layouts)) {
      if (layout.c !== null && !inReach(layout.source)) {
        unproven.push(`layout of ${key} (<${layout.source}>)`);
        continue;
      }
      if (layout.c !== null && isPublicHeader(layout.source)) headers.add(layout.source);
      if (layout.c === null) ours.push(key);
      body.push(...layoutLines(key, layout));
      counts.layouts += 1;
      counts.fields += Object.keys(layout.fields).length;
    }
    const values = (entries: Readonly<Record<string, number>>, prefix: string): void => {
      for (const [name, value] of Object.entries(entries)) {
        body.push(`_Static_assert((long long)(${prefix}${name}) == ${value}LL, "value of ${name}");`);
        counts.constants += 1;
      }
    };
    values(constants, '');
    values(privateConstants, 'castellan_');
    const tell = (what: string, names: readonly string[]): void => {
      if (names.length > 0) unproven.push(`${library}: ${what}: ${names.join(', ')}`);
    };
    tell(
      'prototypes whose headers are not at hand, compared with a second reading only; symbols not at all',
      outOfReach,
    );
    tell('variables, whose headers and stub are not at hand', variables);
    tell('prototypes in no public header, compared with a second reading of xnu only', undeclared);
    tell('order of fields in no public header, compared with a second reading of xnu only', ours);
    tell('values in no header at hand, compared with a second reading only', Object.keys(privateConstants));
    body.push(...typeLines(types, data.koffiType));
    counts.types += types.size;
  }
  const includes = ['stddef.h', 'stdint.h', 'stdbool.h', ...[...headers].toSorted()].map(
    (name) => `#include <${name}>`,
  );
  return { text: [...includes, mirrors, ...body, ''].join('\n'), counts, unproven };
};
