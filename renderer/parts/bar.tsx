interface Props {
  /** Shares of the track, 0…1. */
  readonly footprint: number;
  readonly rss: number | null;
  /** Where the declared peak is, 0…1. */
  readonly tick?: number;
  /** Where the peak should be declared, 0…1. */
  readonly proposed?: number | null;
}

/** To a part of a pixel: a finer one would be drawn anew each time and look the same. */
const percent = (share: number): string => `${Math.min(100, Math.max(0, share * 100)).toFixed(1)}%`;

/**
 * Dark bar: footprint. Thin line inside: RSS. Upright tick: declared peak; a broken one: the peak it
 * should be. Text beside it says the same.
 */
export const Bar = ({ footprint, rss, tick, proposed }: Props) => (
  <svg class="bar" aria-hidden="true">
    <rect class="track" width="100%" height="100%" rx="2" />
    <rect class="footprint" width={percent(footprint)} height="100%" rx="2" />
    {rss !== null && <rect class="rss" y="38%" width={percent(rss)} height="24%" />}
    {tick !== undefined && <rect class="tick" x={percent(tick)} width="2" height="100%" />}
    {typeof proposed === 'number' && (
      <g class="proposed">
        <rect class="tick" x={percent(proposed)} width="3" height="38%" />
        <rect class="tick" x={percent(proposed)} y="62%" width="3" height="38%" />
      </g>
    )}
  </svg>
);
