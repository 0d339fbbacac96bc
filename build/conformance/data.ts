import type { FunctionBinding, StructLayout } from '../../helper/host/darwin/bindings.ts';
import * as libSystem from '../../helper/host/darwin/bindings.ts';

/** What one file of bindings declares of a library of macOS. */
export interface BindingData {
  readonly library: string;
  readonly functions: Readonly<Record<string, FunctionBinding>>;
  readonly layouts: Readonly<Record<string, StructLayout>>;
  /** Of public headers, by their C names. */
  readonly constants: Readonly<Record<string, number>>;
  /** Of headers that Apple publishes in its sources only. */
  readonly privateConstants: Readonly<Record<string, number>>;
}

export const libSystemData: BindingData = {
  library: libSystem.libSystemPath,
  functions: libSystem.functions,
  layouts: libSystem.layouts,
  constants: libSystem.constants,
  privateConstants: libSystem.privateConstants,
};

/** All of them. */
export const bindingData: readonly BindingData[] = [libSystemData];
