import type { Attack } from './attack.ts';
import { framingAttacks } from './attacks-framing.ts';
import { pathAttacks } from './attacks-paths.ts';
import { siteAttacks } from './attacks-sites.ts';
import { sizeAttacks } from './attacks-sizes.ts';
import type { Target } from './target.ts';

/** Every attack that has a name, once. */
export const allAttacks = (target: Target): readonly Attack[] => [
  ...siteAttacks(target),
  ...pathAttacks(target),
  ...framingAttacks(target),
  ...sizeAttacks(target),
];
