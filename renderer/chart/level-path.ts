import type { LevelName } from '../../helper/protocol/status.ts';
import { levelCorners } from './shapes.ts';

/** The shape of a level as a path on a canvas. A circle of the same radius would look larger than the shapes with corners. */
export const levelPath = (
  ctx: CanvasRenderingContext2D,
  level: LevelName,
  x: number,
  y: number,
  radius: number,
): void => {
  const corners = levelCorners[level];
  ctx.beginPath();
  if (corners === null) ctx.arc(x, y, radius * 0.8, 0, 2 * Math.PI);
  else for (const [dx, dy] of corners) ctx.lineTo(x + dx * radius, y + dy * radius);
  ctx.closePath();
};
