import { useSignal } from '@preact/signals';
import type { Status } from '../../helper/protocol/status.ts';
import { adviceView } from '../data/relief/advice.ts';
import type { Store } from '../data/state.ts';
import { WithCode } from './with-code.tsx';

interface Props {
  readonly status: Status;
  readonly store: Store;
}

/** One line while memory stays short, which opens: what an advisor wrote, as text and nothing else, and the runbook. */
export const Advice = ({ status, store }: Props) => {
  const open = useSignal(false);
  // The clock is read only while there is an age to tell.
  const isTold = status.advice.cause !== null && status.advice.answer !== null;
  const receivedAtMs = store.receivedAtMs.value;
  const elapsedSeconds = isTold && receivedAtMs !== null ? Math.max(0, store.nowMs.value - receivedAtMs) / 1000 : 0;
  const view = adviceView(status.advice, elapsedSeconds);
  if (view === null) return null;
  return (
    <section class="advice" aria-label="Advice" data-testid="advice">
      <button
        type="button"
        class="text-button advice-line"
        aria-expanded={open.value}
        onClick={() => {
          open.value = !open.value;
        }}
      >
        {view.line}
      </button>
      {open.value && view.trouble !== '' && <p class="quiet">{view.trouble}</p>}
      {open.value && view.answer !== null && (
        <div class="advice-answer" data-testid="advice-answer">
          <p class="quiet">{view.answer.note}</p>
          <p class="advice-text">{view.answer.text}</p>
        </div>
      )}
      {open.value && (
        <div class="runbook" data-testid="runbook">
          <p class="quiet">Castellan’s own runbook, for what the figures show:</p>
          {view.runbook.map(({ title, steps }) => (
            <div key={title}>
              <p class="runbook-title">{title}</p>
              <ul>
                {steps.map((step) => (
                  <li key={step}>
                    <WithCode text={step} />
                  </li>
                ))}
              </ul>
            </div>
          ))}
        </div>
      )}
    </section>
  );
};
