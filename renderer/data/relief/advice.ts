import type { AdviceStatus } from '../../../helper/protocol/advice.ts';
import { agoText } from '../../text/format.ts';

/** A suggestion for the operator, in the words of the popover: text to be read, from a named source and of a said age. */

export interface AdviceView {
  /** The line that opens it. */
  readonly line: string;
  /** What somebody off this machine has said; null: nobody has. */
  readonly answer: {
    /** Whose words these are, and what they are not. */
    readonly note: string;
    /** Lines, as they were written. */
    readonly text: string;
  } | null;
  /** Why there is none, or no newer one; empty: there is nothing to say. */
  readonly trouble: string;
  readonly runbook: AdviceStatus['runbook'];
}

const troubleOf = ({ state, host, detail }: AdviceStatus['advisor']): string => {
  switch (state) {
    case 'asking':
      return `${host} is being asked.`;
    case 'failed':
      return `${host} gave no answer. ${detail}`;
    case 'off':
    case 'idle':
    case 'answered':
      return '';
  }
};

const lineOf = ({ answer, advisor }: AdviceStatus, elapsedSeconds: number): string => {
  if (answer === null)
    return advisor.state === 'asking' ? `Asking ${advisor.host} · what to look at` : 'What to look at now';
  const age = agoText(answer.ageSeconds + elapsedSeconds);
  return `${answer.isOld ? 'Earlier suggestion' : 'Suggestion'} from ${answer.from} · ${age}`;
};

/**
 * Null: there is no need for advice now.
 * @param elapsedSeconds since the status was received
 */
export const adviceView = (advice: AdviceStatus, elapsedSeconds: number): AdviceView | null => {
  const { cause, answer, advisor, runbook } = advice;
  if (cause === null) return null;
  return {
    line: lineOf(advice, elapsedSeconds),
    answer:
      answer === null
        ? null
        : {
            note: `${answer.model} at ${answer.from} wrote this${answer.isOld ? ' for an earlier time like this one' : ''}. It is not checked, and nothing of it is carried out.`,
            text: answer.text,
          },
    trouble: troubleOf(advisor),
    runbook,
  };
};
