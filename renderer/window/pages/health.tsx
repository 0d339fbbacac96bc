import { recoveryLines } from '../../data/health/recovery.ts';
import { HealthBody } from '../../parts/health.tsx';
import { useRefresh } from '../page-models.ts';
import type { PageProps } from '../pages.tsx';

/** The popover's sheet of health at full width, and what is offered for a seat that does no work. */
export const HealthWindowPage = (props: PageProps) => {
  const { status, store, health, live, explanation } = props;
  useRefresh(explanation.refresh, props);
  return (
    <section class="health wide" aria-label="Health">
      <h2>Health</h2>
      <HealthBody
        status={status}
        store={store}
        page={health}
        live={live}
        offers={recoveryLines(status, explanation.answer.value?.result ?? null)}
      />
    </section>
  );
};
