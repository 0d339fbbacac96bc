import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readInputs, wholeLines } from '../journal/inputs.ts';
import { replayInputs } from '../keeper/judgement/input-lines.ts';
import { type Failure, failure } from '../protocol/errors.ts';
import type { Moment } from './moments.ts';
import { tellDecision } from './tell.ts';

/** What a real keeper was given is judged again: the levels, plans and alerts it came to, in order. */

export type JournalReplay =
  | {
      readonly ok: true;
      readonly steps: number;
      /** Time of the first and the last input, ms of that keeper's clock; null: there is none. */
      readonly span: { readonly fromMs: number; readonly untilMs: number } | null;
      readonly moments: readonly Moment[];
    }
  | { readonly ok: false; readonly failure: Failure };

const firstBytes = 64;

/** `{"checkpoint":`, `{"nowMs":`, `{"delta":` and `{"gap":` begin the lines of a journal. */
const beginsAsJournal = /^\{"(checkpoint|nowMs|gap|delta)":/;

/** Whether a path is a journal (a folder, or a file of its lines) rather than a scenario. Throws what the disk says. */
export const isJournal = async (path: string): Promise<boolean> => {
  if ((await stat(path)).isDirectory()) return true;
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(firstBytes), 0, firstBytes, 0);
    return beginsAsJournal.test(buffer.toString('utf8', 0, bytesRead));
  } finally {
    await file.close();
  }
};

/** The folder itself, or where a run directory or state folder keeps it. */
const journalFolders = (path: string): readonly string[] => [path, join(path, 'inputs'), join(path, 'state', 'inputs')];

async function* linesOf(path: string): AsyncGenerator<string, void, undefined> {
  if (!(await stat(path)).isDirectory()) {
    yield* wholeLines(path);
    return;
  }
  for (const folder of journalFolders(path)) {
    let some = false;
    for await (const line of readInputs(folder)) {
      some = true;
      yield line;
    }
    if (some) return;
  }
}

export const replayJournal = async (path: string): Promise<JournalReplay> => {
  const moments: Moment[] = [];
  let lines = 0;
  let steps = 0;
  const times: number[] = [];
  const counted = async function* (): AsyncGenerator<string, void, undefined> {
    for await (const line of linesOf(path)) {
      lines += 1;
      yield line;
    }
  };
  const teller = tellDecision((moment) => moments.push(moment));
  try {
    for await (const { input, decision } of replayInputs(counted())) {
      steps += 1;
      times[Math.min(times.length, 1)] = input.nowMs;
      teller(input.nowMs, decision);
    }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { ok: false, failure: failure('scenario_invalid', `line ${lines} of the journal: ${why}`) };
  }
  if (lines === 0) return { ok: false, failure: failure('scenario_invalid', 'there is no journal in this folder') };
  if (steps === 0)
    return { ok: false, failure: failure('scenario_invalid', `${lines} lines, and none after a checkpoint`) };
  const [fromMs, untilMs] = times;
  const span = fromMs === undefined ? null : { fromMs, untilMs: untilMs ?? fromMs };
  return { ok: true, steps, span, moments };
};
