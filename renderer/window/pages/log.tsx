import type { PageProps } from '../pages.tsx';

export const LogPage = (_: PageProps) => (
  <section aria-label="Log">
    <h2>Log</h2>
  </section>
);
