import type { AdvisorConfig, Config } from '../config/config.ts';
import type { AdviceCause, AdviceReport, AdviceStatus } from '../protocol/advice.ts';
import { type CauseFacts, causeOf } from './cause.ts';
import { runbookOf, type Shown } from './runbook.ts';

/** What the status has of advice: why one would look for some, who said what, and the runbook. */

/** Without an advisor the runbook comes as soon as one would have been asked. */
const usualAfterSeconds = 60;

const afterSeconds = (advisor: AdvisorConfig | null): number => advisor?.afterSeconds ?? usualAfterSeconds;

export const adviceCause = (facts: CauseFacts, { advisor }: Pick<Config, 'advisor'>): AdviceCause | null =>
  causeOf(facts, afterSeconds(advisor));

const causeWords: Readonly<Record<AdviceCause, string>> = {
  red: 'Memory stays critically short.',
  useless: 'What was tried against the shortage did not help.',
};

const advisorOf = (advisor: AdvisorConfig | null, report: AdviceReport | null): AdviceStatus['advisor'] => {
  if (advisor === null) return { state: 'off', host: null, model: null, detail: '' };
  const { host } = new URL(advisor.url);
  const of = { host, model: advisor.model };
  if (report === null) return { ...of, state: 'idle', detail: '' };
  if (report.state !== 'ready') return { ...of, state: report.state, detail: report.detail };
  return { ...of, state: report.answer === null || report.answer.isOld ? 'idle' : 'answered', detail: '' };
};

/** @param wallMs now, as the age of an answer is counted */
export const adviceStatus = (
  status: Shown,
  config: Config,
  report: AdviceReport | null,
  wallMs: number,
): AdviceStatus => {
  const { level, relief } = status;
  const facts = { level: level.name, forSeconds: level.forSeconds, useless: relief.suppressed.length };
  const code = adviceCause(facts, config);
  const answer = config.advisor === null ? null : (report?.answer ?? null);
  return {
    cause: code === null ? null : { code, forSeconds: status.level.forSeconds, said: causeWords[code] },
    advisor: advisorOf(config.advisor, report),
    answer:
      answer === null
        ? null
        : {
            from: answer.from,
            model: answer.model,
            text: answer.text,
            ageSeconds: Math.max(0, wallMs - answer.atMs) / 1000,
            // With the trouble the answer to it is over, too.
            isOld: answer.isOld || code === null,
          },
    runbook: code === null ? [] : runbookOf(status),
  };
};
