/** Every time the deadman keeps, milliseconds. Given as a value, so that tests can let all of them pass sooner. */
export interface DeadmanTimes {
  /** Between two looks at whether the keeper advances. */
  readonly pollMs: number;
  /** The most that one look without advance counts. */
  readonly countAtMostMs: number;
  /** Staleness at which the operator is told. */
  readonly alertMs: number;
  /** Staleness at which what is frozen is resumed and the keeper is started again. */
  readonly resumeMs: number;
  /** A longer pause between two looks is sleep or our own starvation. */
  readonly gapMs: number;
  /** After such a pause, and after our own start, this long counts for nothing. */
  readonly graceMs: number;
  /** At most one restart of the keeper in this time. */
  readonly restartEveryMs: number;
  /** From one resume to the next. */
  readonly spacingMs: number;
  /** All resumes of one pass begin within this time: with more of them the spacing shrinks. */
  readonly withinMs: number;
  /** How long a process may take to run after SIGCONT before it gets another. */
  readonly verifyMs: number;
  /** A claim this old belongs to a resumer that died. */
  readonly claimMs: number;
}

/** First resume at once, the eighth 7 s later; wedged: noticed within 65 s, done at 72 s of the 90 s promised. */
export const deadmanTimes: DeadmanTimes = {
  pollMs: 5_000,
  countAtMostMs: 15_000,
  alertMs: 30_000,
  resumeMs: 60_000,
  gapMs: 30_000,
  graceMs: 15_000,
  restartEveryMs: 600_000,
  spacingMs: 1_000,
  withinMs: 8_000,
  verifyMs: 300,
  claimMs: 5_000,
};

/** A freeze lasts at most this long, whatever its tombstone says. */
export const longestFreezeMs = 600_000;
