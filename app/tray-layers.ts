import { inflateSync } from 'node:zlib';

/**
 * The drawings of the tray icon (build/icons/tray/*.svg) as the build packs them: how much each pixel of each layer draws, and
 * how much it takes away of what lies below. Black draws, white only takes away. Colour comes when layers are put together.
 */

export interface PackedLayers {
  /** Of the drawings, in the order of the data. */
  readonly names: readonly string[];
  /** Sides in pixels. */
  readonly sizes: readonly number[];
  /** For each size, for each name: what is drawn, then what is taken away; a byte a pixel, deflated, base64. */
  readonly data: string;
}

export interface Layer {
  readonly paint: Uint8Array;
  readonly cut: Uint8Array;
}

/** Throws for a layer or size that was not drawn. */
export type TrayLayers = (name: string, size: number) => Layer;

export const openLayers = ({ names, sizes, data }: PackedLayers): TrayLayers => {
  const bytes = inflateSync(Buffer.from(data, 'base64'));
  return (name, size) => {
    const index = names.indexOf(name);
    if (index < 0 || !sizes.includes(size)) throw new Error(`no drawing ${name} of ${size} pixels`);
    const area = size * size;
    const before = sizes.slice(0, sizes.indexOf(size)).reduce((sum, side) => sum + side * side * 2 * names.length, 0);
    const at = before + index * area * 2;
    return { paint: bytes.subarray(at, at + area), cut: bytes.subarray(at + area, at + area * 2) };
  };
};
