import { useEffect } from 'preact/hooks';
import type { HealthPage } from '../data/health/page.ts';
import type { Store } from '../data/state.ts';

/** A notification about a seat's health leads to that seat. */
export const useHealthAttention = (store: Store, health: HealthPage): void => {
  const attention = store.attention.value;
  useEffect(() => {
    if (attention?.health != null) health.open(attention.health);
  }, [attention?.nth]);
};
