import { definitions } from '../../data/definitions.ts';
import { mayRelease, seatFigures } from '../../data/seats/figures.ts';
import { Containers } from '../../parts/containers.tsx';
import { Defined } from '../../parts/defined.tsx';
import { NoSeats } from '../../parts/no-seats.tsx';
import { Ranges } from '../../parts/ranges.tsx';
import { SeatCard } from '../../parts/seat-card.tsx';
import type { PageProps } from '../pages.tsx';
import { ProtectedRelease } from '../seats/protected-release.tsx';
import { SeatHistory } from '../seats/seat-history.tsx';

/** Every seat with all that is known of it, and the containers that are looked after beside them. */
export const SeatsPage = ({ status, store, history, seatAsking, whatIf, health, canAct, live }: PageProps) => {
  const { seats } = status;
  return (
    <section class="seats seats-page" aria-label="Seats">
      <h2 class="unseen">Seats</h2>
      <div class="row seats-head">
        <Ranges history={history} keysOf={(nth) => `⌥${nth}`} />
        {status.reserve !== null && (
          <p class="quiet">
            <Defined of="reserve">
              {seats.filter((seat) => seat.class === 'protected').length} protected, {seats.length} in all
            </Defined>
          </p>
        )}
      </div>
      {seats.length === 0 && <NoSeats />}
      <ul>
        {seats.map((seat) => (
          <SeatCard
            key={seat.name}
            seat={seat}
            seats={seats}
            store={store}
            asking={seatAsking}
            whatIf={whatIf}
            health={health}
            canAct={canAct}
            live={live}
            more={
              <>
                <SeatHistory seat={seat} status={status} history={history} />
                <dl class="seat-figures" data-testid="seat-figures">
                  {seatFigures(seat).map(({ name, of, value }) => (
                    <div key={name} title={of === null ? undefined : definitions[of]}>
                      <dt class="quiet">{of === null ? name : <Defined of={of}>{name}</Defined>}</dt>
                      <dd>{value}</dd>
                    </div>
                  ))}
                </dl>
                {live && canAct && mayRelease(seat) && <ProtectedRelease seat={seat} asking={seatAsking} />}
              </>
            }
          />
        ))}
      </ul>
      <Containers status={status} />
    </section>
  );
};
