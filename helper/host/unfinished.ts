/** Placeholders while the hosts are being extended; this file goes when they are. */
export const notYet = { ok: false, problem: 'unsupported', detail: 'not built yet' } as const;

export const blank = {
  listening: null,
  isHypervisor: null,
  isTraced: null,
  isPlatform: null,
  processGroup: null,
} as const;
