import type { LevelName } from '../../helper/protocol/status.ts';

/**
 * A level is known by its shape: circle, triangle, diamond, hexagon. Corners on a circle of radius 1 about the middle;
 * the header draws them as SVG, the strip on its canvas.
 */
type Corner = readonly [x: number, y: number];

const ring = (corners: number, turn: number): readonly Corner[] =>
  Array.from({ length: corners }, (_, index): Corner => {
    const angle = turn + (index * 2 * Math.PI) / corners;
    return [Math.cos(angle), Math.sin(angle)];
  });

/** Null is the circle. */
export const levelCorners: Readonly<Record<LevelName, readonly Corner[] | null>> = {
  green: null,
  yellow: ring(3, -Math.PI / 2),
  orange: ring(4, 0),
  red: ring(6, 0),
};

/** `points` of an SVG polygon about (x, y). */
export const svgPoints = (corners: readonly Corner[], x: number, y: number, radius: number): string =>
  corners.map(([dx, dy]) => `${(x + dx * radius).toFixed(2)},${(y + dy * radius).toFixed(2)}`).join(' ');
