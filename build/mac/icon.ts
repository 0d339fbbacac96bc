import { readFileSync } from 'node:fs';
import path from 'node:path';
import { drawSvg } from '../icons/svg.ts';

/** The app's icon (build/icons/app.svg) as an icns file of PNG pictures (Apple Icon Image format). */

const source = path.resolve(import.meta.dirname, '../icons/app.svg');

/** Type of a picture in the file, and its side in pixels. */
const pictures: readonly (readonly [type: string, side: number])[] = [
  ['icp4', 16],
  ['icp5', 32],
  ['ic11', 32],
  ['ic12', 64],
  ['ic07', 128],
  ['ic08', 256],
  ['ic13', 256],
  ['ic09', 512],
  ['ic14', 512],
  ['ic10', 1024],
];

const chunk = (type: string, body: Uint8Array): Buffer => {
  const head = Buffer.alloc(8);
  head.write(type, 'latin1');
  head.writeUInt32BE(body.length + head.length, 4);
  return Buffer.concat([head, body]);
};

export async function iconFile(): Promise<Buffer> {
  const text = readFileSync(source, 'utf8');
  const drawn = await Promise.all(pictures.map(async ([type, side]) => chunk(type, (await drawSvg(text, side)).png)));
  return chunk('icns', Buffer.concat(drawn));
}
