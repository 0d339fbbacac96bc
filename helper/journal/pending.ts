import type { Batch } from './recorder-messages.ts';
import type { MachineSample, ProcessRow } from './samples.ts';

/** What waits for the worker: bounded, the oldest goes first when it is full, and every loss is counted. */

export interface Pending {
  readonly addSample: (sample: MachineSample) => void;
  readonly addProcesses: (rows: readonly ProcessRow[]) => void;
  readonly addInput: (line: string) => void;
  readonly isEmpty: () => boolean;
  /** Takes all of it, losses included, leaving nothing. */
  readonly take: () => Omit<Batch, 'replace'>;
  /** Counts a batch that was taken and never written. */
  readonly lose: (batch: Batch) => void;
  readonly dropped: () => { readonly rows: number; readonly lines: number };
}

/** Ten minutes of samples. */
const samplesKept = 300;
const processRowsKept = 1_000;
/** Characters of input lines. */
const inputsKept = 2 * 2 ** 20;

export const createPending = (): Pending => {
  let samples: MachineSample[] = [];
  let processes: ProcessRow[] = [];
  let inputs: string[] = [];
  let inputCharacters = 0;
  let lostInputs = 0;
  let droppedRows = 0;
  let droppedLines = 0;

  return {
    addSample: (sample) => {
      samples.push(sample);
      if (samples.length > samplesKept) {
        samples.shift();
        droppedRows++;
      }
    },
    addProcesses: (rows) => {
      processes.push(...rows);
      const over = processes.length - processRowsKept;
      if (over > 0) {
        processes.splice(0, over);
        droppedRows += over;
      }
    },
    addInput: (line) => {
      inputs.push(line);
      inputCharacters += line.length;
      while (inputCharacters > inputsKept) {
        inputCharacters -= inputs.shift()?.length ?? 0;
        lostInputs++;
        droppedLines++;
      }
    },
    isEmpty: () => samples.length === 0 && processes.length === 0 && inputs.length === 0,
    take: () => {
      const taken = { samples, processes, inputs, lostInputs };
      samples = [];
      processes = [];
      inputs = [];
      inputCharacters = 0;
      lostInputs = 0;
      return taken;
    },
    lose: (batch) => {
      droppedRows += batch.samples.length + batch.processes.length;
      droppedLines += batch.inputs.length;
      lostInputs += batch.inputs.length + batch.lostInputs;
    },
    dropped: () => ({ rows: droppedRows, lines: droppedLines }),
  };
};
