import { timeOfDay } from '../text/format.ts';
import { WithCode } from './with-code.tsx';

interface Props {
  readonly testid: string;
  /** Parts between backticks are code. */
  readonly text: string;
  /** Wall time of what is shown all the same; null: nothing is. */
  readonly fromMs: number | null;
}

/** Why a question to the helper has no answer, above what it answered last. */
export const Problem = ({ testid, text, fromMs }: Props) => (
  <p class="sheet-problem" role="status" data-testid={testid}>
    <WithCode text={text} />
    {fromMs !== null && ` What follows is from ${timeOfDay(fromMs)}.`}
  </p>
);
