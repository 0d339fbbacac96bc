import type { Look } from './model.ts';
import { readPalette } from './palette.ts';
import { tierFills } from './patterns.ts';

/** Reads colours, text size and stroke from the page, so that style.css is the only place that has them. */
export const readLook = (canvas: HTMLCanvasElement): Look => {
  const root = getComputedStyle(document.documentElement);
  const own = getComputedStyle(canvas);
  const palette = readPalette((name) => root.getPropertyValue(name));
  return {
    palette,
    fills: tierFills(palette, Math.max(1, window.devicePixelRatio)),
    fontPx: Number.parseFloat(own.fontSize),
    fontFamily: own.fontFamily,
    stroke: Number.parseFloat(root.getPropertyValue('--stroke')) || 1,
  };
};

/** Calls back when the scheme or the contrast changes; returns how to stop. */
export const onLookChange = (changed: () => void): (() => void) => {
  const queries = ['(prefers-color-scheme: dark)', '(prefers-contrast: more)'].map((text) => matchMedia(text));
  for (const query of queries) query.addEventListener('change', changed);
  return () => {
    for (const query of queries) query.removeEventListener('change', changed);
  };
};
