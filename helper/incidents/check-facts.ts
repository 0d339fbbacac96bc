import { levelNames } from '../memory/level.ts';
import type { Status } from '../protocol/index.ts';
import type { Deviation } from './deviation.ts';
import type { Expectations } from './expectations.ts';
import type { TargetName } from './happenings.ts';
import type { Moment } from './moments.ts';
import type { Scenario } from './scenario.ts';
import { type Snapshot, statusAt } from './snapshot.ts';
import { clockText, gbText, targetText } from './words.ts';

/** Expectations of what is so at a time: level, alerts, words, and what the operator is shown. */

type Snapshots = ReadonlyMap<number, Snapshot>;
type Facts = NonNullable<Expectations['state']>[number];
type Pending = NonNullable<Facts['pending']>[number];

/** Sizes are told to two decimals of a GB. */
const sizeToleranceBytes = 0.05 * 2 ** 30;

const list = (names: readonly (string | number)[]): string => (names.length === 0 ? 'nothing' : names.join(', '));

const sameSet = (a: readonly (string | number)[], b: readonly (string | number)[]): boolean =>
  a.length === b.length && [...a].sort().join('\n') === [...b].sort().join('\n');

const checkAlerts = ({ expect, duration }: Scenario, moments: readonly Moment[]): readonly Deviation[] =>
  (expect.alerts ?? []).flatMap(({ kind, contains, by, max }) => {
    const raised = moments
      .filter((moment) => moment.kind === 'alert')
      .filter(({ alert, subject, detail }) => alert === kind && `${subject}: ${detail}`.includes(contains ?? ''));
    const name = `alert ${kind}${contains === undefined ? '' : ` with "${contains}"`}`;
    const over = max === undefined ? undefined : raised[max];
    if (over !== undefined)
      return [
        {
          atMs: over.atMs,
          text: `expected at most ${max} × ${name}; here is one more: ${over.subject}: ${over.detail}`,
        },
      ];
    if (max === 0) return [];
    const dueMs = by ?? duration;
    const first = raised[0];
    if (first !== undefined && first.atMs <= dueMs) return [];
    const other = moments.find((moment) => moment.kind === 'alert' && moment.alert === kind);
    const got =
      first !== undefined
        ? `it came at ${clockText(first.atMs)}`
        : other?.kind === 'alert'
          ? `the one that came says "${other.subject}: ${other.detail}"`
          : 'none came';
    return [{ atMs: dueMs, text: `expected ${name} by ${clockText(dueMs)}; ${got}.` }];
  });

const checkLevels = ({ expect }: Scenario, snapshots: Snapshots): readonly Deviation[] =>
  (expect.levels ?? []).flatMap(({ at, level }) => {
    const state = snapshots.get(at)?.state;
    const got = state === undefined ? 'not known' : levelNames[state.level.level];
    return got === level ? [] : [{ atMs: at, text: `expected level ${level} at ${clockText(at)}; it is ${got}.` }];
  });

const checkWords = ({ expect }: Scenario, snapshots: Snapshots): readonly Deviation[] =>
  (expect.explain ?? []).flatMap(({ at, contains, lacks }) => {
    const explanation = snapshots.get(at)?.state.relief.explanation;
    const passed = (explanation?.passedOver ?? []).map(({ target, code, text }) => `${target} (${code}): ${text}`);
    const words = [explanation?.chosen ?? '', explanation?.noop ?? '', ...passed]
      .filter((text) => text !== '')
      .join('\n');
    const place = `the explanation at ${clockText(at)}`;
    const short = words.replaceAll('\n', ' | ').slice(0, 400);
    if (contains !== undefined && !words.includes(contains))
      return [{ atMs: at, text: `${place} should contain "${contains}"; it is "${short}".` }];
    return lacks !== undefined && words.includes(lacks)
      ? [{ atMs: at, text: `${place} should not contain "${lacks}"; it is "${short}".` }]
      : [];
  });

const pendingFits = (proposal: Status['relief']['pending'][number], { verb, target, ...rest }: Pending): boolean =>
  proposal.verb === verb &&
  (typeof target === 'number' ? proposal.target.pid === target : proposal.target.name.includes(target)) &&
  (rest.impactContains === undefined || proposal.impact.join('\n').includes(rest.impactContains)) &&
  (rest.needsConfirmation === undefined || proposal.needsConfirmation === rest.needsConfirmation) &&
  (rest.dryRun === undefined || proposal.dryRun === rest.dryRun);

const pendingName = (verb: string, target: TargetName): string => `${verb} of ${targetText(target)}`;

const checkPending = (expected: readonly Pending[], status: Status): readonly string[] => {
  const { pending } = status.relief;
  const got = pending.map(
    ({ verb, target, impact, needsConfirmation }) =>
      `${pendingName(verb, target.pid ?? target.name)} [${impact.join('; ')}]${needsConfirmation ? ' with confirmation' : ''}`,
  );
  const missing = expected.filter((each) => !pending.some((proposal) => pendingFits(proposal, each)));
  if (missing.length === 0 && pending.length === expected.length) return [];
  const wanted = expected.map(
    ({ verb, target, impactContains }) =>
      pendingName(verb, target) + (impactContains === undefined ? '' : ` [… ${impactContains} …]`),
  );
  return [`${list(wanted)} should wait for the operator; ${list(got)} does`];
};

const checkEnvelope = (over: number | null, status: Status): readonly string[] => {
  const got = status.relief.envelope?.overBytes ?? null;
  if (over === null) return got === null ? [] : [`the peaks should fit; they are ${gbText(got)} too much`];
  return got !== null && Math.abs(got - over) <= sizeToleranceBytes
    ? []
    : [
        `the peaks should be ${gbText(over)} too much; ${got === null ? 'they are said to fit' : `they are ${gbText(got)}`}`,
      ];
};

const differs = <T extends string | boolean>(what: string, expected: T | undefined, got: T): readonly string[] =>
  expected === undefined || expected === got ? [] : [`${what} should be ${expected}; it is ${got}`];

const differsIn = (
  what: string,
  expected: readonly (string | number)[] | undefined,
  got: readonly (string | number)[],
): readonly string[] =>
  expected === undefined || sameSet(expected, got) ? [] : [`${what} should be ${list(expected)}; it is ${list(got)}`];

const factsWrong = (facts: Facts, snapshot: Snapshot, status: Status): readonly string[] => {
  const { relief } = status;
  const largest = status.top.map(({ name }) => name).slice(0, facts.largest?.length ?? 0);
  return [
    ...differsIn('what stands still', facts.stopped, snapshot.stopped),
    ...differsIn(
      'what is frozen',
      facts.frozen,
      relief.frozen.map(({ pid }) => pid),
    ),
    ...differsIn(
      'what is shed',
      facts.shed,
      relief.shed.map(({ label }) => label),
    ),
    ...differsIn(
      'what stays down',
      facts.staysDown,
      relief.shed.filter(({ staysDown }) => staysDown).map(({ label }) => label),
    ),
    ...differsIn(
      'what is left alone',
      facts.suppressed,
      relief.suppressed.map(({ target }) => target),
    ),
    ...(facts.pending === undefined ? [] : checkPending(facts.pending, status)),
    ...(facts.envelopeOver === undefined ? [] : checkEnvelope(facts.envelopeOver, status)),
    ...differs('a conflict', facts.conflict, relief.conflict !== null),
    ...differs('the deadman', facts.deadman, relief.deadman),
    ...differs('the mode', facts.mode, status.mode.name),
    ...differsIn('what the policy misses', facts.missingEnforcers, relief.missingEnforcers),
    ...(facts.seats ?? []).flatMap(({ seat, state, verdict }) => {
      const got = status.seats.find(({ name }) => name === seat);
      return [
        ...differs<string>(`seat ${seat}`, state, got?.state ?? 'not shown'),
        ...differs<string>(
          `the health of ${seat}`,
          verdict === undefined ? undefined : (verdict ?? 'unknown'),
          got?.health?.verdict ?? 'unknown',
        ),
      ];
    }),
    ...(facts.largest === undefined || facts.largest.join('\n') === largest.join('\n')
      ? []
      : [`the largest should be ${list(facts.largest)}; they are ${list(largest)}`]),
  ];
};

const checkState = ({ expect, duration, config }: Scenario, snapshots: Snapshots): readonly Deviation[] =>
  (expect.state ?? []).flatMap((facts): readonly Deviation[] => {
    const atMs = facts.at ?? duration;
    const snapshot = snapshots.get(atMs);
    const status = snapshot === undefined ? null : statusAt(snapshot, config);
    if (snapshot === undefined || status === null) return [{ atMs, text: `at ${clockText(atMs)} nothing is known.` }];
    return factsWrong(facts, snapshot, status).map((text) => ({ atMs, text: `at ${clockText(atMs)} ${text}.` }));
  });

/** Times at which expectations ask what is so. */
export const probeTimes = ({ expect, duration }: Scenario): readonly number[] => [
  ...new Set([
    ...(expect.levels ?? []).map(({ at }) => at),
    ...(expect.explain ?? []).map(({ at }) => at),
    ...(expect.admission ?? []).map(({ at }) => at),
    ...(expect.state ?? []).map(({ at }) => at ?? duration),
  ]),
];

export const checkFacts = (
  scenario: Scenario,
  moments: readonly Moment[],
  snapshots: Snapshots,
): readonly Deviation[] => [
  ...checkAlerts(scenario, moments),
  ...checkLevels(scenario, snapshots),
  ...checkWords(scenario, snapshots),
  ...checkState(scenario, snapshots),
];
