import { useSignal } from '@preact/signals';
import { type ComponentChildren, Fragment } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { SeatStatus, Status } from '../../helper/protocol/status.ts';
import { cardHealth } from '../data/health/health.ts';
import type { HealthPage } from '../data/health/page.ts';
import { secondsLeft } from '../data/relief/approvals.ts';
import type { SeatAsking } from '../data/seats/asking.ts';
import { buttonsOf, requestsText, type SeatButton, seatView } from '../data/seats/seats.ts';
import type { WhatIf } from '../data/seats/what-if.ts';
import type { Store } from '../data/state.ts';
import { exactSpan } from '../text/format.ts';
import { seatLabel, spokenStop } from '../text/labels.ts';
import { Aloud } from './aloud.tsx';
import { Bar } from './bar.tsx';
import { Defined } from './defined.tsx';
import { HealthIcon } from './health-icon.tsx';
import { SeatButtons } from './seat-buttons.tsx';
import { SeatConfirm } from './seat-confirm.tsx';
import { SeatHead } from './seat-head.tsx';
import { SeatNoteView } from './seat-note.tsx';

export interface SeatParts {
  readonly store: Store;
  readonly asking: SeatAsking;
  readonly whatIf: WhatIf;
  readonly health: HealthPage;
  /** The keeper answers, and this account may ask it for something. */
  readonly canAct: boolean;
  /** The keeper answers: its countdowns go on. */
  readonly live: boolean;
}

interface Props extends SeatParts {
  readonly seat: SeatStatus;
  readonly seats: Status['seats'];
  /** What there is room for in the window only. */
  readonly more?: ComponentChildren;
}

const keptMinutes = 60;

/** With more left each status tells it in time; the clock is read where each second counts. */
const countedSeconds = 60;

const Countdown = ({
  seat,
  store,
  stopsInSeconds,
}: Pick<Props, 'seat' | 'store'> & { readonly stopsInSeconds: number }) => {
  const left =
    stopsInSeconds > countedSeconds
      ? stopsInSeconds
      : secondsLeft(stopsInSeconds, store.receivedAtMs.value, store.nowMs.value);
  return (
    <span class="stops" data-testid="stops" title="Any request begins the count anew">
      stops in {exactSpan(left)}
      <Aloud text={spokenStop(seat.name, left)} />
    </span>
  );
};

export const SeatCard = (props: Props) => {
  const { seat, seats, store, asking, whatIf, canAct, live } = props;
  const view = seatView(seat);
  const health = cardHealth(seat, live);
  const cutting = useSignal(false);
  const release = useRef<HTMLButtonElement>(null);
  const deed = asking.busy.value.get(seat.name) ?? null;
  const note = asking.notes.value.get(seat.name) ?? null;
  const buttons = live ? buttonsOf(seat, canAct) : [];
  const visible = store.visible.value;
  // The keeper refused because requests came meanwhile: the question that would have been asked before is asked now.
  useEffect(() => {
    if (note?.asksToCut === true) cutting.value = true;
  }, [note]);
  useEffect(() => {
    if (!visible) cutting.value = false;
  }, [visible]);
  const mayCut = buttons.includes('release');
  const isConfirming = cutting.value && mayCut;
  useEffect(() => {
    if (!mayCut) cutting.value = false;
  }, [mayCut]);

  const press = (button: SeatButton): void => {
    if (button === 'fits') whatIf.open(seat.name);
    else if (button === 'keep') asking.keep(seat.name, keptMinutes);
    else if (button === 'load' || button === 'again') asking.load(seat.name);
    else if (seat.inFlight > 0) cutting.value = true;
    else asking.release(seat.name, false);
  };
  /** Where it was asked, once that is drawn again. */
  const backToRelease = (): void => void setTimeout(() => release.current?.focus(), 0);
  /** While it loads it may still be called off. */
  const isHeld = (button: SeatButton): boolean =>
    button !== 'fits' && deed !== null && !(deed === 'load' && (button === 'cancel' || button === 'release'));

  return (
    <li>
      <fieldset
        class={`seat is-${view.group}`}
        data-testid="seat"
        data-state={seat.state}
        data-seat={seat.name}
        aria-label={seatLabel(seat)}
        aria-busy={deed !== null}
      >
        <SeatHead seat={seat} view={view} store={store} health={props.health} live={live} marked={health} />
        <div class="seat-use">
          <Defined of={seat.state === 'absent' ? 'declared_peak' : 'footprint'} class="use">
            {view.use}
          </Defined>
          <Bar footprint={view.share} rss={null} tick={view.peakShare} proposed={view.proposedShare} />
        </div>
        {(seat.inFlight > 0 || seat.stopsInSeconds !== null) && (
          <p class="seat-now">
            {seat.inFlight > 0 && <span data-testid="in-flight">{requestsText(seat.inFlight)} under way</span>}
            {seat.stopsInSeconds !== null && live && (
              <Countdown seat={seat} store={store} stopsInSeconds={seat.stopsInSeconds} />
            )}
          </p>
        )}
        {health.line !== null && (
          <p class="seat-verdict" data-testid="seat-verdict" data-verdict={health.mark}>
            <HealthIcon marked={health} />
            <span>
              <b>{health.line.title}.</b> {health.line.text}
            </span>
          </p>
        )}
        {view.says.map((text) => (
          <p key={text} class="seat-says" data-testid="seat-says">
            {text}
          </p>
        ))}
        <div class="seat-foot">
          {view.facts.length > 0 && (
            <p class="quiet facts">
              {view.facts.map(({ of, text }, index) => (
                <Fragment key={text}>
                  {index > 0 && ' · '}
                  {of === null ? text : <Defined of={of}>{text}</Defined>}
                </Fragment>
              ))}
            </p>
          )}
          {buttons.length > 0 && !isConfirming && (
            <SeatButtons seat={seat} buttons={buttons} isHeld={isHeld} release={release} onPress={press} />
          )}
        </div>
        {props.more}
        {deed !== null && (
          <p class="quiet" role="status" data-testid="seat-deed">
            {deed === 'load' ? 'Asked to load…' : deed === 'keep' ? 'Asking…' : 'Releasing…'}
          </p>
        )}
        {isConfirming && (
          <SeatConfirm
            seat={seat}
            busy={deed !== null}
            onNo={() => {
              cutting.value = false;
              asking.putAway(seat.name);
              backToRelease();
            }}
            onYes={() => {
              cutting.value = false;
              asking.release(seat.name, true);
              backToRelease();
            }}
          />
        )}
        {note !== null && !isConfirming && (
          <SeatNoteView seat={seat.name} note={note} seats={seats} store={store} asking={asking} />
        )}
      </fieldset>
    </li>
  );
};
