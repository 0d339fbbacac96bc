import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { deflateSync } from 'node:zlib';
import type { PackedLayers } from '../../app/tray-layers.ts';
import { drawSvg } from './svg.ts';

const folder = path.join(import.meta.dirname, 'tray');

/** Pixels of 18 points (macOS) and of 22 (Linux panels), on plain and on dense displays. */
const sizes = [18, 36, 22, 44];

export interface TraySource {
  readonly name: string;
  readonly text: string;
}

export const traySources = (): readonly TraySource[] =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.svg'))
    .toSorted()
    .map((file) => ({ name: path.basename(file, '.svg'), text: readFileSync(path.join(folder, file), 'utf8') }));

/** The text of the code that packs them: what it makes changes with it. */
export const trayPackers = (): readonly string[] =>
  ['tray.ts', 'svg.ts'].map((file) => readFileSync(path.join(import.meta.dirname, file), 'utf8'));

/** All drawings in all sizes, in the one string that goes into the app's bundle. */
export async function packTray(sources = traySources()): Promise<PackedLayers> {
  const parts: Uint8Array[] = [];
  for (const size of sizes) {
    for (const { text } of sources) {
      const { pixels } = await drawSvg(text, size);
      const alpha = pixels.filter((_, at) => at % 4 === 3);
      // Premultiplied: of a white pixel red is as strong as alpha, of a black one it is 0.
      parts.push(
        alpha.map((cut, at) => cut - (pixels[at * 4] ?? 0)),
        alpha,
      );
    }
  }
  return { names: sources.map(({ name }) => name), sizes, data: deflateSync(Buffer.concat(parts)).toString('base64') };
}
