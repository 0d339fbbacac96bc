import type { PageProps } from '../pages.tsx';

export const WhatIfPage = (_: PageProps) => (
  <section aria-label="What-if">
    <h2>What-if</h2>
  </section>
);
