/** What is to come, in virtual time. Things due at one time happen in the order in which they were put down. */
export interface Agenda {
  readonly at: (atMs: number, call: (nowMs: number) => void) => void;
  /** When the next thing is due; infinite when there is none. */
  readonly nextMs: () => number;
  /** Does the next thing. */
  readonly run: () => void;
}

export const createAgenda = (): Agenda => {
  const due: { readonly atMs: number; readonly call: (nowMs: number) => void }[] = [];
  return {
    at: (atMs, call) => {
      let place = due.length;
      while (place > 0 && (due[place - 1]?.atMs ?? 0) > atMs) place -= 1;
      due.splice(place, 0, { atMs, call });
    },
    nextMs: () => due[0]?.atMs ?? Number.POSITIVE_INFINITY,
    run: () => {
      const first = due.shift();
      first?.call(first.atMs);
    },
  };
};
