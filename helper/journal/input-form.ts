/** How lines of the journal of inputs are told apart. */

/** A line that is written against the one before it: see input-encoder.ts. */
export const deltaPrefix = '{"delta":';

/** The state that inputs went into: a segment begins with one, and nothing behind it needs what is before it. */
export const checkpointPrefix = '{"checkpoint":';

export const isCheckpointText = (line: string): boolean => line.startsWith(checkpointPrefix);

/** Stands where lines were lost: a replay does not run across it. */
export const gapLine = (lostLines: number): string => JSON.stringify({ gap: { lostLines } });

export const isGapLine = (line: string): boolean => /^\{"gap":\{"lostLines":\d+\}\}$/.test(line);
