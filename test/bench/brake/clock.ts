/** CLOCK_MONOTONIC in ms: every process of the machine reads the same one, so that times can be compared across them. */
export const monotonicMs = (): number => Number(process.hrtime.bigint()) / 1e6;
