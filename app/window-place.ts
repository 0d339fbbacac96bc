import * as z from 'zod/mini';
import { clamp, type Display, type Rect, shared } from './rects.ts';
import { type StoredFile, storedFile } from './stored-file.ts';

/** Where the window stands. Pure; all in device-independent pixels. */

export const leastWindow = { width: 760, height: 520 } as const;
const usualWindow = { width: 1080, height: 760 } as const;

const rect = z.strictObject({ x: z.int(), y: z.int(), width: z.int(), height: z.int() });

/**
 * Where it was, moved and shrunk as far as it takes to be whole on the display that shows most of it; in the middle of the
 * first display when it has no place yet, or its display is gone.
 * @param displays the primary one first
 */
export const placeWindow = (remembered: Rect | null, displays: readonly [Display, ...Display[]]): Rect => {
  const primary = displays[0].workArea;
  const workAreas = displays.map(({ workArea }) => workArea);
  const home =
    remembered === null
      ? null
      : workAreas.reduce((best, area) => (shared(remembered, area) > shared(remembered, best) ? area : best), primary);
  const area = home ?? primary;
  const size = remembered ?? usualWindow;
  const width = clamp(Math.round(size.width), leastWindow.width, area.width);
  const height = clamp(Math.round(size.height), leastWindow.height, area.height);
  const isThere = remembered !== null && shared(remembered, area) > 0;
  const x = isThere ? remembered.x : area.x + (area.width - width) / 2;
  const y = isThere ? remembered.y : area.y + (area.height - height) / 2;
  return {
    x: clamp(Math.round(x), area.x, area.x + area.width - width),
    y: clamp(Math.round(y), area.y, area.y + area.height - height),
    width,
    height,
  };
};

/** Null: it has no place yet. */
export const windowPlaceFile = (file: string, log: (line: string) => void): StoredFile<Rect | null> =>
  storedFile<Rect | null>({ file, name: 'window place', parse: (value) => rect.parse(value), fallback: null, log });
