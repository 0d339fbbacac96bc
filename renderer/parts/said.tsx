import { useComputed } from '@preact/signals';
import type { Asking, Shown } from '../data/relief/asking.ts';
import type { Store } from '../data/state.ts';
import { CloseIcon } from './icons.tsx';
import { WithCode } from './with-code.tsx';

/** What went well need not be put away by hand. */
const shownMs = 20_000;

/** The answer to be shown. Who asks is drawn anew when it comes and when it goes, and not with the clock between. */
export const useSaid = (store: Store, asking: Asking): Shown | null =>
  useComputed(() => {
    const said = asking.said.value;
    return said?.kind === 'done' && store.nowMs.value - said.atMs > shownMs ? null : said;
  }).value;

export const SaidStrip = ({ said, asking }: { readonly said: Shown; readonly asking: Asking }) => (
  <div class={`said ${said.kind}`} data-testid="said" data-kind={said.kind} role="status">
    <p>
      <b>{said.title}</b> <WithCode text={said.text} />
    </p>
    <button type="button" class="icon-button" aria-label="Put away" title="Put away" onClick={() => asking.tell(null)}>
      <CloseIcon />
    </button>
  </div>
);
