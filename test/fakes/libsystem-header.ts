import { bindingData } from '../../build/conformance/data.ts';

/** What a process of the stand-in libSystem is pushed as: one number each, in this order. */
export const rowFields = [
  'pid',
  'ppid',
  'pgid',
  'uid',
  'gid',
  'flags',
  'status',
  'unique',
  'parentUnique',
  'version',
  'startSeconds',
  'startTicks',
  'footprint',
  'peak',
  'resident',
  'wired',
  'compressed',
  'userTicks',
  'band',
  'userData',
  'memoryState',
  'isManaged',
  'codeFlags',
] as const;
export type RowField = (typeof rowFields)[number];

/** Bytes that belong to a process. */
export const texts = ['comm', 'name', 'path', 'arguments', 'entitlements', 'derEntitlements'] as const;
export const changes = ['signal', 'band', 'userData', 'sysctl', 'managed', 'ioPolicy'] as const;
export const counts = ['hostRights', 'snapshotsConsumed', 'privilegedListeners'] as const;

const enumeration = (prefix: string, names: readonly string[]): readonly string[] => [
  ...names.map((name, i) => `#define ${prefix}_${name} ${i}`),
  `#define ${prefix}_COUNT ${names.length}`,
];

/** The header that the stand-in's C is compiled with: Apple's layouts and constants as the bindings have them. */
export const standInHeader = (): string => {
  const lines: string[] = ['#pragma once'];
  for (const { layouts, constants, privateConstants } of bindingData) {
    for (const [key, { size, fields }] of Object.entries(layouts)) {
      lines.push(`#define SIZE_${key} ${size}`);
      for (const [field, [offset, length]] of Object.entries(fields)) {
        const name = `${key}_${field.replaceAll('.', '_')}`;
        lines.push(`#define AT_${name} ${offset}`, `#define LEN_${name} ${length}`);
      }
    }
    for (const [name, value] of Object.entries({ ...constants, ...privateConstants }))
      lines.push(`#define MAC_${name} (${value})`);
  }
  lines.push(...enumeration('ROW', rowFields), ...enumeration('TEXT', texts));
  lines.push(...enumeration('CHANGE', changes), ...enumeration('COUNT', counts), '');
  return lines.join('\n');
};
