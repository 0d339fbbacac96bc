/**
 * One piece of work at a time, in the order asked for. Calls of macOS cannot be taken back: one that does not return keeps its
 * thread, and must not be followed by more of them.
 */
export type Queue = <T>(work: () => Promise<T>) => Promise<T>;

export const createQueue = (): Queue => {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const mine = last.then(work);
    last = mine.catch(() => {});
    return mine;
  };
};

/** What `work` gives, or `late()` when it takes longer; the work itself goes on. */
export const within = <T>(ms: number, work: Promise<T>, late: () => T | Promise<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(late()), ms);
    timer.unref();
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
