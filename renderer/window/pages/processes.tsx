import type { PageProps } from '../pages.tsx';

export const ProcessesPage = (_: PageProps) => (
  <section aria-label="Processes">
    <h2>Processes</h2>
  </section>
);
