/** A seeded stream of numbers in [0, 1): the simulated Mac must behave the same in every run. */
export type Random = () => number;

/** Mulberry32 (public domain, Tommy Ettinger): 32 bits of state, good enough for jitter, no use for secrets. */
export const createRandom = (seed: number): Random => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
};
