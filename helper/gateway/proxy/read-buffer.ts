/**
 * The memory into which a seat's connection reads. What is read is nearly always written on to the client within the same
 * call, so that the next read may use it again; Node would allocate 64 KiB for each read instead. Pages that no read has
 * reached cost nothing.
 */
export interface ReadBuffer {
  /** For the next read. */
  readonly current: () => Buffer;
  /** What was read last is still needed: it is left to whoever needs it, and the next read gets other memory. */
  readonly giveAway: () => void;
}

const bytes = 65_536;

export const createReadBuffer = (): ReadBuffer => {
  let buffer = Buffer.allocUnsafeSlow(bytes);
  return {
    current: () => buffer,
    giveAway: () => {
      buffer = Buffer.allocUnsafeSlow(bytes);
    },
  };
};
