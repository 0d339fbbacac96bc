import type { Config } from '../../config/config.ts';
import { plainLines } from '../../journal/input-decoder.ts';
import { isGapLine } from '../../journal/input-form.ts';
import { type Decision, decide } from './decide.ts';
import type { Input } from './events.ts';
import type { KeeperState } from './state.ts';

/**
 * The journal of inputs, line by line: what went into `decide`, and from time to time the state it went into, so that a
 * journal whose beginning has been dropped can still be replayed from its first checkpoint on.
 */

interface Checkpoint {
  readonly checkpoint: KeeperState;
  readonly config: Config;
}

export const checkpointLine = (checkpoint: KeeperState, config: Config): string =>
  JSON.stringify({ checkpoint, config } satisfies Checkpoint);

export interface ReplayedStep {
  readonly input: Input;
  readonly decision: Decision;
}

const isCheckpoint = (line: Input | Checkpoint): line is Checkpoint => 'checkpoint' in line;

/**
 * Runs `decide` over a journal again. What comes before the first checkpoint, and between lost lines and the next one,
 * is passed over: nothing is decided on a state that nobody had.
 */
export async function* replayInputs(
  lines: AsyncIterable<string> | Iterable<string>,
): AsyncGenerator<ReplayedStep, void, undefined> {
  let from: { state: KeeperState; config: Config } | null = null;
  for await (const text of plainLines(lines)) {
    if (isGapLine(text)) {
      from = null;
      continue;
    }
    const line = JSON.parse(text) as Input | Checkpoint;
    if (isCheckpoint(line)) {
      from = { state: line.checkpoint, config: line.config };
    } else if (from !== null) {
      const decision: Decision = decide(from.state, line, from.config);
      from = { state: decision.state, config: from.config };
      yield { input: line, decision };
    }
  }
}
