export interface Point {
  /** Openings so far. */
  readonly at: number;
  readonly mb: number;
}

/**
 * MB an opening, by the median of the slopes between all pairs (Theil–Sen): a collection that comes a look earlier or
 * later bends a least-squares line, and not this one. 0 for fewer than two points.
 */
export const slopeOf = (points: readonly Point[]): number => {
  const slopes = points
    .flatMap((a, index) => points.slice(index + 1).map((b) => (b.mb - a.mb) / (b.at - a.at)))
    .sort((a, b) => a - b);
  const middle = slopes.length / 2;
  const low = slopes[Math.ceil(middle) - 1] ?? 0;
  return (low + (slopes[Math.floor(middle)] ?? low)) / 2;
};
