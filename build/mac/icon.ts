import { crc32, deflateSync } from 'node:zlib';

/** The app's icon, drawn here: a tower on a rounded square, as an icns file of PNG pictures (Apple Icon Image format). */

/** Type of a picture in the file, and its side in pixels. */
const pictures: readonly (readonly [type: string, side: number])[] = [
  ['ic07', 128],
  ['ic08', 256],
  ['ic13', 256],
  ['ic09', 512],
  ['ic14', 512],
  ['ic10', 1024],
];

type Colour = readonly [red: number, green: number, blue: number];
/** In a square of side 1, x to the right, y down. */
type Box = readonly [left: number, top: number, right: number, bottom: number];

/** Apple's grid for icons: 824 of 1024, corners of 185. */
const margin = 100 / 1024;
const corner = 185 / 1024;
const top: Colour = [58, 92, 122];
const bottom: Colour = [22, 36, 54];
const stone: Colour = [240, 244, 247];

const tower: readonly Box[] = [
  // Three merlons, the parapet, the wall, the base.
  [0.3, 0.24, 0.4, 0.36],
  [0.45, 0.24, 0.55, 0.36],
  [0.6, 0.24, 0.7, 0.36],
  [0.3, 0.34, 0.7, 0.43],
  [0.35, 0.43, 0.65, 0.72],
  [0.29, 0.72, 0.71, 0.78],
];
const gate: Box = [0.445, 0.6, 0.555, 0.72];

const inBox = (x: number, y: number, [left, up, right, down]: Box): boolean =>
  x >= left && x < right && y >= up && y < down;

const inGate = (x: number, y: number): boolean =>
  inBox(x, y, gate) || (y < gate[1] && Math.hypot(x - 0.5, y - gate[1]) < (gate[2] - gate[0]) / 2);

const inSquare = (x: number, y: number): boolean => {
  const half = 0.5 - margin;
  const dx = Math.abs(x - 0.5) - (half - corner);
  const dy = Math.abs(y - 0.5) - (half - corner);
  return Math.max(dx, dy) <= corner && Math.hypot(Math.max(dx, 0), Math.max(dy, 0)) <= corner;
};

const colourAt = (x: number, y: number): Colour | null => {
  if (!inSquare(x, y)) return null;
  if (!inGate(x, y) && tower.some((box) => inBox(x, y, box))) return stone;
  const mix = (index: 0 | 1 | 2): number => top[index] + (bottom[index] - top[index]) * y;
  return [mix(0), mix(1), mix(2)];
};

const samples = 3;

/** Rows of a PNG, each behind its filter byte. */
function raster(side: number): Buffer {
  const rows = Buffer.alloc(side * (1 + side * 4));
  for (let row = 0; row < side; row += 1) {
    for (let column = 0; column < side; column += 1) {
      let covered = 0;
      let [red, green, blue] = [0, 0, 0];
      for (let sample = 0; sample < samples ** 2; sample += 1) {
        const x = (column + ((sample % samples) + 0.5) / samples) / side;
        const y = (row + (Math.floor(sample / samples) + 0.5) / samples) / side;
        const colour = colourAt(x, y);
        if (colour === null) continue;
        covered += 1;
        red += colour[0];
        green += colour[1];
        blue += colour[2];
      }
      if (covered === 0) continue;
      const at = row * (1 + side * 4) + 1 + column * 4;
      rows.set([red / covered, green / covered, blue / covered, (255 * covered) / samples ** 2].map(Math.round), at);
    }
  }
  return rows;
}

const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

const chunk = (type: string, body: Buffer): Buffer => {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), body]);
  return Buffer.concat([uint32(body.length), named, uint32(crc32(named))]);
};

/** @param side in pixels */
export function iconPng(side: number): Buffer {
  const eightBitsRedGreenBlueAlpha = Buffer.from([8, 6, 0, 0, 0]);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', Buffer.concat([uint32(side), uint32(side), eightBitsRedGreenBlueAlpha])),
    chunk('IDAT', deflateSync(raster(side), { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

export function iconFile(): Buffer {
  const drawn = new Map<number, Buffer>();
  const parts = pictures.map(([type, side]) => {
    const png = drawn.get(side) ?? iconPng(side);
    drawn.set(side, png);
    return Buffer.concat([Buffer.from(type, 'latin1'), uint32(png.length + 8), png]);
  });
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from('icns', 'latin1'), uint32(body.length + 8), body]);
}
