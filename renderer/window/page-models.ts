import { useEffect } from 'preact/hooks';
import { createLogModel, type LogModel } from '../data/log-model.ts';
import { createReading, type Reading } from '../data/reading.ts';
import type { Models } from '../models.ts';
import type { BarePageProps } from './pages.tsx';

/** What only pages of the window are drawn from. It outlives a change of page, and asks nothing while its page is not open. */
export interface PageModels {
  readonly log: LogModel;
  readonly explanation: Reading<'read.explain'>;
  readonly policy: Reading<'read.policy'>;
  readonly config: Reading<'read.config'>;
}

export const createPageModels = ({ bridge, asking }: Pick<Models, 'bridge' | 'asking'>): PageModels => {
  const now = (): number => Date.now();
  return {
    log: createLogModel(bridge, now, asking.tell),
    explanation: createReading(bridge, 'read.explain', {}, now),
    policy: createReading(bridge, 'read.policy', {}, now),
    config: createReading(bridge, 'read.config', {}, now),
  };
};

/** Asks when the page opens, and again with each status, while the keeper answers and somebody looks. */
export const useRefresh = (
  refresh: () => void,
  { status, live, store }: Pick<BarePageProps, 'status' | 'live' | 'store'>,
): void => {
  const visible = store.visible.value;
  useEffect(() => {
    if (live && visible) refresh();
  }, [status, live, visible]);
};
