/**
 * The memory into which a seat's connection reads. What is read is nearly always written on to the client within the same
 * call, so that the next read may use it again; Node would allocate 64 KiB for each read instead, and the holes that leaves
 * in the process's memory are never given back.
 */
export interface ReadBuffer {
  /** For the next read. */
  readonly current: () => Buffer;
  /** What was read last is still needed: it is left to whoever needs it, and the next read gets other memory. */
  readonly giveAway: () => void;
  /** Nothing is read any more. */
  readonly release: () => void;
}

/** As many are kept for connections to come; the rest is left to the garbage collector. */
const mostSpare = 32;
const bytes = 65_536;

/** Gives the buffers of a process its connections. */
export const createReadBuffers = (): (() => ReadBuffer) => {
  const spare: Buffer[] = [];
  const take = (): Buffer => spare.pop() ?? Buffer.allocUnsafeSlow(bytes);

  return () => {
    let buffer = take();
    let isReleased = false;
    return {
      current: () => buffer,
      giveAway: () => {
        buffer = take();
      },
      release: () => {
        if (isReleased) return;
        isReleased = true;
        if (spare.length < mostSpare) spare.push(buffer);
      },
    };
  };
};
