import type { Status } from '../../../helper/protocol/status.ts';
import { sentence } from '../../text/format.ts';
import { factTitle } from '../screens/banners.ts';
import { gatewayLine, gatewayProblems } from '../screens/gateway.ts';

/** What the health of seats rests on besides the seats: who asks them, who resumes what is frozen, what is measured. */

export interface RestView {
  readonly key: 'gateway' | 'deadman' | 'sensors';
  readonly name: string;
  /** `open`: there is none, and that is no fault. */
  readonly state: 'pass' | 'fail' | 'open';
  /** Whole sentences. */
  readonly lines: readonly string[];
}

const notAsked = 'Until it is back no seat is asked for its list or a chat; files are looked at all the same.';

const gatewayView = (status: Status): RestView => {
  const problems = gatewayProblems(status);
  const isMissing = status.gateway.state === 'missing';
  const never = isMissing && status.gateway.listen === '';
  const isAsked = status.seats.some(({ health }) =>
    health?.channels.some(({ channel, state }) => channel !== 'integrity' && state !== 'off'),
  );
  return {
    key: 'gateway',
    name: 'Gateway',
    state: problems.length > 0 ? 'fail' : never ? 'open' : 'pass',
    lines: [
      ...(isMissing && !never ? [] : [gatewayLine(status)]),
      ...problems,
      ...(isMissing && isAsked ? [notAsked] : []),
    ],
  };
};

const deadmanLines = {
  present: 'It is there, and resumes what is frozen if the keeper dies.',
  missing: 'It is missing: nothing is frozen without it.',
  not_ready: 'It still resumes what an earlier keeper froze; nothing is frozen until it has.',
} as const;

const deadmanStates = { present: 'pass', missing: 'fail', not_ready: 'open' } as const;

const mostFacts = 8;

const sensorsView = ({ facts, mode }: Status): RestView => {
  const machine = facts.filter(({ pid }) => pid === undefined);
  const said = (fact: Status['facts'][number]): string => {
    const title = fact.pid === undefined ? factTitle(fact) : `Process ${fact.pid}: ${factTitle(fact)}`;
    return sentence(fact.detail === '' ? title : `${title}: ${fact.detail}`);
  };
  const more = facts.length - mostFacts;
  return {
    key: 'sensors',
    name: 'Sensors',
    state: machine.length > 0 ? 'fail' : 'pass',
    lines: [
      ...(machine.length === 0 ? ['All can be read.'] : []),
      ...[...machine, ...facts.filter(({ pid }) => pid !== undefined)].slice(0, mostFacts).map(said),
      ...(more > 0 ? [`And ${more} more: \`castellan doctor\` names them.`] : []),
      ...(machine.length > 0 && mode.name === 'observe_only' ? ['Observing only.'] : []),
    ],
  };
};

export const restViews = (status: Status): readonly RestView[] => [
  gatewayView(status),
  {
    key: 'deadman',
    name: 'Deadman',
    state: deadmanStates[status.relief.deadman],
    lines: [deadmanLines[status.relief.deadman]],
  },
  sensorsView(status),
];
