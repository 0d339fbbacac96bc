import * as z from 'zod/mini';
import { type Rect, shared } from './rects.ts';
import { type StoredFile, storedFile } from './stored-file.ts';

/**
 * Whether the menu-bar icon can be seen. macOS hides icons beside the camera housing, and since macOS 26 those that are not
 * allowed in System Settings › Menu Bar; no call tells, but such an icon has no place on any display. Not yet seen on a Mac.
 */

/**
 * @param bounds of the icon
 * @param displays whole ones, menu bar included
 */
export const isIconHidden = (bounds: Rect, displays: readonly Rect[], platform: string): boolean => {
  // Linux never tells where it is.
  if (platform !== 'darwin') return false;
  return bounds.width <= 0 || bounds.height <= 0 || !displays.some((display) => shared(bounds, display) > 0);
};

const toldShape = z.strictObject({ iconHidden: z.boolean() });
type Told = z.infer<typeof toldShape>;

/** What is explained once and then only on demand. */
export const toldOnce = (file: string, log: (line: string) => void): StoredFile<Told> =>
  storedFile({ file, name: 'told', parse: (value) => toldShape.parse(value), fallback: { iconHidden: false }, log });

export interface IconOptions {
  readonly bounds: () => Rect;
  readonly displays: () => readonly Rect[];
  readonly platform: string;
  readonly told: StoredFile<Told>;
  readonly onSeen: (hidden: boolean) => void;
  /** Called once in the life of an installation. */
  readonly explain: () => void;
}

/** macOS gives a new icon its place a moment after it was made. */
const settlesMs = 3000;

export const watchIcon = ({ bounds, displays, platform, told, onSeen, explain }: IconOptions): void => {
  setTimeout(() => {
    const hidden = isIconHidden(bounds(), displays(), platform);
    onSeen(hidden);
    if (!hidden || told.read().iconHidden) return;
    explain();
    told.keep({ iconHidden: true });
  }, settlesMs);
};
