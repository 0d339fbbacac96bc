import * as z from 'zod/mini';
import { gateSchema, shedSchema, suppressedSchema } from './relief.ts';
import { configFileSchema, configProblemSchema } from './status.ts';
import { commandCharacters, nameCharacters, notNegative, text } from './values.ts';

/** The policy as the keeper has loaded it, with what it means on this machine now; and castellan.toml as it holds. */

/** What a rule matches: one process, or a group by its first. */
export const policyMatchSchema = z.strictObject({
  pid: z.int(),
  name: text(nameCharacters),
  command: text(commandCharacters),
  /** Of the whole group. */
  footprintBytes: notNegative,
  /** Processes of the group, the match with them. */
  count: z.int(),
  /** All of it is stopped already. */
  isStopped: z.boolean(),
  /** Its footprint reaches the floor of the rule; below it, it is left alone. */
  aboveFreezeFloor: z.boolean(),
  /** Null: the rule is freeze_only. */
  aboveKillFloor: z.nullable(z.boolean()),
  /** Why it is never acted upon, whatever the rule says; null: nothing known forbids it. */
  denied: z.nullable(z.strictObject({ code: z.string(), text: text(256) })),
  /** Why the operator would be asked first; empty: need not be. */
  askFirst: z.array(text(256)),
});
export type PolicyMatch = z.infer<typeof policyMatchSchema>;

export const policyRuleSchema = z.strictObject({
  name: text(128),
  pattern: text(256),
  class: z.enum(['freeze_only', 'kill_allowed']),
  freezeFloorBytes: notNegative,
  /** Null: the rule is freeze_only. */
  killFloorBytes: z.nullable(notNegative),
  preAuthorised: z.boolean(),
  group: z.enum(['none', 'tree', 'pgid']),
  oracle: z.nullable(text(128)),
  withoutAsking: z.boolean(),
  ownerUid: z.nullable(z.int()),
  /** Of `[[relief.entry]]` in the file as it was loaded, counted from 1; null: it stands in no file. */
  line: z.nullable(z.int()),
  /** Largest footprint first; not those that an earlier rule takes. */
  matches: z.array(policyMatchSchema),
  /** Matches that are not listed here. */
  omitted: z.int(),
});
export type PolicyRule = z.infer<typeof policyRuleSchema>;

/** What to write into the file in place of what is there. */
export const policyEditSchema = z.strictObject({
  /** First line it is about, counted from 1, and its text as it was loaded. */
  line: z.int(),
  old: z.array(text(256)),
  /** Empty: these lines go. Null: what to write is the operator's to say. */
  new: z.nullable(z.array(text(256))),
});
export type PolicyEdit = z.infer<typeof policyEditSchema>;

export const policyFindingSchema = z.strictObject({
  severity: z.enum(['error', 'warning']),
  code: z.string(),
  /** Name of the rule, or label of the service. */
  subject: text(128),
  /** `relief.entry[2].pattern`. */
  key: text(128),
  message: text(512),
  fix: text(512),
  /** Null: it stands in no file. */
  edit: z.nullable(policyEditSchema),
});
export type PolicyFinding = z.infer<typeof policyFindingSchema>;

export const policySchema = z.strictObject({
  atMs: z.number(),
  file: configFileSchema,
  rules: z.array(policyRuleSchema),
  /** Services that may be shed. */
  services: z.array(
    z.strictObject({
      label: text(128),
      at: z.enum(['ladder_1', 'yellow', 'orange']),
      line: z.nullable(z.int()),
      /** Null: the services are not known now. */
      loaded: z.nullable(z.boolean()),
    }),
  ),
  findings: z.array(policyFindingSchema),
  /** Findings that are not listed here. */
  moreFindings: z.int(),
  gate: gateSchema,
  shed: z.array(shedSchema),
  suppressed: z.array(suppressedSchema),
});
export type Policy = z.infer<typeof policySchema>;

export const configValueSchema = z.strictObject({
  /** As `castellan config` prints it: `pressure.yellow.available`, `seat "Cilghal".peak`. */
  key: text(256),
  value: text(512),
  /** What holds when the key is left out; null: there is no such value for all files. */
  usual: z.nullable(text(512)),
  /** Where it is written; null: it is not, and the value is what holds without it. */
  line: z.nullable(z.int()),
});
export type ConfigValue = z.infer<typeof configValueSchema>;

export const configViewSchema = z.strictObject({
  atMs: z.number(),
  file: configFileSchema,
  /** In the order of the example file. What may be a secret stands as `…`. */
  values: z.array(configValueSchema),
  /** Values that did not fit into this message. */
  omitted: z.int(),
  problems: z.array(configProblemSchema),
});
export type ConfigView = z.infer<typeof configViewSchema>;
