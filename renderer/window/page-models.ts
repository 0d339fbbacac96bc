import { effect, type ReadonlySignal, signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { addTicks, type ProbeTick } from '../data/charts/probe-ticks.ts';
import { createLogModel, type LogModel } from '../data/log/model.ts';
import { createReading, type Reading } from '../data/reading.ts';
import type { Models } from '../models.ts';
import type { BarePageProps } from './pages.tsx';

/** What only pages of the window are drawn from. It outlives a change of page, and asks nothing while its page is not open. */
export interface PageModels {
  readonly log: LogModel;
  readonly explanation: Reading<'read.explain'>;
  readonly policy: Reading<'read.policy'>;
  readonly config: Reading<'read.config'>;
  /** Answers to questions about health since the window was opened. */
  readonly probes: ReadonlySignal<readonly ProbeTick[]>;
}

export const createPageModels = ({
  bridge,
  asking,
  store,
}: Pick<Models, 'bridge' | 'asking' | 'store'>): PageModels => {
  const now = (): number => Date.now();
  const probes = signal<readonly ProbeTick[]>([]);
  effect(() => {
    const status = store.status.value;
    if (status !== null) probes.value = addTicks(probes.peek(), status);
  });
  return {
    log: createLogModel(bridge, now, asking.tell),
    explanation: createReading(bridge, 'read.explain', {}, now),
    policy: createReading(bridge, 'read.policy', {}, now),
    config: createReading(bridge, 'read.config', {}, now),
    probes,
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
