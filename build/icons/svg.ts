import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { initWasm, Resvg } from '@resvg/resvg-wasm';

/** SVG to pixels, by resvg in WebAssembly: the same bytes on every machine, and nothing to install beside npm's packages. */

let ready: Promise<void> | null = null;
const start = (): Promise<void> => {
  ready ??= initWasm(readFileSync(createRequire(import.meta.url).resolve('@resvg/resvg-wasm/index_bg.wasm')));
  return ready;
};

export interface Drawn {
  readonly png: Uint8Array;
  /** RGBA, premultiplied. */
  readonly pixels: Uint8Array;
}

/**
 * @param side in pixels, of a square drawing
 * @param fonts for what is written in it; files of a font
 * Throws for what is no SVG.
 */
export async function drawSvg(source: string, side: number, fonts: readonly Uint8Array[] = []): Promise<Drawn> {
  await start();
  const drawing = new Resvg(source, { fitTo: { mode: 'width', value: side }, font: { fontBuffers: [...fonts] } });
  const picture = drawing.render();
  if (picture.width !== side || picture.height !== side) throw new Error('the drawing is not a square');
  const drawn = { png: picture.asPng(), pixels: picture.pixels };
  picture.free();
  drawing.free();
  return drawn;
}
