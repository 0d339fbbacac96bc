import type { LevelName } from '../../helper/protocol/status.ts';

/** The words of the four levels. The shapes are in parts/icons.tsx and chart/shapes.ts; colour only repeats them. */
export const levelNames = ['green', 'yellow', 'orange', 'red'] as const satisfies readonly LevelName[];

export const levelWord: Readonly<Record<LevelName, string>> = {
  green: 'Normal',
  yellow: 'Getting tight',
  orange: 'High',
  red: 'Critical',
};

/** As a sentence for a screen reader. */
export const levelSpoken: Readonly<Record<LevelName, string>> = {
  green: 'Memory normal',
  yellow: 'Memory getting tight',
  orange: 'Memory pressure high',
  red: 'Memory critical',
};

/** One word, where there is no room for two. */
export const levelShort: Readonly<Record<LevelName, string>> = {
  green: 'normal',
  yellow: 'tight',
  orange: 'high',
  red: 'critical',
};

/** 0 green … 3 red; -1 for an arm that could not be read. */
export const levelRank = (name: LevelName | 'unknown'): number => (name === 'unknown' ? -1 : levelNames.indexOf(name));

export const levelAt = (rank: number): LevelName => levelNames[Math.min(3, Math.max(0, Math.round(rank)))] ?? 'red';

/** The kernel's own word for its level. macOS returns 1, 2 or 4 (xnu memorystatus: normal, warning, critical). */
export const kernelWord = (level: number | null): string => {
  if (level === null) return 'not read';
  if (level <= 1) return 'normal';
  if (level === 2) return 'warning';
  return level === 3 ? 'urgent' : 'critical';
};

/** Height of the kernel strip for a level, 0…1: three heights, not three hues. */
export const kernelHeight = (level: number): number => (level <= 1 ? 0.25 : level <= 3 ? 0.6 : 1);
