import type { PageProps } from '../pages.tsx';

export const HealthWindowPage = (_: PageProps) => (
  <section aria-label="Health">
    <h2>Health</h2>
  </section>
);
