import type { Exit } from './job.ts';

/** How jobs ended that were booted out and are not listed any more: told for a while, so that whoever ended them can say it. */
export interface Departed {
  note(label: string, how: Exit): void;
  /** It is loaded anew. */
  forget(label: string): void;
  list(): readonly { readonly label: string; readonly lastExit: Exit }[];
}

/** @param onChange what was told long enough is not told any more */
export const createDeparted = (keptMs: number, onChange: () => void): Departed => {
  const known = new Map<string, { readonly how: Exit; readonly timer: NodeJS.Timeout }>();

  const forget = (label: string): void => {
    clearTimeout(known.get(label)?.timer);
    known.delete(label);
  };

  return {
    note: (label, how) => {
      forget(label);
      const timer = setTimeout(() => {
        known.delete(label);
        onChange();
      }, keptMs);
      timer.unref();
      known.set(label, { how, timer });
    },
    forget,
    list: () => [...known].map(([label, { how }]) => ({ label, lastExit: how })),
  };
};
