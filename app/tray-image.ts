import type { TrayPicture } from './tray-model.ts';

/**
 * Draws the keep-tower glyph into a bitmap, without any image file: polygons in an 18 × 18 grid (the point size of a
 * macOS menu bar image), sampled 4 × 4 times a pixel. Pure.
 */

type Inside = (x: number, y: number) => boolean;
type Point = readonly [x: number, y: number];
interface Layer {
  readonly paint: 'ink' | 'badge' | 'erase';
  readonly inside: Inside;
}
export type Rgb = readonly [red: number, green: number, blue: number];

export interface TrayPalette {
  readonly ink: Rgb;
  readonly badge: Rgb;
  /** A rim around everything, for a background whose brightness is not known; null in template images. */
  readonly rim: Rgb | null;
}

const grid = 18;
const samples = 4;
const dimmedAlpha = 0.5;

/** Even-odd rule. */
const polygon =
  (points: readonly Point[]): Inside =>
  (x, y) => {
    let inside = false;
    let [px, py] = points[points.length - 1] ?? [0, 0];
    for (const [qx, qy] of points) {
      if (qy > y !== py > y && x < ((px - qx) * (y - qy)) / (py - qy) + qx) inside = !inside;
      [px, py] = [qx, qy];
    }
    return inside;
  };
const disc =
  (cx: number, cy: number, radius: number): Inside =>
  (x, y) =>
    Math.hypot(x - cx, y - cy) <= radius;
const ring = (cx: number, cy: number, radius: number, width: number): Inside => {
  const outer = disc(cx, cy, radius + width / 2);
  const inner = disc(cx, cy, radius - width / 2);
  return (x, y) => outer(x, y) && !inner(x, y);
};
const box =
  (left: number, top: number, right: number, bottom: number): Inside =>
  (x, y) =>
    x >= left && x <= right && y >= top && y <= bottom;
const anyOf =
  (...parts: readonly Inside[]): Inside =>
  (x, y) =>
    parts.some((part) => part(x, y));

/** Three merlons, a battlement, the body, a foot. */
const tower = polygon([
  [3, 17],
  [3, 15.2],
  [4.4, 14],
  [4.4, 8.2],
  [3, 6.8],
  [3, 1],
  [6, 1],
  [6, 3.4],
  [7.5, 3.4],
  [7.5, 1],
  [10.5, 1],
  [10.5, 3.4],
  [12, 3.4],
  [12, 1],
  [15, 1],
  [15, 6.8],
  [13.6, 8.2],
  [13.6, 14],
  [15, 15.2],
  [15, 17],
]);
const hollowTop = 4.8;
const hollowBottom = 15.7;
const hollow = polygon([
  [4.3, hollowBottom],
  [5.7, 14.5],
  [5.7, 7.6],
  [4.3, 6.2],
  [4.3, hollowTop],
  [13.7, hollowTop],
  [13.7, 6.2],
  [12.3, 7.6],
  [12.3, 14.5],
  [13.7, hollowBottom],
]);
const dashes: Inside = (x, y) => (x + y + 36) % 4 < 1.7;

const badgeX = 13.4;
const badgeY = 13.2;
const badgeShapes: Readonly<Record<Exclude<TrayPicture['badge'], 'none'>, Inside>> = {
  triangle: polygon([
    [badgeX, badgeY - 3.9],
    [badgeX + 4.2, badgeY + 3.5],
    [badgeX - 4.2, badgeY + 3.5],
  ]),
  diamond: polygon([
    [badgeX, badgeY - 4.4],
    [badgeX + 4.4, badgeY],
    [badgeX, badgeY + 4.4],
    [badgeX - 4.4, badgeY],
  ]),
  hexagon: polygon([
    [badgeX - 2, badgeY - 4],
    [badgeX + 2, badgeY - 4],
    [badgeX + 4.2, badgeY],
    [badgeX + 2, badgeY + 4],
    [badgeX - 2, badgeY + 4],
    [badgeX - 4.2, badgeY],
  ]),
  question: anyOf(
    // Three quarters of a ring, the stem below it, the dot.
    (x, y) => ring(badgeX, badgeY - 2, 1.9, 1.5)(x, y) && !(x < badgeX && y > badgeY - 2),
    box(badgeX - 0.75, badgeY - 0.8, badgeX + 0.75, badgeY + 1.4),
    disc(badgeX, badgeY + 3.2, 1),
  ),
  exclamation: anyOf(box(badgeX - 0.9, badgeY - 4, badgeX + 0.9, badgeY + 1.2), disc(badgeX, badgeY + 3.2, 1.1)),
};

const markX = 3.3;
const markY = 14.4;
const markShapes: Readonly<Record<Exclude<TrayPicture['mark'], 'none'>, Inside>> = {
  // Two bars, a small letter d, and an eye.
  frozen: anyOf(
    box(markX - 2.3, markY - 2.6, markX - 0.6, markY + 2.6),
    box(markX + 0.6, markY - 2.6, markX + 2.3, markY + 2.6),
  ),
  dry_run: anyOf(ring(markX - 0.4, markY + 0.6, 1.5, 1.1), box(markX + 0.9, markY - 3, markX + 2, markY + 2.6)),
  observe_only: anyOf(ring(markX, markY, 2.3, 1), disc(markX, markY, 0.9)),
};

const dotX = 14.6;
const dotY = 3.4;

const layersOf = ({ shape, fill, badge, mark, waits }: TrayPicture): readonly Layer[] => {
  const fillTop = hollowBottom - (hollowBottom - hollowTop) * fill * 0.18;
  const layers: Layer[] = [{ paint: 'ink', inside: tower }];
  if (shape !== 'filled') layers.push({ paint: 'erase', inside: (x, y) => y < fillTop && hollow(x, y) });
  if (shape === 'dashed') layers.push({ paint: 'erase', inside: (x, y) => dashes(x, y) && !hollow(x, y) });
  if (badge !== 'none') {
    layers.push({ paint: 'erase', inside: disc(badgeX, badgeY, 5.4) });
    layers.push({ paint: 'badge', inside: badgeShapes[badge] });
  }
  if (mark !== 'none') {
    layers.push({ paint: 'erase', inside: disc(markX, markY, 3.4) });
    layers.push({ paint: 'ink', inside: markShapes[mark] });
  }
  if (waits) {
    layers.push({ paint: 'erase', inside: disc(dotX, dotY, 4.2) });
    layers.push({ paint: 'badge', inside: disc(dotX, dotY, 2.9) });
  }
  return layers;
};

/** Puts the rim under what is drawn: as opaque as the most opaque pixel within `reach`. */
const addRim = (pixels: Uint8Array, size: number, [red, green, blue]: Rgb): void => {
  const drawn = pixels.slice();
  const reach = size / grid;
  const near = Math.ceil(reach);
  for (let y = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1) {
      let strongest = 0;
      for (let dy = -near; dy <= near; dy += 1) {
        for (let dx = -near; dx <= near; dx += 1) {
          if (Math.hypot(dx, dy) > reach || x + dx < 0 || x + dx >= size || y + dy < 0 || y + dy >= size) continue;
          strongest = Math.max(strongest, drawn[((y + dy) * size + x + dx) * 4 + 3] ?? 0);
        }
      }
      const at = (y * size + x) * 4;
      const below = (strongest / 255) * (1 - (drawn[at + 3] ?? 0) / 255);
      [blue, green, red, 255].forEach((value, channel) => {
        pixels[at + channel] = Math.round((drawn[at + channel] ?? 0) + value * below);
      });
    }
  }
};

/** `size` × `size` pixels, BGRA with premultiplied alpha: what Electron's `nativeImage.createFromBitmap` takes. */
export const drawTray = (picture: TrayPicture, size: number, palette: TrayPalette): Uint8Array => {
  const layers = layersOf(picture);
  const pixels = new Uint8Array(size * size * 4);
  const step = grid / size / samples;
  const strength = (picture.dimmed ? dimmedAlpha : 1) / (samples * samples);
  for (let py = 0; py < size; py += 1) {
    for (let px = 0; px < size; px += 1) {
      const sum = [0, 0, 0, 0];
      for (let s = 0; s < samples * samples; s += 1) {
        const x = (px * samples + (s % samples) + 0.5) * step;
        const y = (py * samples + Math.floor(s / samples) + 0.5) * step;
        const layer = layers.findLast((candidate) => candidate.inside(x, y));
        if (layer === undefined || layer.paint === 'erase') continue;
        const [red, green, blue] = palette[layer.paint];
        [blue, green, red, 255].forEach((value, channel) => {
          sum[channel] = (sum[channel] ?? 0) + value;
        });
      }
      sum.forEach((value, channel) => {
        pixels[(py * size + px) * 4 + channel] = Math.round(value * strength);
      });
    }
  }
  if (palette.rim !== null) addRim(pixels, size, palette.rim);
  return pixels;
};
