import type { Config, PolicyEntry, SeatConfig } from '../config/config.ts';
import type { Path } from '../config/lines.ts';
import type { ProcessReading } from '../host/reading.ts';
import { membershipOf } from '../seats/membership.ts';
import { type Denial, denialOf } from './denials.ts';
import { knownRuntimes } from './known-runtimes.ts';
import { compilePattern, entriesMatching } from './patterns.ts';
import { meansAny } from './service-labels.ts';

/**
 * What a policy that is right by itself does on this machine: rules that match nothing, rules that can never act, services
 * it counts on that are not there. Pure.
 */

export interface LintFacts {
  /** What runs now; null: not known, so nothing is said of it. */
  readonly processes: readonly ProcessReading[] | null;
  /** Loaded services by label; null: not known. */
  readonly services: ReadonlyMap<string, number | null> | null;
  readonly firstLoginUid?: number;
}

export type LintCode =
  | 'matches_nothing'
  | 'matches_protected'
  | 'never_acts'
  | 'hidden'
  | 'misses_runtime'
  | 'matches_too_much'
  | 'service_absent'
  | 'missing_enforcer';

export interface LintFinding {
  /** An error means that a protection the operator counts on is not there. */
  readonly severity: 'error' | 'warning';
  readonly code: LintCode;
  /** Name of the entry, or label of the service. */
  readonly subject: string;
  /** Place in castellan.toml. */
  readonly path: Path;
  readonly message: string;
  readonly fix: string;
}

/** In the order of the file: entries, then services, then what the policy depends on. */
export const lintPolicy = (config: Config, facts: LintFacts): readonly LintFinding[] => [
  ...(facts.processes === null ? [] : entryFindings(config, facts.processes, facts)),
  ...config.relief.entries.flatMap((entry, i) => runtimeFindings(config.relief.entries, entry, i)),
  ...(facts.services === null ? [] : serviceFindings(config, facts.services)),
];

interface Use {
  readonly entry: PolicyEntry;
  readonly index: number;
  /** Processes that belong to this entry, and those that an earlier one takes. */
  readonly won: ProcessReading[];
  readonly lost: { readonly process: ProcessReading; readonly to: number }[];
}

const usesOf = (entries: readonly PolicyEntry[], processes: readonly ProcessReading[]): readonly Use[] => {
  const uses = entries.map((entry, index): Use => ({ entry, index, won: [], lost: [] }));
  for (const process of processes) {
    const [first, ...more] = entriesMatching(entries, process.command);
    if (first === undefined) continue;
    uses[first]?.won.push(process);
    for (const index of more) uses[index]?.lost.push({ process, to: first });
  }
  return uses;
};

const entryFindings = (
  config: Config,
  processes: readonly ProcessReading[],
  { services, firstLoginUid }: LintFacts,
): readonly LintFinding[] => {
  const { entries } = config.relief;
  if (entries.length === 0) return [];
  const members = membershipOf(processes, services, config.seats);
  const denial = (process: ProcessReading, { ownerUid }: PolicyEntry): Denial | null =>
    denialOf(process, {
      own: new Set(),
      seat: seatOf(members.get(process.id.pid)),
      inspection: null,
      ownerUid,
      ...(firstLoginUid === undefined ? {} : { firstLoginUid }),
    });
  return usesOf(entries, processes).flatMap((use) => {
    const { entry, index, won, lost } = use;
    const finding = (code: LintCode, message: string, fix: string): LintFinding => ({
      severity: 'warning',
      code,
      subject: entry.name,
      path: ['relief', 'entry', index, 'pattern'],
      message,
      fix,
    });
    const [hidden] = lost;
    if (won.length === 0 && hidden !== undefined) {
      const before = entries[hidden.to]?.name ?? '';
      const fix = `Put ${entry.name} before ${before}, or make the pattern of ${before} narrower.`;
      return [finding('hidden', `All that ${entry.name} matches now belongs to ${before}, which comes first.`, fix)];
    }
    if (won.length === 0)
      return [
        finding(
          'matches_nothing',
          `${entry.name} matches nothing that runs now.`,
          'Right if it is not started yet; `castellan match` tries a pattern.',
        ),
      ];
    const denials = won.map((process) => ({ process, denial: denial(process, entry) }));
    const denied = denials.find((each) => each.denial !== null);
    if (denied?.denial === null || denied === undefined) return [];
    const example = `${denied.process.name} (pid ${denied.process.id.pid}): ${denied.denial.text}`;
    if (denials.every((each) => each.denial !== null))
      return [
        finding(
          'never_acts',
          `Nothing that ${entry.name} matches now may be acted upon. ${example}.`,
          'Remove the entry, or write a pattern for what is meant.',
        ),
      ];
    return [
      finding(
        'matches_protected',
        `${entry.name} also matches what is never acted upon. ${example}.`,
        'It is left alone all the same; a narrower pattern says so.',
      ),
    ];
  });
};

const seatOf = (seat: SeatConfig | undefined) =>
  seat === undefined ? null : { name: seat.name, class: seat.class, state: 'ready' as const };

/** What an entry is called, or how it is written, names a runtime: does it match what that runtime really runs? */
const runtimeFindings = (
  entries: readonly PolicyEntry[],
  { name, pattern }: PolicyEntry,
  index: number,
): readonly LintFinding[] => {
  const compiled = compilePattern(pattern);
  if (!compiled.ok) return [];
  const finding = (code: LintCode, message: string, fix: string): LintFinding => ({
    severity: 'warning',
    code,
    subject: name,
    path: ['relief', 'entry', index, 'pattern'],
    message,
    fix,
  });
  return knownRuntimes
    .filter(({ mention }) => mention.test(name) || mention.test(pattern))
    .flatMap((runtime): readonly LintFinding[] => {
      // Another entry may be for it: two for one runtime are usual.
      const missed = runtime.commands.find((command) => entriesMatching(entries, command).length === 0);
      const extra = runtime.others.find((command) => compiled.matches(command));
      return [
        ...(missed === undefined
          ? []
          : [
              finding(
                'misses_runtime',
                `${name} misses processes of ${runtime.name} like "${missed}".`,
                'Try the pattern with `castellan match`; the example file has one for each known runtime.',
              ),
            ]),
        ...(extra === undefined
          ? []
          : [
              finding(
                'matches_too_much',
                `${name} would also match "${extra}".`,
                'Make the pattern narrower, if that is not meant.',
              ),
            ]),
      ];
    });
};

const serviceFindings = ({ relief }: Config, services: ReadonlyMap<string, number | null>): readonly LintFinding[] => [
  ...relief.services.flatMap(({ label }, i): readonly LintFinding[] =>
    meansAny(label, services.keys())
      ? []
      : [
          {
            severity: 'warning',
            code: 'service_absent',
            subject: label,
            path: ['relief', 'service', i, 'label'],
            message: `There is no service ${label}, so it cannot be shed.`,
            fix: 'Right if it is not loaded yet, or has just been shed; otherwise correct the label.',
          },
        ],
  ),
  ...relief.dependsOn.flatMap((label, i): readonly LintFinding[] =>
    services.has(label)
      ? []
      : [
          {
            severity: 'error',
            code: 'missing_enforcer',
            subject: label,
            path: ['relief', 'depends_on', i],
            message: `This policy counts on ${label}, and it is not loaded.`,
            fix: 'Load the service, or remove it from relief.depends_on.',
          },
        ],
  ),
];
