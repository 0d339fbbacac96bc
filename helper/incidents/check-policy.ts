import type { KeeperState } from '../keeper/state.ts';
import { lintPolicy } from '../relief/lint.ts';
import { admission } from '../seats/admission.ts';
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

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** A replay has neither a wired limit nor clients: the sum of claims decides. */
const notEvaluated = { kind: 'not_evaluated', why: 'a replay judges the sum alone' } as const;

const admissionOf = ({ config }: Scenario, state: KeeperState, seat: string): Admission => {
  const views = state.processes?.views ?? [];
  const outside = views.filter((view) => view.seat === null);
  const wired = sum(views.map(({ process }) => process.wiredBytes ?? 0));
  const { machine } = state;
  return admission({
    totalBytes: machine?.totalBytes ?? null,
    seat,
    seats: config.seats.map((each) => {
      const view = state.seats.find(({ name }) => name === each.name);
      const footprintBytes = view?.footprintBytes ?? 0;
      return {
        name: each.name,
        class: each.class,
        peakBytes: each.peakBytes,
        wiredBytes: each.wiredBytes,
        footprintBytes,
        wiredNowBytes: sum((view?.processes ?? []).map((process) => process.wiredBytes ?? 0)),
        isHeld: footprintBytes > 0,
      };
    }),
    other: {
      kind: 'measured',
      processesBytes: sum(outside.map(({ process }) => process.footprintBytes)),
      kernelBytes: machine === null ? null : Math.max(0, machine.wiredBytes - wired),
      machine:
        machine === null
          ? null
          : {
              internalBytes: machine.appBytes,
              purgeableBytes: machine.queues?.purgeableBytes ?? 0,
              wiredBytes: machine.wiredBytes,
              compressorBytes: machine.compressorBytes,
            },
    },
    wiredLimit: notEvaluated,
    forecast: notEvaluated,
    leakers: [],
  });
};

export const checkAdmission = (scenario: Scenario, snapshots: ReadonlyMap<number, Snapshot>): readonly Deviation[] =>
  (scenario.expect.admission ?? []).flatMap(({ at, seat, admits, slack }): readonly Deviation[] => {
    const state = snapshots.get(at)?.state;
    if (state === undefined) return [{ atMs: at, text: `at ${clockText(at)} nothing is known.` }];
    const { verdict, slackBytes, reason } = admissionOf(scenario, state, seat);
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
