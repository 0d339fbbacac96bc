import type { Status } from '../../helper/protocol/status.ts';
import { NoSeats } from './no-seats.tsx';
import { SeatCard, type SeatParts } from './seat-card.tsx';

interface Props extends SeatParts {
  readonly status: Status;
}

export const Seats = ({ status, ...parts }: Props) => {
  const { seats } = status;
  const [first] = seats;
  return (
    <section class="seats" aria-label="Seats">
      <div class="row seats-head">
        <h2>Seats</h2>
        <button
          type="button"
          class="text-button"
          data-testid="health"
          title="Shows what each seat was asked, and what it said"
          onClick={() => parts.health.open(null)}
        >
          Health
        </button>
        {first !== undefined && parts.live && (
          <button
            type="button"
            class="text-button"
            data-testid="what-if"
            title="Shows for each seat whether it would fit now, and why"
            onClick={() => parts.whatIf.open((seats.find(({ state }) => state === 'absent') ?? first).name)}
          >
            What would fit?
          </button>
        )}
      </div>
      {first === undefined ? (
        <NoSeats />
      ) : (
        <ul>
          {seats.map((seat) => (
            <SeatCard key={seat.name} seat={seat} seats={seats} {...parts} />
          ))}
        </ul>
      )}
    </section>
  );
};
