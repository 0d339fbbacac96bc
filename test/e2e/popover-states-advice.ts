import { runbookOf } from '../../helper/advice/runbook.ts';
import type { AdviceStatus } from '../../helper/protocol/advice.ts';
import type { Status } from '../../helper/protocol/status.ts';
import { adviceAnswer, troubledAdvice } from '../fakes/sample-advice.ts';
import { calmRelief, noAdvice } from '../fakes/sample-status.ts';
import { type PopoverState, status } from './popover-fixtures.ts';
import { red } from './popover-states-pressure.ts';

/** Red that lasts, with a suggestion, an old one, and none. */

const advised = (nowMs: number, advice: Partial<AdviceStatus>): PopoverState => {
  const { snapshot, history } = red(nowMs);
  const shown: Status = {
    ...(snapshot.status ?? status(nowMs)),
    mode: { name: 'live', reasons: [] },
    relief: {
      ...calmRelief,
      gate: { ...calmRelief.gate, state: 'live' },
      why: 'Nothing that is allowed would help.',
      suppressed: [
        {
          target: 'com.sanctum.kiwix-serve',
          why: 'Acting on it twice did not help; it is left alone for now.',
          wouldHelp: 'The largest footprint is mlx_lm.server with 41.2 GB: less of that would help.',
        },
      ],
    },
  };
  return {
    snapshot: {
      ...snapshot,
      status: { ...shown, advice: troubledAdvice({ runbook: runbookOf(shown), ...advice }) },
    },
    history,
  };
};

const failed = {
  state: 'failed',
  host: 'advisor.example.org',
  model: 'qwen3-32b',
  detail: 'https://advisor.example.org/… does not answer within 60 s.',
} as const;

/** As long as it may be, in one word, with what would be a link and an element elsewhere. */
const longest = `<b>https://example.org/${'x'.repeat(400)}</b>\n\n${'Word after word after word. '.repeat(54)}`.slice(
  0,
  2_000,
);

export const adviceStates = {
  advice: (nowMs) => advised(nowMs, {}),
  'advice-old': (nowMs) =>
    advised(nowMs, { advisor: failed, answer: adviceAnswer({ isOld: true, ageSeconds: 3 * 86_400 }) }),
  'advice-offline': (nowMs) => advised(nowMs, { advisor: failed, answer: null }),
  'advice-none': (nowMs) => advised(nowMs, { advisor: noAdvice.advisor, answer: null }),
  'advice-long': (nowMs) =>
    advised(nowMs, {
      answer: adviceAnswer({ from: `${'a-very-long-name-of-a-host.'.repeat(4)}example:8443`, text: longest }),
    }),
} as const satisfies Readonly<Record<string, (nowMs: number) => PopoverState>>;
