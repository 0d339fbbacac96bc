/**
 * Who built this program and which build it is, written into it when a release is made. Nothing at run time can give one:
 * a checkout and a development build have none, and no variable or argument stands in for it.
 */
export interface BuildStamp {
  /** Apple's team identifier of whoever signed, ten letters and digits: what a code requirement asks for. */
  readonly teamId: string;
  /** Grows with every release; the same number as CFBundleVersion. */
  readonly build: number;
}

/** Put in by build/outputs/bundle.ts and build/executable/executable.ts; run from source there is no such name. */
declare const CASTELLAN_BUILD_STAMP: BuildStamp | null | undefined;

/** Null: not a release. Labels of its daemons end in `.dev`, and there is no signature to ask for. */
export const buildStamp: BuildStamp | null =
  typeof CASTELLAN_BUILD_STAMP === 'undefined' ? null : CASTELLAN_BUILD_STAMP;
