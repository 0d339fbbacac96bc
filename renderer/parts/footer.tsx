import { type Asking, pauseKey } from '../data/relief/asking.ts';
import { badgeView } from '../data/relief/relief.ts';
import { telemetryNote } from '../data/screens/telemetry.ts';
import type { Store } from '../data/state.ts';
import { clockSpan } from '../text/format.ts';
import { Defined } from './defined.tsx';
import { HeartIcon } from './icons.tsx';

export interface FooterProps {
  readonly store: Store;
  readonly asking: Asking;
  readonly live: boolean;
  /** There are no figures above it. */
  readonly isAlone: boolean;
}

/** As in the menu of the tray. */
const pauseMinutes = 15;

/** The keeper reads every two: until one is late there is nothing to count, and nothing to draw. */
const freshSeconds = 3;

const ageText = (seconds: number): string =>
  seconds < freshSeconds ? 'now' : seconds < 60 ? `${Math.floor(seconds)} s ago` : `${clockSpan(seconds)} ago`;

/** By itself: it is all of the footer that changes with the clock. */
const Age = ({ store, live, isAlone }: Omit<FooterProps, 'asking'>) => {
  const received = isAlone ? null : store.receivedAtMs.value;
  return (
    <Defined of="reading_age" class={live ? 'age' : 'age old'}>
      <HeartIcon />
      {received === null ? 'no reading' : ageText((store.nowMs.value - received) / 1000)}
    </Defined>
  );
};

const Version = ({ store }: Pick<FooterProps, 'store'>) => (
  <span class="quiet version">{store.own.value?.version ?? ''}</span>
);

export const Footer = ({ store, asking, live, isAlone }: FooterProps) => {
  const status = isAlone ? null : store.status.value;
  const badge = status === null ? null : badgeView(status);
  const connection = store.connection.value;
  const mayAnswer = connection.kind === 'connected' && connection.tier !== 'read';
  const lost = status === null ? null : telemetryNote(status);
  return (
    <footer>
      <Age store={store} live={live} isAlone={isAlone} />
      {badge !== null && (
        <span class="badge" data-testid="badge" title={badge.title}>
          {badge.text}
        </span>
      )}
      {badge?.open === true && mayAnswer && (
        <button type="button" class="text-button" onClick={() => asking.wishFor('live')}>
          Go live…
        </button>
      )}
      {status?.mode.name === 'live' && status.relief.paused === null && live && mayAnswer && (
        <button
          type="button"
          class="text-button"
          title="Nothing is done by itself for 15 minutes; then it goes on"
          aria-disabled={asking.busy.value.has(pauseKey)}
          onClick={() => asking.pause(pauseMinutes)}
        >
          Pause {pauseMinutes} min
        </button>
      )}
      {status?.mode.name === 'live' && live && mayAnswer && (
        <button type="button" class="text-button" onClick={() => asking.wishFor('dry_run')}>
          Back to dry run…
        </button>
      )}
      {lost !== null && (
        <span class="lost" data-testid="telemetry" title={lost.full}>
          {lost.brief}
        </span>
      )}
      <Version store={store} />
    </footer>
  );
};
