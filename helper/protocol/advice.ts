import * as z from 'zod/mini';
import { notNegative, text } from './values.ts';

/**
 * A suggestion for the operator when memory stays short: what an advisor off this machine has said, and a runbook for when none
 * has. Words to be read, and nothing else: what comes from outside is text, and nothing takes it for an order.
 */

/** `red`: the level has been red for a while. `useless`: what was tried did not help, and its targets are left alone. */
export const adviceCauses = ['red', 'useless'] as const;
export type AdviceCause = (typeof adviceCauses)[number];

export const adviceCharacters = 2_000;
export const nameOfAdvisorCharacters = 128;

/** Nothing that steers a terminal or reorders what is read; the line feed alone is let through. */
const printed = (characters: number, pattern: RegExp) =>
  text(characters).check(z.regex(pattern, 'it must be printable text'));
const oneLine = /^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]*$/u;
const someLines = /^(?:\n|[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}])*$/u;

export const adviceAnswerSchema = z.strictObject({
  /** Host and port it came from. */
  from: printed(nameOfAdvisorCharacters, oneLine),
  model: printed(nameOfAdvisorCharacters, oneLine),
  cause: z.enum(adviceCauses),
  text: printed(adviceCharacters, someLines),
  /** Wall time at which it came, ms since 1970. */
  atMs: notNegative,
});
export type AdviceAnswer = z.infer<typeof adviceAnswerSchema>;

/** What the gateway tells of the advisor. Nobody judges by it. */
export const adviceReportSchema = z.strictObject({
  state: z.enum(['ready', 'asking', 'failed']),
  /** Why it gave no answer, one line; empty: it did, or has not been asked. */
  detail: printed(256, oneLine),
  answer: z.nullable(
    z.extend(adviceAnswerSchema, {
      /** It was given for a time like this one, and not for this one. */
      isOld: z.boolean(),
    }),
  ),
});
export type AdviceReport = z.infer<typeof adviceReportSchema>;

export const adviceStatusSchema = z.strictObject({
  /** Why one would look for advice now; null: there is no need. */
  cause: z.nullable(z.strictObject({ code: z.enum(adviceCauses), forSeconds: notNegative, said: z.string() })),
  /** `off`: castellan.toml names none. `idle`: it has not been asked lately. */
  advisor: z.strictObject({
    state: z.enum(['off', 'idle', 'asking', 'answered', 'failed']),
    host: z.nullable(z.string()),
    model: z.nullable(z.string()),
    detail: z.string(),
  }),
  answer: z.nullable(
    z.strictObject({
      from: z.string(),
      model: z.string(),
      text: z.string(),
      ageSeconds: notNegative,
      isOld: z.boolean(),
    }),
  ),
  /** Written beforehand, for what the figures show now; the gravest first. Empty without a cause. */
  runbook: z.array(z.strictObject({ title: z.string(), steps: z.array(z.string()) })),
});
export type AdviceStatus = z.infer<typeof adviceStatusSchema>;
export type RunbookPage = AdviceStatus['runbook'][number];
