import type { ReadonlySignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { WindowPage } from '../../app/ipc/contract.ts';
import { bannersFor } from '../data/screens/banners.ts';
import { canActNow, screenNow } from '../data/screens/screen-now.ts';
import type { Models } from '../models.ts';
import { Banners } from '../parts/banners.tsx';
import { PageEnd } from '../parts/page-end.tsx';
import { Pinned } from '../parts/pinned.tsx';
import { StateScreen } from '../parts/state-screen.tsx';
import { useHealthAttention } from '../parts/use-health-attention.ts';
import { HiddenIcon } from './hidden-icon.tsx';
import type { PageModels } from './page-models.ts';
import { type PageProps, pages } from './pages.tsx';
import { panelId, Tabs, tabId } from './tabs.tsx';

interface Props extends Models, PageModels {
  readonly page: ReadonlySignal<WindowPage>;
  readonly onChoose: (page: WindowPage) => void;
}

/** The page itself; null: it has nothing to show before something was measured. */
const pageOf = (
  name: WindowPage,
  { status, ...rest }: Omit<PageProps, 'status'> & { status: PageProps['status'] | null },
) => {
  const { page } = pages[name];
  if (page.needs === 'nothing') return <page.Page {...rest} status={status} />;
  return status === null ? null : <page.Page {...rest} status={status} />;
};

/** Tabs, the sentence that matters, what waits for the operator, the page, and the footer: only the page scrolls. */
export const AppWindow = ({ page, onChoose, ...models }: Props) => {
  const { bridge, store, asking, seatAsking } = models;
  const screen = screenNow(store);
  const live = screen === null;
  const status = screen?.isAlone === true ? null : store.status.value;
  const visible = store.visible.value;
  useEffect(() => {
    if (!visible) seatAsking.clear();
  }, [visible]);
  useHealthAttention(store, models.health);
  const name = page.value;
  const shown = pageOf(name, { ...models, status, live, canAct: canActNow(store) });
  return (
    <div class={screen !== null && status !== null ? 'popover window stale' : 'popover window'}>
      <Tabs store={store} screen={screen} page={page} onChoose={onChoose} />
      {screen !== null && shown !== null && <StateScreen bridge={bridge} screen={screen} whole={false} />}
      {status !== null && <Pinned status={status} store={store} asking={asking} live={live} />}
      <main>
        {store.iconHidden.value && (
          <HiddenIcon
            bridge={bridge}
            shortcut={store.shortcutFault.value === null ? (store.settings.value?.shortcut ?? null) : null}
          />
        )}
        {status !== null && (
          <Banners
            bridge={bridge}
            banners={bannersFor(status, store.notificationFault.value, live ? store.registration.value.update : null)}
          />
        )}
        <div id={panelId} class="page" role="tabpanel" aria-labelledby={tabId(name)} data-testid={`page-${name}`}>
          {shown ?? (screen !== null && <StateScreen bridge={bridge} screen={screen} whole={true} />)}
        </div>
      </main>
      <PageEnd store={store} asking={asking} live={live} isAlone={screen?.isAlone === true} />
    </div>
  );
};
