import type { AdviceReport } from '../../protocol/advice.ts';
import type { Handlers } from '../server/dispatch.ts';

/**
 * What the gateway tells of the advisor is kept here and shown, and goes nowhere else: it is no event of the judgement, so that
 * nothing of it can become an act.
 */

export interface AdviceDesk {
  readonly handlers: Pick<Handlers, 'advice.report'>;
  /** Null: the gateway has told nothing yet. */
  readonly report: () => AdviceReport | null;
}

export const createAdviceDesk = (): AdviceDesk => {
  let last: AdviceReport | null = null;
  return {
    handlers: {
      'advice.report': (told) => {
        last = told;
        return { ok: true, result: {} };
      },
    },
    report: () => last,
  };
};
