/** Where a replay did not go as expected: when that was known, and what was expected and came instead. */
export interface Deviation {
  readonly atMs: number;
  readonly text: string;
}
