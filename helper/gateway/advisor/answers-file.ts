import { constants, lstatSync } from 'node:fs';
import { open, rename, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { type AdviceAnswer, type AdviceCause, adviceAnswerSchema, adviceCauses } from '../../protocol/advice.ts';
import { parseJson } from '../../protocol/json.ts';
import { notNegative } from '../../protocol/values.ts';

/**
 * The last answers, in the gateway's own folder: for when nobody can be reached. What is read back is judged as what came over the
 * network was; a file that is not what was written is set aside.
 */

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

export const nothingKept: Kept = { version: 1, askedMs: null, answers: [] };

export interface AnswersFile {
  /** Never rejects: what cannot be read is as nothing. */
  readonly read: () => Promise<Kept>;
  /** Never rejects. */
  readonly write: (kept: Kept) => Promise<void>;
}

/** With one more; of its cause the oldest go. */
export const withAnswer = (kept: Kept, answer: AdviceAnswer): Kept => {
  const same = kept.answers.filter(({ cause }) => cause === answer.cause);
  const gone = new Set(same.slice(0, Math.max(0, same.length + 1 - mostOfCause)));
  return { ...kept, answers: [...kept.answers.filter((each) => !gone.has(each)), answer] };
};

/** The newest that was given for the like. */
export const answerFor = ({ answers }: Kept, cause: AdviceCause): AdviceAnswer | null =>
  answers.findLast((each) => each.cause === cause) ?? null;

const codeOf = (fault: unknown): string => (fault instanceof Error && 'code' in fault ? String(fault.code) : 'unknown');

export const createAnswersFile = (folder: string, log: (text: string) => void): AnswersFile => {
  const path = join(folder, 'advice.json');

  const bytesOf = async (): Promise<Buffer | null> => {
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const seen = await file.stat();
      if (!seen.isFile() || seen.size > mostBytes) return null;
      const bytes = Buffer.alloc(mostBytes);
      const { bytesRead } = await file.read(bytes, 0, mostBytes, 0);
      return bytes.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  };

  const setAside = async (): Promise<Kept> => {
    log(`${path} is not what was written: it is set aside as ${path}.bad`);
    await rename(path, `${path}.bad`).catch(() => {});
    return nothingKept;
  };

  return {
    read: async () => {
      try {
        const bytes = await bytesOf();
        const parsed = bytes === null ? null : parseJson(bytes);
        const kept = parsed?.ok === true ? fileSchema.safeParse(parsed.value) : null;
        return kept?.success === true ? kept.data : await setAside();
      } catch (fault) {
        const code = codeOf(fault);
        if (code === 'ENOENT') return nothingKept;
        return code === 'ELOOP' ? setAside() : nothingKept;
      }
    },
    write: async (kept) => {
      const temporary = `${path}.tmp`;
      try {
        if (lstatSync(temporary, { throwIfNoEntry: false }) !== undefined) await unlink(temporary);
        await writeFile(temporary, JSON.stringify(kept), { flag: 'wx', mode: 0o600 });
        await rename(temporary, path);
      } catch (fault) {
        log(`${path} could not be written (${codeOf(fault)}): the last answers do not outlive this run`);
      }
    },
  };
};
