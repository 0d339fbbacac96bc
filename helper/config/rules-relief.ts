import { deniedByPattern } from '../relief/denied-programs.ts';
import { compilePattern } from '../relief/patterns.ts';
import { deniedIn, means } from '../relief/service-labels.ts';
import type { Config, PolicyEntry } from './config.ts';
import type { Path } from './lines.ts';
import { otherIn, repeated } from './rule-tools.ts';
import type { Finding, Rule, RuleContext } from './rules.ts';
import { plain, printQuantity } from './units.ts';

/** Rules of the tables [relief], [[relief.entry]], [[relief.service]] and [[relief.runtime]]. */

const eachEntry =
  (find: (entry: PolicyEntry, path: Path, context: RuleContext) => Finding | null) =>
  ({ relief }: Config, context: RuleContext): readonly Finding[] =>
    relief.entries.flatMap((entry, i) => find(entry, ['relief', 'entry', i], context) ?? []);

/** Keys that only a kill_allowed entry may have: what they say must not be lost in silence. */
const killKeys = ['kill_floor', 'pre_authorised'] as const;

export const reliefRules: readonly Rule[] = [
  {
    name: 'no entry means what is never acted upon',
    severity: 'error',
    find: eachEntry(({ pattern }, path) => {
      const compiled = compilePattern(pattern);
      const denied = compiled.ok ? deniedByPattern(compiled.matches) : null;
      if (denied === null) return null;
      return {
        paths: [[...path, 'pattern']],
        message: `This matches ${denied.program} ("${plain(denied.command)}"), which is never acted upon: ${denied.why}.`,
        fix: 'Make the pattern narrower; `castellan match` shows what it matches.',
      };
    }),
  },
  {
    name: 'what speaks of ending needs the class that allows it',
    severity: 'error',
    find: ({ relief }, { lineOf }) =>
      relief.entries.flatMap((entry, i) =>
        killKeys
          .map((key): Path => ['relief', 'entry', i, key])
          .filter((path) => entry.class === 'freeze_only' && lineOf(path) !== null)
          .map((path) => ({
            paths: [path] as const,
            message: `${entry.name} is freeze_only, so it is never ended.`,
            fix: 'Remove the line, or write class = "kill_allowed".',
          })),
      ),
  },
  {
    name: 'nothing is ended that is too small to be frozen',
    severity: 'error',
    find: eachEntry((entry, path) => {
      if (entry.class !== 'kill_allowed' || entry.killFloorBytes >= entry.freezeFloorBytes) return null;
      const [kill, freeze] = [entry.killFloorBytes, entry.freezeFloorBytes].map((b) => printQuantity('size', b));
      return {
        paths: [[...path, 'kill_floor']],
        message: `The end of ${entry.name} would be proposed from ${kill}, its freeze only from ${freeze}.`,
        fix: 'Make kill_floor as large as freeze_floor, or larger.',
      };
    }),
  },
  {
    name: 'entry names are unique',
    severity: 'error',
    find: ({ relief }, context) =>
      repeated(
        relief.entries.map((entry) => entry.name),
        (i) => ['relief', 'entry', i, 'name'],
        context,
        (name, other) => ({
          message: `Two entries have the name "${name}"${other}.`,
          fix: 'Give each entry a name of its own.',
        }),
      ),
  },
  {
    name: 'a pattern is written once',
    severity: 'warning',
    find: ({ relief }, { lineOf }) => {
      const first = new Map<string, number>();
      return relief.entries.flatMap(({ pattern }, i) => {
        const before = first.get(pattern);
        first.set(pattern, before ?? i);
        const path = ['relief', 'entry', i, 'pattern'];
        return before === undefined
          ? []
          : [
              {
                paths: [path] as const,
                message: `An entry before has the same pattern${otherIn(lineOf(['relief', 'entry', before, 'pattern']))}.`,
                fix: 'The first that matches counts, so this one never does: remove one of them.',
              },
            ];
      });
    },
  },
  {
    name: 'a service is listed once',
    severity: 'error',
    find: ({ relief }, context) =>
      repeated(
        relief.services.map((service) => service.label),
        (i) => ['relief', 'service', i, 'label'],
        context,
        (label, other) => ({
          message: `Two services have the label "${label}"${other}.`,
          fix: 'List each service once, with the first level at which it may be shed.',
        }),
      ),
  },
  {
    name: 'no service that the system depends on is shed',
    severity: 'error',
    find: ({ relief }) =>
      relief.services.flatMap(({ label }, i) => {
        const denied = deniedIn(label);
        return denied === null
          ? []
          : [
              {
                paths: [['relief', 'service', i, 'label']] as const,
                message: `${label} means ${denied.label}, which is never shed: ${denied.why}.`,
                fix: 'Name the services that are meant, or write more of what their labels begin with.',
              },
            ];
      }),
  },
  {
    name: 'a runtime is listed once',
    severity: 'error',
    find: ({ relief }, context) =>
      repeated(
        relief.runtimes.map(({ name }) => name),
        (i) => ['relief', 'runtime', i, 'kind'],
        context,
        (name, other) => ({
          message: `Two runtimes are ${name}${other}.`,
          fix: 'List each runtime once, by its kind and url.',
        }),
      ),
  },
  {
    name: 'a seat is not shed',
    severity: 'error',
    find: ({ relief, seats }) =>
      relief.services.flatMap(({ label }, i) => {
        const paths = [['relief', 'service', i, 'label']] as const;
        const seat = seats.find((each) => means(label, each.label));
        if (seat !== undefined)
          return [
            {
              paths,
              message: `${label} is the service of the seat ${seat.name}, and seats are not shed.`,
              fix: 'Remove the service here, or the seat.',
            },
          ];
        const served = seats.find(({ fallback }) => fallback !== null && means(label, fallback));
        return served === undefined
          ? []
          : [
              {
                paths,
                message: `${label} means ${served.fallback}, which stands in for the seat ${served.name}, and seats are not shed.`,
                fix: 'Remove the service here, or the fallback of the seat.',
              },
            ];
      }),
  },
  {
    name: 'what the policy counts on is not shed',
    severity: 'error',
    find: ({ relief }) =>
      relief.services.flatMap(({ label }, i) =>
        relief.dependsOn.some((each) => means(label, each))
          ? [
              {
                paths: [['relief', 'service', i, 'label']] as const,
                message: `${label} would be shed, and relief.depends_on counts on it.`,
                fix: 'Remove it here or there.',
              },
            ]
          : [],
      ),
  },
];
