import type { ServiceStatus } from './services.ts';

/** Waiting with an end. */

/** Resolves after so many milliseconds. */
export type Pause = (ms: number) => Promise<void>;

export const registrationTimes = {
  /** Approval is given in System Settings, and told to nobody. */
  watchEveryMs: 2_000,
  /** A status follows its set within a moment. */
  settleEveryMs: 250,
  settleTries: 20,
  /** launchd's throttle of 10 s, and a start. */
  refreshMs: 60_000,
  /** The deadman resumes eight processes, one a second, after it has seen that the keeper is gone. */
  deadmanMs: 15_000,
} as const;

/** The last status; as soon as it is as wanted, and at the latest after 5 s. */
export const settle = async (
  status: () => ServiceStatus,
  isWanted: (status: ServiceStatus) => boolean,
  pause: Pause,
): Promise<ServiceStatus> => {
  let last = status();
  for (let tried = 0; tried < registrationTimes.settleTries && !isWanted(last); tried += 1) {
    await pause(registrationTimes.settleEveryMs);
    last = status();
  }
  return last;
};
