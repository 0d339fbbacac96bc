import type { Call } from './call.ts';
import type { RunCli } from './cli.ts';
import type { AdapterProblem, LoadedModel } from './wire.ts';

/** What an adapter works with: bounded requests to its own runtime, and the time there is. */
export interface AdapterContext {
  readonly call: Call;
  readonly cli: RunCli;
  /** Milliseconds left. */
  readonly leftMs: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}

export type Listed =
  | { readonly ok: true; readonly models: readonly LoadedModel[]; readonly note: string }
  | AdapterProblem;

/** Asked for; whether anything came of it is seen in the next list. A success that is only claimed counts for nothing. */
export type Asked = { readonly ok: true } | AdapterProblem;

export interface Adapter {
  /** Models in memory. Never makes the runtime load one. */
  readonly list: (context: AdapterContext) => Promise<Listed>;
  readonly unload: (context: AdapterContext, model: LoadedModel) => Promise<Asked>;
}
