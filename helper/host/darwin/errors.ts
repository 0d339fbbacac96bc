import { constants } from './bindings.ts';

const names = new Map<number, string>(
  Object.entries(constants)
    .filter(([name]) => /^E[A-Z]{3,}$/.test(name))
    .map(([name, number]) => [number, name]),
);

/** `EPERM`, or `errno 99` for one that is not expected here. */
export const errnoText = (errno: number): string => names.get(errno) ?? `errno ${errno}`;

/** How an act on one process failed. EBUSY is what a process that is exiting answers. */
export const actProblem = (errno: number): 'vanished' | 'refused' | 'unsupported' => {
  if (errno === constants.ESRCH || errno === constants.EBUSY) return 'vanished';
  return errno === constants.EINVAL || errno === constants.ENOSYS ? 'unsupported' : 'refused';
};
