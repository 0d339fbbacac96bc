import type { Question } from '../../advice/question.ts';
import type { AdviceStatus } from '../../protocol/advice.ts';
import { duration } from '../../protocol/figures.ts';

/** A suggestion in the words of the command line. */

const indented = (text: string): readonly string[] => text.split('\n').map((line) => (line === '' ? '' : `  ${line}`));

const answerLines = (answer: NonNullable<AdviceStatus['answer']>): readonly string[] => [
  `Suggestion from ${answer.from} (${answer.model}), ${duration(answer.ageSeconds)} ago${answer.isOld ? ', given for an earlier time like this' : ''}:`,
  ...indented(answer.text),
  'It is text from another machine: nothing of it is carried out. Judge it before you follow it.',
];

const advisorLine = ({ state, host, model, detail }: AdviceStatus['advisor']): string => {
  switch (state) {
    case 'off':
      return 'Nobody is asked: castellan.toml has no [advisor].';
    case 'idle':
      return `Advisor: ${host} (${model}), not asked lately.`;
    case 'asking':
      return `Advisor: ${host} (${model}) is being asked now.`;
    case 'answered':
      return `Advisor: ${host} (${model}) has answered.`;
    case 'failed':
      return `Advisor: ${host} (${model}) gave no answer. ${detail}`;
  }
};

export const adviceLines = ({ cause, advisor, answer, runbook }: AdviceStatus): readonly string[] => [
  cause === null ? 'There is no need for advice now.' : `${cause.said} (${duration(cause.forSeconds)})`,
  advisorLine(advisor),
  ...(answer === null ? [] : ['', ...answerLines(answer)]),
  ...(runbook.length === 0 ? [] : ['', 'Runbook, for what the figures show now:']),
  ...runbook.flatMap(({ title, steps }) => [`  ${title}`, ...steps.map((step) => `    - ${step}`)]),
];

/** To the last character what would be sent, in a form to be read. */
export const bundleLines = ({ model, messages, max_tokens, temperature }: Question): readonly string[] => [
  `model ${model}, max_tokens ${max_tokens}, temperature ${temperature}`,
  ...messages.flatMap(({ role, content }) => ['', `${role}:`, ...content.split('\n')]),
];
