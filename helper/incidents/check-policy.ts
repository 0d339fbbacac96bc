import { seatWorldOf } from '../keeper/judgement/seat-step.ts';
import type { KeeperState } from '../keeper/judgement/state.ts';
import { lintPolicy } from '../relief/lint.ts';
import { admission } from '../seats/admission.ts';
import { admissionFacts } from '../seats/admission-facts.ts';
import type { Admission } from '../seats/admission-terms.ts';
import type { Deviation } from './deviation.ts';
import type { Scenario } from './scenario.ts';
import type { Snapshot } from './snapshot.ts';
import { clockText, gbText } from './words.ts';

/** Expectations of what needs no trouble to be judged: the policy by itself, and whether a seat may be loaded. */

/** Sizes are told to two decimals of a GB. */
const sizeToleranceBytes = 0.05 * 2 ** 30;

/** What the checks say of this policy on the machine of that time, one text a finding. */
const findingsOf = ({ config }: Scenario, { processes, services, relief }: KeeperState): readonly string[] =>
  lintPolicy(config, {
    processes: processes?.views.map(({ process }) => process) ?? null,
    services: services === null ? null : new Map(services),
    firstLoginUid: relief.firstLoginUid,
  }).map(({ severity, code, subject, message, fix }) => `${severity} ${code} ${subject}: ${message} ${fix}`);

export const checkLint = (scenario: Scenario, snapshot: Snapshot | undefined): readonly Deviation[] => {
  const expected = scenario.expect.lint ?? [];
  if (expected.length === 0) return [];
  if (snapshot === undefined) return [{ atMs: 0, text: 'the policy cannot be checked: nothing was read.' }];
  const findings = findingsOf(scenario, snapshot.state);
  const all = findings.length === 0 ? 'nothing' : `"${findings.join(' | ')}"`;
  return expected.flatMap(({ contains, lacks }): readonly Deviation[] => {
    if (contains !== undefined && !findings.some((text) => text.includes(contains)))
      return [{ atMs: 0, text: `the checks of the policy should say "${contains}"; they say ${all}.` }];
    return lacks !== undefined && findings.some((text) => text.includes(lacks))
      ? [{ atMs: 0, text: `the checks of the policy should not say "${lacks}"; they say ${all}.` }]
      : [];
  });
};

const admissionOf = ({ config }: Scenario, state: KeeperState, atMs: number, seat: string): Admission =>
  admission(admissionFacts(state.seating, seatWorldOf(state, atMs, null, config), seat));

export const checkAdmission = (scenario: Scenario, snapshots: ReadonlyMap<number, Snapshot>): readonly Deviation[] =>
  (scenario.expect.admission ?? []).flatMap(({ at, seat, admits, slack }): readonly Deviation[] => {
    const state = snapshots.get(at)?.state;
    if (state === undefined) return [{ atMs: at, text: `at ${clockText(at)} nothing is known.` }];
    const { verdict, slackBytes, reason } = admissionOf(scenario, state, at, seat);
    const got = `it is ${verdict === 'admit' ? 'admitted' : 'refused'} (${reason}), slack ${slackBytes === null ? 'unknown' : gbText(slackBytes)}`;
    const isSlack = slack === undefined || (slackBytes !== null && Math.abs(slackBytes - slack) <= sizeToleranceBytes);
    return (verdict === 'admit') === admits && isSlack
      ? []
      : [
          {
            atMs: at,
            text: `${seat} should be ${admits ? 'admitted' : 'refused'} at ${clockText(at)}${slack === undefined ? '' : ` with a slack of ${gbText(slack)}`}; ${got}.`,
          },
        ];
  });
