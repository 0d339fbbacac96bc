import type { SeatStatus } from '../../helper/protocol/status.ts';
import { seatView } from '../data/seats.ts';
import { seatLabel } from '../text/labels.ts';
import { Bar } from './bar.tsx';

const Seat = ({ seat }: { readonly seat: SeatStatus }) => {
  const view = seatView(seat);
  return (
    <li class="seat" data-testid="seat" aria-label={seatLabel(seat)}>
      <p>
        <span class={view.running ? 'seat-state running' : 'seat-state'}>{view.state}</span>
        <span class="name" title={view.name}>
          {view.name}
        </span>
        <span class="quiet">{[view.kind, ...view.notes].join(' · ')}</span>
      </p>
      <div class="row">
        <span class="use">{view.use}</span>
        <Bar footprint={view.share} rss={null} tick={view.peakShare} />
      </div>
    </li>
  );
};

export const Seats = ({ seats }: { readonly seats: readonly SeatStatus[] }) => (
  <section class="seats" aria-label="Seats">
    {seats.length === 0 ? (
      <p class="quiet none">No seats yet.</p>
    ) : (
      <ul>
        {seats.map((seat) => (
          <Seat key={seat.name} seat={seat} />
        ))}
      </ul>
    )}
  </section>
);
