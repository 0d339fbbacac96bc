import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { Proposal } from '../../helper/protocol/relief.ts';
import { cardKey, confirmation, planLine, secondsLeft, spokenCountdown, targetLine } from '../data/relief/approvals.ts';
import type { Asking } from '../data/relief/asking.ts';
import type { Store } from '../data/state.ts';
import { clockSpan } from '../text/format.ts';
import { Aloud } from './aloud.tsx';
import { useArmed } from './armed.ts';
import { WarnIcon } from './icons.tsx';

interface Props {
  readonly proposal: Proposal;
  readonly store: Store;
  readonly asking: Asking;
  /** False for an account that may only look. */
  readonly mayAnswer: boolean;
  /** The second confirmation was asked for by a notification; counts presses. */
  readonly confirmNth: number | null;
}

const Countdown = ({ proposal, store }: Pick<Props, 'proposal' | 'store'>) => {
  const left = secondsLeft(proposal.expiresInSeconds, store.receivedAtMs.value, store.nowMs.value);
  return (
    <span class="countdown" title="Until it expires; then nothing is done">
      <span aria-hidden="true">expires</span> {clockSpan(left)}
      <Aloud text={spokenCountdown(left)} />
    </span>
  );
};

const Why = ({ proposal }: { readonly proposal: Proposal }) => (
  <div class="why-more" data-testid="why-more">
    <p>{proposal.reason}</p>
    {proposal.impact.length > 0 && (
      <ul>
        {proposal.impact.map((text) => (
          <li key={text}>{text}</li>
        ))}
      </ul>
    )}
    <p class="quiet">{planLine(proposal)}</p>
  </div>
);

export const Card = ({ proposal, store, asking, mayAnswer, confirmNth }: Props) => {
  const confirming = useSignal(confirmNth !== null);
  const why = useSignal(false);
  const back = useRef<HTMLButtonElement>(null);
  const opener = useRef<HTMLButtonElement>(null);
  const armed = useArmed(confirming.value);
  const busy = asking.busy.value.has(cardKey(proposal));
  useEffect(() => {
    if (confirmNth !== null) confirming.value = true;
  }, [confirmNth]);
  const { visible } = store;
  useEffect(() => {
    if (!visible.value) confirming.value = false;
  }, [visible.value]);
  // From here on Return does nothing rather than something.
  useEffect(() => {
    if (confirming.value) back.current?.focus({ preventScroll: true });
  }, [confirming.value]);
  const { text, yes } = confirmation(proposal);
  const target = targetLine(proposal);
  const impact = proposal.impact.join(', ');
  return (
    <section
      class={proposal.needsConfirmation ? 'card grave' : 'card'}
      data-testid="approval"
      data-episode={proposal.episode}
      data-verb={proposal.verb}
      aria-label={proposal.title}
      aria-busy={busy}
    >
      <div class="card-head">
        <WarnIcon />
        <h2 title={proposal.title}>{proposal.title}</h2>
        <Countdown proposal={proposal} store={store} />
      </div>
      {target !== '' && <p class="quiet">{target}</p>}
      <p>{proposal.expected}</p>
      {!why.value && <p>{proposal.reason}</p>}
      {why.value && <Why proposal={proposal} />}
      <div class="decide">
        {!why.value && impact !== '' && (
          <p class="impact" data-testid="impact" title={impact}>
            <span class="quiet">Concerned:</span> {impact}
          </p>
        )}
        {!mayAnswer && <p class="quiet">Only the user at the console can answer.</p>}
        {mayAnswer && !confirming.value && (
          <div class="row answers">
            <button
              type="button"
              class="plain-button"
              aria-disabled={!armed || busy}
              data-testid="approve"
              ref={opener}
              onClick={() => {
                if (proposal.needsConfirmation) confirming.value = true;
                else asking.approve(proposal, false);
              }}
            >
              {proposal.needsConfirmation ? 'Approve…' : 'Approve'}
            </button>
            <button
              type="button"
              class="plain-button"
              aria-disabled={busy}
              data-first
              data-testid="not-now"
              onClick={() => asking.deny(proposal)}
            >
              Not now
            </button>
            <button
              type="button"
              class="text-button"
              aria-expanded={why.value}
              onClick={() => {
                why.value = !why.value;
              }}
            >
              Why
            </button>
          </div>
        )}
        {mayAnswer && confirming.value && (
          <div class="confirm" data-testid="confirm">
            <p>
              <b>{text}</b>
            </p>
            <div class="row answers">
              <button
                type="button"
                class="plain-button"
                data-first
                ref={back}
                onClick={() => {
                  confirming.value = false;
                  // Back to where it was asked, once that is drawn again.
                  setTimeout(() => opener.current?.focus({ preventScroll: true }), 0);
                }}
              >
                Do nothing
              </button>
              <button
                type="button"
                class="plain-button yes"
                aria-disabled={!armed || busy}
                data-testid="yes"
                onClick={() => asking.approve(proposal, true)}
              >
                {yes}
              </button>
            </div>
          </div>
        )}
      </div>
    </section>
  );
};
