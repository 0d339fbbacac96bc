import type { ErrorCode } from '../protocol/index.ts';
import type { By } from './plans.ts';
import type { ReliefState } from './state.ts';

/** What the operator is answered, and what relief remembers from then on. */

export type Verdict =
  /** `plan` is carried out for it; null: nothing has to be. */
  | { readonly ok: true; readonly plan: number | null; readonly said: string }
  | { readonly ok: false; readonly code: ErrorCode; readonly detail: string };

export interface Judged {
  readonly relief: ReliefState;
  readonly verdict: Verdict;
}

export type Asker = Exclude<By, 'automatic'>;

export const granted = (relief: ReliefState, said: string, plan: number | null = null): Judged => ({
  relief,
  verdict: { ok: true, plan, said },
});
export const refused = (relief: ReliefState, code: ErrorCode, detail = ''): Judged => ({
  relief,
  verdict: { ok: false, code, detail },
});
