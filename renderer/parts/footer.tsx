import { telemetryNote } from '../data/banners.ts';
import type { Store } from '../data/state.ts';
import { clockSpan } from '../text/format.ts';
import { HeartIcon } from './icons.tsx';

interface Props {
  readonly store: Store;
  readonly live: boolean;
}

const badge = { observe_only: 'OBSERVE ONLY', dry_run: 'DRY RUN', live: '' } as const;

const ageText = (seconds: number): string =>
  seconds < 60 ? `${Math.max(0, Math.floor(seconds))} s ago` : `${clockSpan(seconds)} ago`;

export const Footer = ({ store, live }: Props) => {
  const status = store.status.value;
  const received = store.receivedAtMs.value;
  const mode = status?.mode.name ?? 'live';
  const lost = status === null ? null : telemetryNote(status);
  return (
    <footer>
      <span class={live ? 'age' : 'age old'} title="Time since the last reading of the keeper">
        <HeartIcon />
        {received === null ? 'no reading' : ageText((store.nowMs.value - received) / 1000)}
      </span>
      {badge[mode] !== '' && (
        <span class="badge" data-testid="badge" title={status?.mode.reasons.join(' ')}>
          {badge[mode]}
        </span>
      )}
      {lost !== null && (
        <span class="lost" data-testid="telemetry" title={lost.full}>
          {lost.brief}
        </span>
      )}
      <span class="quiet version">{store.own.value === null ? '' : store.own.value.version}</span>
    </footer>
  );
};
