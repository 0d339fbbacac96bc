import type { TrayLayers } from './tray-layers.ts';
import type { TrayPicture } from './tray-model.ts';

/** Puts the drawings of a tray picture together into a bitmap. Pure: what is drawn stands in build/icons/tray. */

export type Rgb = readonly [red: number, green: number, blue: number];

export interface TrayPalette {
  readonly ink: Rgb;
  readonly badge: Rgb;
  /** A rim around everything, for a background whose brightness is not known; null in template images. */
  readonly rim: Rgb | null;
}

/** Points of a menu bar image; the rim is one of them wide. */
const grid = 18;
const dimmedAlpha = 0.5;

const white: Rgb = [245, 245, 245];
const black: Rgb = [0, 0, 0];
/** Those of the page's palette (renderer/style/tokens.css), which a test compares. */
export const badgeColours: Readonly<
  Record<'light' | 'dark', Readonly<Record<NonNullable<TrayPicture['colour']>, Rgb>>>
> = {
  light: { yellow: [0xa1, 0x7d, 0x03], orange: [0x96, 0x34, 0x04], red: [0xe0, 0x1e, 0x55] },
  dark: { yellow: [0xec, 0xce, 0x38], orange: [0xd0, 0x70, 0x10], red: [0xf4, 0x48, 0x7a] },
};

/** Only its alpha counts in a template image; macOS gives it the menu bar's colour. */
export const templatePalette: TrayPalette = { ink: black, badge: black, rim: null };

/** @param ground what lies behind it; where a panel does not tell: dark, light with a dark rim reads on any */
export const paletteOn = (ground: 'light' | 'dark', { colour }: TrayPicture): TrayPalette => {
  const ink = ground === 'dark' ? white : black;
  return {
    ink,
    badge: colour === null ? ink : badgeColours[ground][colour],
    rim: ground === 'dark' ? black : white,
  };
};

/** Drawings from the lowest to the highest, each with whose colour it has. */
const drawingsOf = ({
  shape,
  fill,
  badge,
  mark,
  waits,
}: TrayPicture): readonly (readonly [name: string, paint: 'ink' | 'badge'])[] => [
  [`tower-${shape}`, 'ink'],
  ...(fill === 0 || shape === 'filled' ? [] : [[`fill-${fill}`, 'ink'] as const]),
  ...(badge === 'none' ? [] : [[`badge-${badge}`, 'badge'] as const]),
  ...(mark === 'none' ? [] : [[`mark-${mark}`, 'ink'] as const]),
  ...(waits ? [['waits', 'badge'] as const] : []),
];

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
export const drawTray = (layers: TrayLayers, picture: TrayPicture, size: number, palette: TrayPalette): Uint8Array => {
  const drawings = drawingsOf(picture).map(([name, paint]) => {
    const [red, green, blue] = palette[paint];
    return { layer: layers(name, size), values: [blue, green, red, 255] };
  });
  const strength = picture.dimmed ? dimmedAlpha : 1;
  const pixels = new Uint8Array(size * size * 4);
  const drawn = [0, 0, 0, 0];
  for (let pixel = 0; pixel < size * size; pixel += 1) {
    drawn.fill(0);
    for (const { layer, values } of drawings) {
      const [left, paint] = [1 - (layer.cut[pixel] ?? 0) / 255, (layer.paint[pixel] ?? 0) / 255];
      for (let channel = 0; channel < 4; channel += 1)
        drawn[channel] = (drawn[channel] ?? 0) * left + paint * (values[channel] ?? 0);
    }
    for (let channel = 0; channel < 4; channel += 1)
      pixels[pixel * 4 + channel] = Math.round((drawn[channel] ?? 0) * strength);
  }
  if (palette.rim !== null) addRim(pixels, size, palette.rim);
  return pixels;
};
