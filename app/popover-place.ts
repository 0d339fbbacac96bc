/** Where the popover stands. Pure; all in device-independent pixels. */

export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export const popoverSize = { width: 380, height: 560 } as const;
const gap = 4;

const clamp = (value: number, low: number, high: number): number => Math.min(Math.max(value, low), Math.max(low, high));

/**
 * Centred under the tray icon, or above it when the icon is in the lower half (a panel at the bottom), and always inside
 * the work area. Without a usable `anchor` (Linux reports an empty one) in the upper right corner, where trays are.
 */
export const placePopover = (anchor: Rect | null, workArea: Rect): Rect => {
  const { width, height } = popoverSize;
  const right = workArea.x + workArea.width;
  const bottom = workArea.y + workArea.height;
  const known = anchor !== null && anchor.width > 0 && anchor.height > 0 ? anchor : null;
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
