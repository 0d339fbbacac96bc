import type { Look } from './model.ts';
import { readPalette } from './palette.ts';
import { gapFill, tierFills } from './patterns.ts';

/** Room for the longest name beside the longest figure, the sample of the pattern, and air between them. */
const gutterFor = (canvas: HTMLCanvasElement, fontPx: number, fontFamily: string): number => {
  const ctx = canvas.getContext('2d');
  if (ctx === null) return fontPx * 10;
  ctx.save();
  ctx.font = `${fontPx}px ${fontFamily}`;
  const text = ctx.measureText('compressed').width + ctx.measureText('888.8').width;
  ctx.restore();
  return Math.ceil(text + fontPx * 2.2);
};

/** Reads colours, text size and stroke from the page, so that style/tokens.css is the only place that has them. */
export const readLook = (canvas: HTMLCanvasElement): Look => {
  const root = getComputedStyle(document.documentElement);
  const own = getComputedStyle(canvas);
  const fontPx = Number.parseFloat(own.fontSize);
  const palette = readPalette((name) => root.getPropertyValue(name));
  const ratio = Math.max(1, window.devicePixelRatio);
  return {
    palette,
    fills: tierFills(palette, ratio),
    gap: gapFill(palette, ratio),
    fontPx,
    fontFamily: own.fontFamily,
    gutterPx: gutterFor(canvas, fontPx, own.fontFamily),
    stroke: Number.parseFloat(root.getPropertyValue('--stroke')) || 1,
  };
};

/** Calls back when the scheme or the contrast changes, and when the font is there; returns how to stop. */
export const onLookChange = (changed: () => void): (() => void) => {
  const queries = ['(prefers-color-scheme: dark)', '(prefers-contrast: more)', '(forced-colors: active)'].map((text) =>
    matchMedia(text),
  );
  for (const query of queries) query.addEventListener('change', changed);
  document.fonts.addEventListener('loadingdone', changed);
  return () => {
    document.fonts.removeEventListener('loadingdone', changed);
    for (const query of queries) query.removeEventListener('change', changed);
  };
};
