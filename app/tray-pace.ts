import type { TrayModel, TrayPicture } from './tray-model.ts';

/** When a change is shown in the menu bar: nothing there blinks, and figures do not run. */

const leastBetweenMs = 2000;
/** A figure in the tooltip that changes while the picture stays: each change is told to the whole desktop. */
const leastBetweenWordsMs = 10_000;

export const samePicture = (a: TrayPicture, b: TrayPicture): boolean =>
  a === b || (Object.keys(a) as (keyof TrayPicture)[]).every((part) => a[part] === b[part]);

/**
 * How long the change still waits, ms; 0: it is shown now; null: nothing changes.
 * @param sinceMs since the last change was shown
 */
export const waitForChange = (shown: TrayModel, next: TrayModel, sinceMs: number): number | null => {
  const isSeen =
    next.headline !== shown.headline || next.title !== shown.title || !samePicture(next.picture, shown.picture);
  if (!isSeen && next.label === shown.label) return null;
  return Math.max(0, (isSeen ? leastBetweenMs : leastBetweenWordsMs) - sinceMs);
};
