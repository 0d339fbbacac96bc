import { useEffect, useRef } from 'preact/hooks';
import type { Opened } from '../data/health/page.ts';
import type { ChannelView, SeatHealthView } from '../data/health/views.ts';
import { Defined } from './defined.tsx';
import { HealthIcon, StandingIcon } from './health-icon.tsx';
import { WithCode } from './with-code.tsx';

const Channel = ({ view }: { readonly view: ChannelView }) => (
  <li class="channel" data-testid="channel" data-channel={view.channel} data-standing={view.state}>
    <StandingIcon state={view.state} />
    <div class="channel-text">
      <p class="channel-head" title={view.asks}>
        <span>
          <b>{view.name}</b> <WithCode text={view.word} />
        </span>
        {view.strikes !== '' && (
          <Defined of="strikes" class="quiet strikes">
            {view.strikes}
          </Defined>
        )}
      </p>
      {view.said !== '' && (
        <p class="channel-said">
          <bdi>{view.said}</bdi>
        </p>
      )}
      {(view.about !== '' || view.success !== '') && (
        <p class="quiet">{[view.about, view.success].filter((text) => text !== '').join(' · ')}</p>
      )}
    </div>
  </li>
);

interface Props {
  readonly view: SeatHealthView;
  readonly opened: Opened;
  /** What is offered for it, or why nothing is. */
  readonly offers: readonly string[];
}

/** One seat: the verdict, what it means, and what each channel it rests on has said. */
export const HealthSeat = ({ view, opened, offers }: Props) => {
  const area = useRef<HTMLLIElement>(null);
  // Whoever came for this seat begins at it.
  useEffect(() => {
    if (opened.seat !== view.name) return;
    area.current?.scrollIntoView({ block: 'start' });
    area.current?.focus({ preventScroll: true });
  }, [opened.nth]);
  return (
    <li
      ref={area}
      tabIndex={-1}
      class={`health-seat is-${view.tone}`}
      data-testid="health-seat"
      data-seat={view.name}
      data-mark={view.mark}
      aria-label={`${view.name}, ${view.word.toLowerCase()}`}
    >
      <div class="health-head">
        <h3 class="name" dir="auto" title={view.name}>
          {view.name}
        </h3>
        <span class="health-verdict">
          <HealthIcon marked={view} />
          <Defined of="seat_verdict">{view.word}</Defined>{' '}
          {view.lasting !== '' && <span class="quiet">{view.lasting}</span>}
        </span>
      </div>
      <p class="health-said">
        {view.said} <span class="quiet">State: {view.state.toLowerCase()}.</span>
      </p>
      {offers.map((line) => (
        <p key={line} class="health-offer" data-testid="health-offer">
          {line}
        </p>
      ))}
      {view.channels.length > 0 && (
        <ul class="channels" aria-label="Channels">
          {view.channels.map((each) => (
            <Channel key={each.channel} view={each} />
          ))}
        </ul>
      )}
    </li>
  );
};
