/** Declared peaks of all seats together, and by how much they go beyond the machine; bytes. */
export interface Envelope {
  readonly peaksBytes: number;
  readonly overBytes: number;
}

/**
 * Null while all declared peaks fit into memory at once. Beyond it no act of relief helps for long: what is shed to make
 * room for one seat is missed by the next, so it is said instead of tried again and again.
 */
export const envelopeOf = (seats: readonly { readonly peakBytes: number }[], totalBytes: number): Envelope | null => {
  const peaksBytes = seats.reduce((sum, { peakBytes }) => sum + peakBytes, 0);
  return peaksBytes > totalBytes ? { peaksBytes, overBytes: peaksBytes - totalBytes } : null;
};
