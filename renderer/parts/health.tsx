import { useEffect, useRef } from 'preact/hooks';
import type { Status } from '../../helper/protocol/status.ts';
import type { HealthPage } from '../data/health/page.ts';
import { restViews } from '../data/health/rest.ts';
import { healthLines, healthSummary, seatHealthViews } from '../data/health/views.ts';
import type { Store } from '../data/state.ts';
import { timeOfDay } from '../text/format.ts';
import { notAnswering } from '../text/helper-words.ts';
import { Aloud } from './aloud.tsx';
import { StandingIcon } from './health-icon.tsx';
import { HealthSeat } from './health-seat.tsx';
import { SheetHead } from './sheet-head.tsx';
import { WithCode } from './with-code.tsx';

interface Props {
  readonly status: Status;
  readonly store: Store;
  readonly page: HealthPage;
  /** The keeper answers now. */
  readonly live: boolean;
  /** What is offered for a seat that does no work, or why nothing is, by seat; absent: that is told elsewhere. */
  readonly offers?: ReadonlyMap<string, readonly string[]>;
}

/** How to have seats asked; shown where one is not. */
const HowTo = ({ seats }: Pick<Status, 'seats'>) =>
  seats.length > 0 && seats.every(({ health }) => health !== null) ? null : (
    <div class="how-to" data-testid="health-how-to">
      <h3>To have a seat asked</h3>
      <p>
        <WithCode
          text={`${seats.length === 0 ? 'Declare it, and put' : 'Put'} these lines below those of its \`[[seat]]\`, with its own port and program: \`sudo castellan config edit\`.`}
        />
      </p>
      <pre data-testid="health-lines">{healthLines.join('\n')}</pre>
      <p class="quiet">
        <WithCode text="Each line may be left out; what it would ask is then not asked. No seat is restarted for what is found." />
      </p>
    </div>
  );

/** What each seat was asked and what it said, and what that rests on. Reading it asks nothing. */
export const HealthBody = ({ status, store, page, live, offers }: Props) => {
  const opened = page.opened.value ?? { seat: null, nth: 0 };
  const { seats } = status;
  const summary = healthSummary(seats);
  const received = store.receivedAtMs.value;
  return (
    <>
      {!live && received !== null && (
        <p class="sheet-problem" role="status" data-testid="health-old">
          {notAnswering} What follows is from {timeOfDay(received)}; ages are counted to then.
        </p>
      )}
      <div class={live ? 'answer' : 'answer old'}>
        <p class="health-summary" data-testid="health-summary">
          {summary}
        </p>
        {seats.length > 0 && (
          <ul class="health-seats" aria-label="Seats">
            {seatHealthViews(seats).map((view) => (
              <HealthSeat key={view.name} view={view} opened={opened} offers={offers?.get(view.name) ?? []} />
            ))}
          </ul>
        )}
        <HowTo seats={seats} />
        <h3 class="rest-title">What that rests on</h3>
        <ul class="rest">
          {restViews(status).map(({ key, name, state, lines }) => (
            <li key={key} class="channel" data-testid={`rest-${key}`} data-standing={state}>
              <StandingIcon state={state} />
              <div class="channel-text">
                {lines.map((line, at) => (
                  <p key={line}>
                    {at === 0 && <b>{name} </b>}
                    <WithCode text={line} />
                  </p>
                ))}
              </div>
            </li>
          ))}
        </ul>
      </div>
      <Aloud text={live ? summary : ''} />
    </>
  );
};

/** The same in place of what else scrolls in the popover. */
export const HealthSheet = (props: Props) => {
  const { status, page } = props;
  const back = useRef<HTMLButtonElement>(null);
  const opened = page.opened.value ?? { seat: null, nth: 0 };
  const isHere = status.seats.some(({ name }) => name === opened.seat);
  useEffect(() => {
    if (!isHere) back.current?.focus({ preventScroll: true });
  }, [opened.nth]);
  return (
    <main>
      <section class="health" data-testid="health-sheet" aria-label="Health">
        <SheetHead title="Health" back={back} onBack={page.close} />
        <HealthBody {...props} />
      </section>
    </main>
  );
};
