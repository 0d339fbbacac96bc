import type { Plugin } from 'chart.js';
import type { LevelName, Thresholds, Tiers } from '../../helper/protocol/status.ts';
import type { Series, TierName } from '../data/charts/series.ts';
import type { Palette } from './palette.ts';

/** What the picture is made from at the moment of drawing. */
export interface ChartModel {
  readonly series: Series;
  /** The present figures, for the labels at the right edge; null while there are none. */
  readonly tiers: Tiers | null;
  readonly level: LevelName | null;
  readonly kernelLevel: number | null;
  /** Available bytes below which the levels hold. */
  readonly thresholds: Thresholds;
  /** What the reserve line means, longest wording first (`20.0 more kept for Cilghal`, `20.0 kept`); none when nothing is. */
  readonly reserveTexts: readonly string[];
  /** Column the cursor is on. */
  readonly cursor: number | null;
  /** Columns in which something was done or asked. */
  readonly marks: readonly number[];
}

/** What the picture holds beside the plot. */
export interface ChartFrame {
  /** Width of the axis at the left, CSS pixels, where rows beside the chart share its plot; null: as its labels need. */
  readonly axisPx: number | null;
  /** Levels and time below the plot; without them others stand there. */
  readonly hasStrips: boolean;
}

/** How it is drawn: read from the page's style, again when the colour scheme or the text size changes. */
export interface Look {
  readonly palette: Palette;
  readonly fills: Readonly<Record<Exclude<TierName, 'free'>, string | CanvasPattern>>;
  /** Hatching of spans without data. */
  readonly gap: string | CanvasPattern;
  readonly fontPx: number;
  readonly fontFamily: string;
  /** Width of the labels at the right edge, with what lies between them and the plot. */
  readonly gutterPx: number;
  /** 1, or 2 when more contrast is asked for. */
  readonly stroke: number;
}

export interface Scene {
  model: ChartModel;
  look: Look;
  readonly frame: ChartFrame;
}

/** A plugin sees the scene of the moment; Chart.js keeps the function for the chart's life. */
export type ScenePlugin = (scene: Scene) => Plugin<'line'>;

/** Rows below the plot in multiples of the font size: kernel strip, level strip, time. */
export const stripRows = { gap: 0.5, row: 1.2, time: 1.5 } as const;
export const stripsHeight = (fontPx: number): number =>
  Math.round(fontPx * (stripRows.gap + 2 * stripRows.row + stripRows.time));

/** Under words on patterns: the surface's colour, with rounded corners. `y`: its middle. */
export const plate = (
  ctx: CanvasRenderingContext2D,
  { palette }: Look,
  at: { readonly left: number; readonly y: number; readonly width: number },
  fontPx: number,
): void => {
  ctx.fillStyle = palette.surface;
  ctx.beginPath();
  ctx.roundRect(at.left - 4, at.y - fontPx * 0.7, at.width + 8, fontPx * 1.35, 3);
  ctx.fill();
};

/** Text that stays readable on patterns. `x`, `y`: its middle left, middle right, or middle. */
export const plateText = (
  ctx: CanvasRenderingContext2D,
  look: Look,
  text: string,
  at: { readonly x: number; readonly y: number; readonly align: 'left' | 'right' | 'center' },
): void => {
  const { fontPx } = look;
  ctx.font = `${fontPx}px ${look.fontFamily}`;
  ctx.textBaseline = 'middle';
  ctx.textAlign = 'left';
  const { width } = ctx.measureText(text);
  const left = at.align === 'left' ? at.x : at.align === 'right' ? at.x - width : at.x - width / 2;
  plate(ctx, look, { left, y: at.y, width }, fontPx);
  ctx.fillStyle = look.palette.text;
  ctx.fillText(text, left, at.y);
};
