/** A recovery in words, the same in the log, the status, the alert and the card. */

/** In the order in which they are done. */
export const recoverySteps = ['files', 'stop', 'free', 'start', 'smoke'] as const;
export type RecoveryStep = (typeof recoverySteps)[number];

/** What is done at a step. */
const stepWords: Readonly<Record<RecoveryStep, string>> = {
  files: 'the files of its next start are looked at',
  stop: 'it is told to end',
  free: 'its port and its memory are waited for',
  start: 'it is started again',
  smoke: 'ten prompts are put to it',
};

/** "Recovery, step 2 of 5: it is told to end." */
export const progressWords = ({
  step,
  isKilled = false,
}: {
  readonly step: RecoveryStep;
  readonly isKilled?: boolean;
}): string =>
  `Recovery, step ${recoverySteps.indexOf(step) + 1} of ${recoverySteps.length}: ${
    step === 'stop' && isKilled ? 'it did not end when it was told to, and is killed' : stepWords[step]
  }.`;

/** How things stand when it failed there, and what to do. */
export const hintOf = (step: RecoveryStep, seat: string): string => {
  switch (step) {
    case 'files':
      return 'Nothing was done: put the files back, and it is offered again.';
    case 'stop':
      return `It still runs and does no work: end it by hand, then \`castellan load ${seat}\`.`;
    case 'free':
      return `It has ended and is not started: look at what is named, then \`castellan load ${seat}\`.`;
    case 'start':
      return `It has ended and does not run: \`castellan fits ${seat}\` and its own log say why; \`castellan load ${seat}\` tries again.`;
    case 'smoke':
      return 'It runs: `castellan health` shows what it says.';
  }
};

/** For the keeper that finds it begun by the one before. */
export const interruptedWords = (step: RecoveryStep, seat: string): string =>
  `${progressWords({ step })} The keeper ended during it, and it is not gone on with. ${hintOf(step, seat)}`;
