import { useEffect, useRef } from 'preact/hooks';
import type { Preview } from '../../helper/protocol/seats.ts';
import type { SeatStatus, Status } from '../../helper/protocol/status.ts';
import { gatewayLine } from '../data/screens/gateway.ts';
import { stateWords } from '../data/seats/seats.ts';
import { headlineOf, sheetTitle, spokenVerdict } from '../data/seats/sum.ts';
import type { WhatIf } from '../data/seats/what-if.ts';
import type { Store } from '../data/state.ts';
import { notAnswering } from '../text/helper-words.ts';
import { Aloud } from './aloud.tsx';
import { NoSeats } from './no-seats.tsx';
import { Problem } from './problem.tsx';
import { SeatIcon } from './seat-icon.tsx';
import { SheetHead } from './sheet-head.tsx';
import { Clauses, Sum } from './sum.tsx';

interface Props {
  readonly status: Status;
  readonly store: Store;
  readonly whatIf: WhatIf;
  /** The keeper answers now. */
  readonly live: boolean;
}

const Picker = ({
  seats,
  chosen,
  whatIf,
}: {
  readonly seats: readonly SeatStatus[];
  readonly chosen: string;
  readonly whatIf: WhatIf;
}) => (
  <fieldset class="tabs picker" aria-label="Seat">
    {seats.map(({ name, state }) => (
      <button
        key={name}
        type="button"
        data-testid="pick-seat"
        aria-pressed={name === chosen}
        title={`${name}, ${stateWords[state].toLowerCase()}`}
        onClick={() => whatIf.open(name)}
      >
        <SeatIcon state={state} />
        <span class="picker-name">{name}</span>
      </button>
    ))}
  </fieldset>
);

const Listed = ({
  title,
  texts,
  testid,
}: {
  readonly title: string;
  readonly texts: readonly string[];
  readonly testid: string;
}) =>
  texts.length === 0 ? null : (
    <div class="listed" data-testid={testid}>
      <h3>{title}</h3>
      <ul>
        {texts.map((text) => (
          <li key={text}>{text}</li>
        ))}
      </ul>
    </div>
  );

const Answer = ({ preview, seats }: { readonly preview: Preview; readonly seats: readonly SeatStatus[] }) => {
  const { admission } = preview;
  const { verdict, title, sumTitle } = headlineOf(preview);
  return (
    <>
      <div class={`verdict ${verdict}`} data-testid="verdict" data-verdict={verdict}>
        <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
          {verdict === 'admit' ? <path d="M3 8.5 6.5 12 13 4.5" /> : <path d="M4 4l8 8M12 4l-8 8" />}
        </svg>
        <div>
          <h3>{title}</h3>
          <p data-testid="said-now">{preview.said}</p>
        </div>
      </div>
      {sumTitle !== '' && (
        <p class="quiet" data-testid="sum-title">
          {sumTitle}
        </p>
      )}
      <Sum seat={preview.seat} admission={admission} seats={seats} />
      <Listed title="Unloaded first, being idle" texts={preview.wouldUnload} testid="would-unload" />
      <Listed title="Would fit if" texts={preview.wouldFitIf} testid="would-fit-if" />
      <Clauses admission={admission} />
    </>
  );
};

/** The sum by which a seat would be judged now. Reading it changes nothing. */
export const WhatIfBody = ({ status, store, whatIf, live }: Props) => {
  // Each status may have changed the answer.
  useEffect(() => {
    if (live && store.visible.value) whatIf.refresh();
  }, [status, live]);
  const chosen = whatIf.seat.value ?? '';
  const answer = whatIf.answer.value;
  const problem = live ? whatIf.problem.value : notAnswering;
  return (
    <>
      {status.seats.length === 0 ? <NoSeats /> : <Picker seats={status.seats} chosen={chosen} whatIf={whatIf} />}
      {problem !== '' && <Problem testid="what-if-problem" text={problem} fromMs={answer?.atMs ?? null} />}
      {answer === null && problem === '' && status.seats.length > 0 && <p class="quiet">Asking…</p>}
      {answer !== null && (
        <div class={problem === '' ? 'answer' : 'answer old'}>
          <Answer preview={answer.preview} seats={status.seats} />
        </div>
      )}
      <p class="quiet gateway-line" data-testid="gateway-line">
        Asking changes nothing. {gatewayLine(status)}
      </p>
      <Aloud text={answer === null ? '' : spokenVerdict(answer.preview)} />
    </>
  );
};

/** The same in place of what else scrolls in the popover. */
export const WhatIfSheet = (props: Props) => {
  const { whatIf } = props;
  const back = useRef<HTMLButtonElement>(null);
  useEffect(() => back.current?.focus({ preventScroll: true }), []);
  const title = sheetTitle(whatIf.seat.value ?? '', whatIf.answer.value?.preview.state);
  return (
    <main>
      <section class="what-if" data-testid="what-if-sheet" aria-label="What would fit">
        <SheetHead title={title} back={back} onBack={whatIf.close} />
        <WhatIfBody {...props} />
      </section>
    </main>
  );
};
