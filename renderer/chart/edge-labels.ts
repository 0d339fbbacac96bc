import type { Tiers } from '../../helper/protocol/status.ts';
import { spread } from '../data/charts/axis.ts';
import { tierNames } from '../data/charts/series.ts';
import { gbFigure } from '../text/format.ts';
import type { ScenePlugin } from './model.ts';

interface Labelled {
  readonly top: number;
  readonly bottom: number;
}

/** Middles of the labels, in the order of the tiers, moved apart where bands are thin. CSS pixels from the top. */
export const labelMiddles = (
  tiers: Tiers,
  { top, bottom }: Labelled,
  yOf: (bytes: number) => number,
  fontPx: number,
): readonly number[] => {
  let below = 0;
  const middles = tierNames.map((tier) => {
    below += tiers[tier];
    return yOf(below - tiers[tier] / 2);
  });
  // Pixels grow downwards, tiers upwards.
  const half = fontPx * 0.6;
  return spread(middles.toReversed(), fontPx * 1.2, top + half, bottom - half).toReversed();
};

/** Name and present size of each tier beside its band, with a sample of its pattern: no legend to look up. */
export const edgeLabels: ScenePlugin = (scene) => ({
  id: 'edgeLabels',
  afterDatasetsDraw: (chart) => {
    const { tiers } = scene.model;
    const { palette, fills, fontPx, fontFamily, stroke } = scene.look;
    const { ctx, chartArea, scales } = chart;
    const y = scales.y;
    if (tiers === null || y === undefined) return;
    const placed = labelMiddles(tiers, chartArea, (bytes) => y.getPixelForValue(bytes), fontPx);
    ctx.save();
    ctx.font = `${fontPx}px ${fontFamily}`;
    ctx.textBaseline = 'middle';
    const tall = Math.round(fontPx * 0.9);
    const wide = Math.round(fontPx * 0.36);
    const left = Math.round(chartArea.right) + 8;
    for (const [index, tier] of tierNames.entries()) {
      const at = Math.round(placed[index] ?? 0);
      // A strip of the band and not a box, which would look like something to be ticked.
      ctx.beginPath();
      ctx.roundRect(left, at - tall / 2, wide, tall, 1);
      if (tier !== 'free') {
        ctx.fillStyle = fills[tier];
        ctx.fill();
      }
      if (tier === 'free' || stroke > 1) {
        ctx.strokeStyle = palette.quiet;
        ctx.lineWidth = 1;
        ctx.stroke();
      }
      ctx.fillStyle = palette.quiet;
      ctx.textAlign = 'left';
      ctx.fillText(tier, left + wide + 5, at);
      ctx.fillStyle = palette.text;
      ctx.textAlign = 'right';
      ctx.fillText(gbFigure(tiers[tier]), chart.width, at);
    }
    ctx.restore();
  },
});
