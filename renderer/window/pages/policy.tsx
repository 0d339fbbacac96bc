import type { PageProps } from '../pages.tsx';

export const PolicyPage = (_: PageProps) => (
  <section aria-label="Policy">
    <h2>Policy</h2>
  </section>
);
