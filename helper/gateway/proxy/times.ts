/** How long the proxy waits for what. Milliseconds, except where the name says otherwise. */
export interface ProxyTimes {
  /** An address that is taken is tried again after each of these in turn, and after the last from then on. */
  readonly listenAgainMs: readonly [number, ...number[]];
  /** One attempt to connect to a seat: over loopback it takes that long only when the seat accepts no more. */
  readonly connectMs: number;
  /** A seat that is said to serve and refuses connections is tried again for so long: it may be about to listen. */
  readonly refusedMs: number;
  /** Wait between two such attempts: the first, doubled by each up to the last. */
  readonly refusedAgainMs: { readonly first: number; readonly last: number };
  /** After a failed start no other is asked for within the first of these, doubled by each failure up to the last. */
  readonly backOffMs: { readonly first: number; readonly last: number };
  /** A client that cannot be served and has sent nothing yet gets so long to show whether it speaks HTTP. */
  readonly firstBytesMs: number;
  /**
   * After the last answer what the client still sends is read and dropped for so long. Closing with bytes unread makes
   * the kernel send a reset, which may take the answer from the client before it has read it (RFC 9112, 9.6).
   */
  readonly lingerMs: number;
  /** When the gateway ends, connections under way get so long to end by themselves. */
  readonly graceMs: number;
  /** A connection whose last bytes came from the client counts as a request under way for at most so long. */
  readonly inFlightMs: number;
  /** How often that is looked at. */
  readonly sweepMs: number;
}

export const proxyTimes: ProxyTimes = {
  listenAgainMs: [5_000, 5_000, 10_000, 20_000, 30_000],
  connectMs: 5_000,
  refusedMs: 2_000,
  refusedAgainMs: { first: 20, last: 160 },
  backOffMs: { first: 1_000, last: 30_000 },
  firstBytesMs: 1_000,
  lingerMs: 2_000,
  graceMs: 2_000,
  inFlightMs: 30 * 60_000,
  sweepMs: 30_000,
};

/** Connections to one seat at a time; each takes two descriptors and at most a few buffers of 64 KiB. */
export const mostConnections = 512;

/** Connections of one listener that are being told why they are not served; what comes on top is closed at once. */
export const mostRefusals = 128;
