import { type ReadonlySignal, signal } from '@preact/signals';

/** Whether the page of health is open, and which seat it was opened for. It asks nothing: the status has it all. */

export interface Opened {
  /** To be scrolled to; null: none. */
  readonly seat: string | null;
  /** Counts openings, so that the same seat can be gone to twice. */
  readonly nth: number;
}

export interface HealthPage {
  /** Null: it is closed. */
  readonly opened: ReadonlySignal<Opened | null>;
  readonly open: (seat: string | null) => void;
  readonly close: () => void;
}

export const createHealthPage = (): HealthPage => {
  const opened = signal<Opened | null>(null);
  let nth = 0;
  return {
    opened,
    open: (seat) => {
      nth += 1;
      opened.value = { seat, nth };
    },
    close: () => {
      opened.value = null;
    },
  };
};
