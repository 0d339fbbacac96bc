/** CPU the keeper itself uses, percent of one core over about the last minute. */
export interface OwnUsage {
  /** Call once a slot. `cpuMs` is user + system time since start. */
  readonly observe: (nowMs: number, cpuMs: number) => number;
}

const windowMs = 60_000;

export const createOwnUsage = (): OwnUsage => {
  const points: { readonly atMs: number; readonly cpuMs: number }[] = [];
  return {
    observe: (nowMs, cpuMs) => {
      points.push({ atMs: nowMs, cpuMs });
      while (points.length > 2 && nowMs - (points[1]?.atMs ?? nowMs) >= windowMs) points.shift();
      const oldest = points[0];
      if (oldest === undefined || nowMs <= oldest.atMs) return 0;
      return Math.max(0, (100 * (cpuMs - oldest.cpuMs)) / (nowMs - oldest.atMs));
    },
  };
};
