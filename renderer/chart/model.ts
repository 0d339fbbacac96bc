import type { Plugin } from 'chart.js';
import type { LevelName, Tiers } from '../../helper/protocol/status.ts';
import type { Series, TierName } from '../data/series.ts';
import type { Palette } from './palette.ts';

/** What the picture is made from at the moment of drawing. */
export interface ChartModel {
  readonly series: Series;
  /** The present figures, for the labels at the right edge; null while there are none. */
  readonly tiers: Tiers | null;
  readonly level: LevelName | null;
  readonly kernelLevel: number | null;
  /** `20.0 more kept for Cilghal`; empty when nothing is. */
  readonly reserveText: string;
  /** Column the cursor is on. */
  readonly cursor: number | null;
}

/** How it is drawn: read from the page's style, again when the colour scheme or the text size changes. */
export interface Look {
  readonly palette: Palette;
  readonly fills: Readonly<Record<Exclude<TierName, 'free'>, string | CanvasPattern>>;
  readonly fontPx: number;
  readonly fontFamily: string;
  /** 1, or 2 when more contrast is asked for. */
  readonly stroke: number;
}

export interface Scene {
  model: ChartModel;
  look: Look;
}

/** A plugin sees the scene of the moment; Chart.js keeps the function for the chart's life. */
export type ScenePlugin = (scene: Scene) => Plugin<'line'>;

/** Height of the strips below the plot, in multiples of the font size. */
export const stripRows = { gap: 0.45, row: 1.15 } as const;
export const stripsHeight = (fontPx: number): number => fontPx * (stripRows.gap + 2 * stripRows.row + 0.3);

/** Width of the labels at the right edge, in multiples of the font size. */
export const gutterWidth = (fontPx: number): number => Math.round(fontPx * 9.3);

/** Text that stays readable on patterns: a halo in the surface's colour under it. */
export const haloText = (ctx: CanvasRenderingContext2D, look: Look, text: string, x: number, y: number): void => {
  ctx.lineJoin = 'round';
  ctx.lineWidth = 3;
  ctx.strokeStyle = look.palette.surface;
  ctx.strokeText(text, x, y);
  ctx.fillStyle = look.palette.text;
  ctx.fillText(text, x, y);
};
