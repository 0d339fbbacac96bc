/**
 * Whether somebody who should speak again and again has fallen silent. The time is counted in steps: one that comes late means that
 * this process did not run either (a machine that slept, or starved), so that what it has not heard meanwhile says nothing.
 */

export interface Silence {
  readonly heard: () => void;
  readonly close: () => void;
}

export interface SilenceOptions {
  /** So long is silent. */
  readonly afterMs: number;
  /** Monotonic. */
  readonly nowMs: () => number;
  /** Once, until it is heard again. */
  readonly onSilent: () => void;
}

const steps = 6;
/** A step that took longer than so many was slept through; what is late by less than seconds is only busy. */
const lateSteps = 2;
const leastLateMs = 2_000;

/** Counts from the first word on: who has never spoken is not silent. */
export const createSilence = ({ afterMs, nowMs, onSilent }: SilenceOptions): Silence => {
  const stepMs = afterMs / steps;
  let timer: NodeJS.Timeout | null = null;
  let silentMs = 0;
  let steppedMs = 0;

  const close = (): void => {
    if (timer !== null) clearInterval(timer);
    timer = null;
  };
  const step = (): void => {
    const elapsedMs = nowMs() - steppedMs;
    steppedMs = nowMs();
    silentMs = elapsedMs > Math.max(leastLateMs, stepMs * lateSteps) ? 0 : silentMs + elapsedMs;
    if (silentMs < afterMs) return;
    close();
    onSilent();
  };

  return {
    heard: () => {
      silentMs = 0;
      if (timer !== null) return;
      steppedMs = nowMs();
      timer = setInterval(step, stepMs).unref();
    },
    close,
  };
};
