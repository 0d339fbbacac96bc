import type { ReliefStatus } from '../../helper/protocol/relief.ts';
import { secondsLeft } from '../data/relief/approvals.ts';
import { type Asking, pauseKey } from '../data/relief/asking.ts';
import type { Store } from '../data/state.ts';
import { clockSpan } from '../text/format.ts';

interface Props {
  readonly paused: NonNullable<ReliefStatus['paused']>;
  readonly store: Store;
  readonly asking: Asking;
  readonly canAct: boolean;
}

/** That nothing is begun by itself, how long it stays so, and the way back. */
export const Paused = ({ paused, store, asking, canAct }: Props) => (
  <div class="frozen" data-testid="paused">
    <span class="frozen-name">
      <b>Automatic actions paused</b> <span class="quiet">You are still asked; freezes still end in time.</span>
    </span>
    <span class="countdown" title="Until they go on by themselves">
      <span>go on in</span> {clockSpan(secondsLeft(paused.endsInSeconds, store.receivedAtMs.value, store.nowMs.value))}
    </span>
    {canAct && (
      <button
        type="button"
        class="plain-button"
        aria-label="Resume now: automatic actions"
        aria-disabled={asking.busy.value.has(pauseKey)}
        onClick={() => asking.pause(0)}
      >
        Resume now
      </button>
    )}
  </div>
);
