import { readFileSync } from 'node:fs';
import path from 'node:path';
import { PNG } from 'pngjs';
import { drawSvg } from '../../build/icons/svg.ts';

/** Pictures of the menu bar on one sheet: a row a state, on a light and a dark menu bar and as a template on both. */

interface SheetRow {
  readonly name: string;
  readonly title: string;
  /** Light, dark, template; BGRA, premultiplied. */
  readonly drawn: readonly Uint8Array[];
}

/** As a PNG, with the colour of each pixel undone from its alpha; `ink` takes the place of black, as macOS does. */
const pngOf = (drawn: Uint8Array, side: number, ink: number | null): Buffer => {
  const png = new PNG({ width: side, height: side });
  for (let at = 0; at < side * side * 4; at += 4) {
    const alpha = drawn[at + 3] ?? 0;
    const channel = (offset: number): number =>
      ink ?? (alpha === 0 ? 0 : Math.min(255, Math.round(((drawn[at + offset] ?? 0) * 255) / alpha)));
    png.data.set([channel(2), channel(1), channel(0), alpha], at);
  }
  return PNG.sync.write(png);
};

const font = path.resolve(
  import.meta.dirname,
  '../../node_modules/@fontsource-variable/inter/files/inter-latin-wght-normal.woff2',
);

export const traySheet = async (rows: readonly SheetRow[], side: number): Promise<Uint8Array> => {
  const half = Math.ceil(rows.length / 2);
  const wide = 560;
  const size = wide * 2;
  const tall = Math.floor(size / half);
  const grounds = [
    { index: 0, ink: null, fill: '#e9e9ec', text: '#1d1d20' },
    { index: 1, ink: null, fill: '#26262a', text: '#f1f1f3' },
    { index: 2, ink: 0, fill: '#e9e9ec', text: '#1d1d20' },
    { index: 2, ink: 255, fill: '#26262a', text: '#f1f1f3' },
  ] as const;
  const parts = rows.map(({ name, title, drawn }, at) => {
    const [x, y] = [Math.floor(at / half) * wide, (at % half) * tall];
    const cells = grounds.map(({ index, ink, fill, text }, column) => {
      const left = x + 190 + column * 92;
      const uri = `data:image/png;base64,${pngOf(drawn[index] ?? new Uint8Array(), side, ink).toString('base64')}`;
      return `<rect x="${left}" y="${y}" width="90" height="${tall}" fill="${fill}"/>
        <image x="${left + 4}" y="${y + (tall - side) / 2}" width="${side}" height="${side}" href="${uri}"/>
        <text x="${left + 42}" y="${y + tall / 2 + 5}" font-size="13" fill="${text}">${title}</text>`;
    });
    return `<text x="${x + 8}" y="${y + tall / 2 + 5}" font-size="14">${name}</text>${cells.join('')}`;
  });
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size} ${size}" font-family="Inter Variable">
    <rect width="${size}" height="${size}" fill="#fff"/>${parts.join('')}</svg>`;
  return (await drawSvg(svg, size, [readFileSync(font)])).png;
};
