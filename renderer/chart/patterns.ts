import type { TierName } from '../data/charts/series.ts';
import type { Palette } from './palette.ts';

/** Fills of the tiers: wired solid, compressed hatched, app plain, cached dotted. The pattern says what the hue says. */

type Draw = (ctx: CanvasRenderingContext2D, side: number) => void;

const tile = (ratio: number, side: number, background: string, ink: string, draw: Draw): string | CanvasPattern => {
  const canvas = document.createElement('canvas');
  canvas.width = side * ratio;
  canvas.height = side * ratio;
  const ctx = canvas.getContext('2d');
  if (ctx === null) return background;
  ctx.scale(ratio, ratio);
  ctx.fillStyle = background;
  ctx.fillRect(0, 0, side, side);
  ctx.strokeStyle = ink;
  ctx.fillStyle = ink;
  draw(ctx, side);
  const pattern = ctx.createPattern(canvas, 'repeat');
  if (pattern === null) return background;
  // The tile holds device pixels; drawn through the chart's own scale it would be enlarged twice.
  pattern.setTransform(new DOMMatrix().scale(1 / ratio));
  return pattern;
};

const hatch: Draw = (ctx, side) => {
  ctx.lineWidth = 1;
  ctx.beginPath();
  for (const start of [-side, 0, side]) {
    ctx.moveTo(start - 1, side + 1);
    ctx.lineTo(start + side + 1, -1);
  }
  ctx.stroke();
};

const dots: Draw = (ctx, side) => {
  for (const [x, y] of [
    [side / 4, side / 4],
    [(side * 3) / 4, (side * 3) / 4],
  ] as const) {
    ctx.beginPath();
    ctx.arc(x, y, 0.8, 0, 2 * Math.PI);
    ctx.fill();
  }
};

export const tierFills = (
  palette: Palette,
  ratio: number,
): Readonly<Record<Exclude<TierName, 'free'>, string | CanvasPattern>> => ({
  wired: palette.wired,
  compressed: tile(ratio, 5, palette.compressed, palette.surface, hatch),
  app: palette.app,
  cached: tile(ratio, 8, palette.cached, palette.surface, dots),
});

/** Hatching of a span without data: thin and in the grid's colour, so that it does not look like a tier. */
export const gapFill = (palette: Palette, ratio: number): string | CanvasPattern =>
  tile(ratio, 6, palette.surface, palette.grid, hatch);
