import type { Config, PolicyEntry } from '../../config/config.ts';
import { keyText } from '../../config/problems.ts';
import type { Policy, PolicyFinding, PolicyMatch, PolicyRule, ReliefStatus } from '../../protocol/index.ts';
import { shortened } from '../../protocol/shortened.ts';
import { type Candidate, candidatesOf, notLookedAt } from '../../relief/candidates.ts';
import { type LintFinding, lintPolicy } from '../../relief/lint.ts';
import { editOf } from '../../relief/lint-edit.ts';
import { matchesOfAnySize } from '../../relief/matches.ts';
import { meansAny } from '../../relief/service-labels.ts';
import type { Configuration } from '../configuration.ts';
import type { KeeperState } from '../judgement/state.ts';

/**
 * The policy as it was loaded, with what it means on this machine now. What matches, and what stands against acting on it, is
 * judged by the very functions by which the keeper chooses its candidates; what is wrong with it, by those of
 * `castellan config check`.
 */

export interface PolicySources {
  readonly state: KeeperState;
  readonly configuration: Pick<Configuration, 'config' | 'state' | 'source' | 'path'>;
  readonly relief: Pick<ReliefStatus, 'gate' | 'shed' | 'suppressed'>;
  readonly wallMs: number;
}

/** What one answer may take, bytes of JSON. */
const budgetBytes = 60 * 1024;
/** Matches of one rule and findings that are listed; the first that fit. */
const steps = [
  { matches: 24, findings: 64, characters: 160 },
  { matches: 8, findings: 48, characters: 96 },
  { matches: 3, findings: 24, characters: 48 },
  { matches: 1, findings: 12, characters: 0 },
  { matches: 0, findings: 4, characters: 0 },
] as const;
type Step = (typeof steps)[number];

const sentence = 250;
const mostReasons = 4;

const killFloorOf = (entry: PolicyEntry): number | null =>
  entry.class === 'kill_allowed' ? entry.killFloorBytes : null;

const matchOf = (candidate: Candidate, { characters }: Step): PolicyMatch => {
  const { entry, targets, footprintBytes, denial, askFirst, isStopped } = candidate;
  const [first] = targets;
  const killFloor = killFloorOf(entry);
  const aboveFreezeFloor = footprintBytes >= entry.freezeFloorBytes;
  // Nobody looks closer at what is too small to be acted upon: that it was not looked at says nothing of it.
  const isSmall = !aboveFreezeFloor && denial?.code === notLookedAt;
  return {
    pid: first.id.pid,
    name: shortened(first.name, 64),
    command: shortened(first.command, characters),
    footprintBytes,
    count: targets.length,
    isStopped,
    aboveFreezeFloor,
    aboveKillFloor: killFloor === null ? null : footprintBytes >= killFloor,
    denied: denial === null || isSmall ? null : { code: denial.code, text: shortened(denial.text, sentence) },
    askFirst: denial !== null ? [] : askFirst.slice(0, mostReasons).map((reason) => shortened(reason, sentence)),
  };
};

type Source = ReturnType<Configuration['source']>;

const ruleOf = (
  entry: PolicyEntry,
  index: number,
  found: readonly Candidate[],
  { source, step }: { readonly source: Source; readonly step: Step },
): PolicyRule => {
  const matches = found.toSorted((a, b) => b.footprintBytes - a.footprintBytes).slice(0, step.matches);
  return {
    name: entry.name,
    pattern: entry.pattern,
    class: entry.class,
    freezeFloorBytes: entry.freezeFloorBytes,
    killFloorBytes: killFloorOf(entry),
    preAuthorised: entry.class === 'kill_allowed' && entry.preAuthorised,
    group: entry.group,
    oracle: entry.oracle,
    withoutAsking: entry.withoutAsking,
    ownerUid: entry.ownerUid,
    line: source?.lines.exact(['relief', 'entry', index]) ?? null,
    matches: matches.map((candidate) => matchOf(candidate, step)),
    omitted: found.length - matches.length,
  };
};

const findingOf = (finding: LintFinding, config: Config, source: Source): PolicyFinding => ({
  severity: finding.severity,
  code: finding.code,
  subject: shortened(finding.subject, 128),
  key: shortened(keyText(finding.path), 128),
  message: shortened(finding.message, 2 * sentence),
  fix: shortened(finding.fix, 2 * sentence),
  edit: editOf(finding, config, source),
});

/** Errors first, each kind in the order of the file. */
const bySeverity = (a: LintFinding, b: LintFinding): number =>
  Number(a.severity === 'warning') - Number(b.severity === 'warning');

const candidatesNow = (state: KeeperState, config: Config): readonly Candidate[] => {
  const processes = state.processes?.views.map(({ process }) => process) ?? [];
  const services = new Map(state.services ?? []);
  const { own, firstLoginUid, inspected, jobs, lastSeats } = state.relief;
  return candidatesOf(
    { processes, config, seats: lastSeats, services },
    { own, firstLoginUid, inspected, jobs },
    matchesOfAnySize(processes, config.relief.entries),
  );
};

export const policyView = ({ state, configuration, relief, wallMs }: PolicySources): Policy => {
  const config = configuration.config();
  const source = configuration.source();
  const found = candidatesNow(state, config);
  const byEntry = Map.groupBy(found, ({ entry }) => entry);
  const services = state.services === null ? null : new Map(state.services);
  const findings = lintPolicy(config, {
    processes: state.processes?.views.map(({ process }) => process) ?? null,
    services,
    firstLoginUid: state.relief.firstLoginUid,
  }).toSorted(bySeverity);
  const told = findings.map((finding) => findingOf(finding, config, source));
  const view = (step: Step): Policy => ({
    atMs: wallMs,
    file: { path: configuration.path, state: configuration.state() },
    rules: config.relief.entries.map((entry, i) => ruleOf(entry, i, byEntry.get(entry) ?? [], { source, step })),
    services: config.relief.services.map(({ label, at }, i) => ({
      label,
      at,
      line: source?.lines.exact(['relief', 'service', i]) ?? null,
      loaded: services === null ? null : meansAny(label, services.keys()),
    })),
    findings: told.slice(0, step.findings),
    moreFindings: Math.max(0, told.length - step.findings),
    gate: relief.gate,
    shed: relief.shed,
    suppressed: relief.suppressed,
  });
  return fitting(view);
};

/** The least of it cannot be too large for a message: 64 rules, their patterns and as many services. */
const fitting = (view: (step: Step) => Policy): Policy => {
  const [most, ...less] = steps;
  let policy = view(most);
  for (const step of less) {
    if (Buffer.byteLength(JSON.stringify(policy)) <= budgetBytes) break;
    policy = view(step);
  }
  return policy;
};
