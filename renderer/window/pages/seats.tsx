import type { PageProps } from '../pages.tsx';

export const SeatsPage = (_: PageProps) => (
  <section aria-label="Seats">
    <h2>Seats</h2>
  </section>
);
