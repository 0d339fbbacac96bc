import type { BarePageProps } from '../pages.tsx';

export const SettingsPage = (_: BarePageProps) => (
  <section aria-label="Settings">
    <h2>Settings</h2>
  </section>
);
