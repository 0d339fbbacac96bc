import type { WindowPage } from '../../app/ipc/contract.ts';

/** The pages of the window, in the order of their tabs. */
export const pageNames = [
  'overview',
  'seats',
  'processes',
  'log',
  'health',
  'what-if',
  'policy',
  'settings',
] as const satisfies readonly WindowPage[];
