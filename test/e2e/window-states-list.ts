import { states } from './popover-states-list.ts';

/** States in which the window is looked at, by name. */
export const windowStates = { ...states } as const;
