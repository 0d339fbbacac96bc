import { bandNumbers } from '../../helper/host/darwin/bands.ts';
import type { FunctionBinding } from '../../helper/host/darwin/bindings.ts';
import * as libSystem from '../../helper/host/darwin/bindings.ts';
import { layouts, type StructLayout } from '../../helper/host/darwin/layouts.ts';
import { koffiType } from '../../helper/host/darwin/native.ts';
import { securityType } from '../../helper/host/darwin/security.ts';
import * as security from '../../helper/host/darwin/security-bindings.ts';

/** What one file of bindings declares of a library of macOS. */
export interface BindingData {
  readonly library: string;
  readonly functions: Readonly<Record<string, FunctionBinding>>;
  readonly layouts: Readonly<Record<string, StructLayout>>;
  /** Of public headers, by their C names. */
  readonly constants: Readonly<Record<string, number>>;
  /** Of headers that Apple publishes in its sources only. */
  readonly privateConstants: Readonly<Record<string, number>>;
  /** Exported variables. */
  readonly variables?: readonly string[];
  /** What koffi is told for a C type. */
  readonly koffiType: (c: string) => string;
}

export const libSystemData: BindingData = {
  library: libSystem.libSystemPath,
  functions: libSystem.functions,
  layouts,
  constants: libSystem.constants,
  privateConstants: {
    ...libSystem.privateConstants,
    ...Object.fromEntries(Object.entries(bandNumbers).map(([name, number]) => [`JETSAM_PRIORITY_${name}`, number])),
  },
  koffiType,
};

/** One for each framework. None of them has headers or a stub outside Apple's own tools. */
export const frameworkData: readonly BindingData[] = Object.entries(security.frameworks).map(([name, library]) => ({
  library,
  functions: Object.fromEntries(
    Object.entries(security.securityFunctions).filter(([, { framework }]) => framework === name),
  ),
  layouts: {},
  constants: {},
  privateConstants: name === 'Security' ? { ...security.securityConstants, ...security.securityErrors } : {},
  variables: Object.entries(security.securitySymbols)
    .filter(([, { framework }]) => framework === name)
    .map(([variable]) => variable),
  koffiType: securityType,
}));

/** All of them. */
export const bindingData: readonly BindingData[] = [libSystemData, ...frameworkData];
