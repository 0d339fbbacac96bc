import type { ServiceResult } from './service-manager.ts';

/** Labels of services as Castellan takes them: nothing that could be a path, a flag or a line of its own. */
export const labelPattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

export const notALabel = (label: string): Extract<ServiceResult, { ok: false }> => ({
  ok: false,
  problem: 'refused',
  detail: `${JSON.stringify(label.slice(0, 128))} is not the label of a service`,
});
