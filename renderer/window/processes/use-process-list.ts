import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { Bridge } from '../../../app/ipc/contract.ts';
import type { ProcessList } from '../../../helper/protocol/verbs.ts';
import { isSound } from '../../data/state.ts';

/** The process table, new with every sample while the page is open; null until the first has come. */
export const useProcessList = (bridge: Pick<Bridge, 'watchProcesses' | 'onProcesses'>): ProcessList | null => {
  const list = useSignal<ProcessList | null>(null);
  useEffect(() => {
    const stop = bridge.onProcesses((news) => {
      if (isSound(news)) list.value = news;
    });
    void bridge.watchProcesses(true);
    return () => {
      stop();
      void bridge.watchProcesses(false);
    };
  }, []);
  return list.value;
};
