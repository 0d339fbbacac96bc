import { clamp, type Display, type Point, type Rect } from './rects.ts';

/** Where the popover stands. Pure; all in device-independent pixels. */

export const popoverSize = { width: 380, height: 560 } as const;
const gap = 4;

/** Linux tells of no place: an icon without an extent is nowhere. */
const placeOf = (anchor: Rect | null): Rect | null =>
  anchor !== null && anchor.width > 0 && anchor.height > 0 ? anchor : null;

const distance = ({ x, y }: Point, { x: left, y: top, width, height }: Rect): number =>
  Math.hypot(Math.max(left - x, 0, x - (left + width)), Math.max(top - y, 0, y - (top + height)));

/** The display the icon is on, or, when its place is not known, the pointer: the nearest one, should it be on none. */
export const displayOf = <D extends Display>(
  anchor: Rect | null,
  pointer: Point,
  displays: readonly [D, ...D[]],
): D => {
  const known = placeOf(anchor);
  const point = known === null ? pointer : { x: known.x + known.width / 2, y: known.y + known.height / 2 };
  return displays.reduce((best, each) => (distance(point, each.bounds) < distance(point, best.bounds) ? each : best));
};

/**
 * Centred under the tray icon, or above it when the icon is in the lower half (a panel at the bottom), and always inside
 * the work area. Without a usable `anchor` (Linux reports an empty one) in the upper right corner, where trays are.
 */
export const placePopover = (anchor: Rect | null, workArea: Rect): Rect => {
  const { width, height } = popoverSize;
  const right = workArea.x + workArea.width;
  const bottom = workArea.y + workArea.height;
  const known = placeOf(anchor);
  const wantedX = known === null ? right - width - gap : known.x + known.width / 2 - width / 2;
  const isLow = known !== null && known.y + known.height / 2 > workArea.y + workArea.height / 2;
  const wantedY = known === null ? workArea.y + gap : isLow ? known.y - height - gap : known.y + known.height + gap;
  return {
    x: Math.round(clamp(wantedX, workArea.x, right - width)),
    y: Math.round(clamp(wantedY, workArea.y, bottom - height)),
    width,
    height,
  };
};
