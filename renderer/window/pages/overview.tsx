import type { PageProps } from '../pages.tsx';

export const OverviewPage = (_: PageProps) => (
  <section aria-label="Overview">
    <h2>Overview</h2>
  </section>
);
