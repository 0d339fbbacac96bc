import { HealthBody } from '../../parts/health.tsx';
import type { PageProps } from '../pages.tsx';

/** The popover's sheet of health at full width. */
export const HealthWindowPage = ({ status, store, health, live }: PageProps) => (
  <section class="health wide" aria-label="Health">
    <h2>Health</h2>
    <HealthBody status={status} store={store} page={health} live={live} />
  </section>
);
