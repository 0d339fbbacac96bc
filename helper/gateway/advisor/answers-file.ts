import { join } from 'node:path';
import * as z from 'zod/mini';
import { type AdviceAnswer, type AdviceCause, adviceAnswerSchema, adviceCauses } from '../../protocol/advice.ts';
import { notNegative } from '../../protocol/values.ts';
import { createKeptFile, type KeptFile } from '../kept-file.ts';

/** The last answers on disk: for when nobody can be reached. */

/** Of each cause. */
const mostOfCause = 4;
const mostBytes = 64 * 1024;

const fileSchema = z.strictObject({
  version: z.literal(1),
  /** Wall time at which the advisor was asked last, whatever came of it. */
  askedMs: z.nullable(notNegative),
  /** Oldest first. */
  answers: z.array(adviceAnswerSchema).check(z.maxLength(mostOfCause * adviceCauses.length)),
});
export type Kept = z.infer<typeof fileSchema>;

const nothingKept: Kept = { version: 1, askedMs: null, answers: [] };

/** With one more; of its cause the oldest go. */
export const withAnswer = (kept: Kept, answer: AdviceAnswer): Kept => {
  const same = kept.answers.filter(({ cause }) => cause === answer.cause);
  const gone = new Set(same.slice(0, Math.max(0, same.length + 1 - mostOfCause)));
  return { ...kept, answers: [...kept.answers.filter((each) => !gone.has(each)), answer] };
};

/** The newest that was given for the like. */
export const answerFor = ({ answers }: Kept, cause: AdviceCause): AdviceAnswer | null =>
  answers.findLast((each) => each.cause === cause) ?? null;

export const createAnswersFile = (folder: string, log: (text: string) => void): KeptFile<Kept> =>
  createKeptFile({
    path: join(folder, 'advice.json'),
    mostBytes,
    schema: fileSchema,
    nothing: nothingKept,
    what: 'advice: the last answers',
    log,
  });
