import { type ReadonlySignal, signal } from '@preact/signals';
import type { Bridge } from '../../../app/ipc/contract.ts';
import type { Failure } from '../../../helper/protocol/errors.ts';
import type { AdmissionAnswer } from '../../../helper/protocol/seats.ts';
import { nothingKnown } from '../../text/helper-words.ts';

/** What the operator asked of a seat, and what came of it: shown on its own card, until it is put away or asked again. */

export interface SeatNote {
  /** `done`: as wanted, and gone by itself after a while. `refused`: nothing was done. `failed`: tried in vain. */
  readonly kind: 'done' | 'refused' | 'failed';
  readonly text: string;
  /** The sum by which it was refused. */
  readonly admission: AdmissionAnswer | null;
  /** It was not done because requests are under way: cutting them can be confirmed. */
  readonly asksToCut: boolean;
  /** Wall time, ms. */
  readonly atMs: number;
}

export type SeatDeed = 'load' | 'keep' | 'release';

export interface SeatAsking {
  /** What is being asked of each seat. A load takes as long as the seat takes to load. */
  readonly busy: ReadonlySignal<ReadonlyMap<string, SeatDeed>>;
  readonly notes: ReadonlySignal<ReadonlyMap<string, SeatNote>>;
  readonly load: (seat: string) => void;
  readonly keep: (seat: string, minutes: number) => void;
  /** `confirm`: of a protected seat its name, as it was typed. */
  readonly release: (seat: string, cut: boolean, confirm?: string) => void;
  readonly putAway: (seat: string) => void;
  /** All of them: the popover was left. What is under way goes on. */
  readonly clear: () => void;
}

type Calls = Pick<Bridge, 'load' | 'keep' | 'release'>;
type Outcome = Omit<SeatNote, 'atMs'>;
type Answer<T> = { readonly ok: true; readonly result: T } | { readonly ok: false; readonly failure: Failure };

const plain = (kind: SeatNote['kind'], text: string): Outcome => ({ kind, text, admission: null, asksToCut: false });

export const createSeatAsking = (bridge: Calls, now: () => number): SeatAsking => {
  const busy = signal<ReadonlyMap<string, SeatDeed>>(new Map());
  const notes = signal<ReadonlyMap<string, SeatNote>>(new Map());

  const note = (seat: string, outcome: Outcome | null): void => {
    const next = new Map(notes.peek());
    if (outcome === null) next.delete(seat);
    else next.set(seat, { ...outcome, atMs: now() });
    notes.value = next;
  };
  const setBusy = (seat: string, deed: SeatDeed | null): void => {
    const next = new Map(busy.peek());
    if (deed === null) next.delete(seat);
    else next.set(seat, deed);
    busy.value = next;
  };

  const ask = async <T>(
    seat: string,
    deed: SeatDeed,
    call: () => Promise<Answer<T>>,
    told: (result: T) => Outcome,
  ): Promise<void> => {
    // While it loads it may still be released: that is how a load is called off.
    const under = busy.peek().get(seat);
    if (under !== undefined && !(under === 'load' && deed === 'release')) return;
    setBusy(seat, deed);
    note(seat, null);
    let outcome: Outcome;
    try {
      const answer = await call();
      outcome = answer.ok
        ? told(answer.result)
        : plain('refused', `${answer.failure.message} ${answer.failure.todo}`.trim());
    } catch {
      // The bridge refused or main failed; main's log says why.
      outcome = plain('failed', nothingKnown);
    }
    // The answer to a load that was called off comes after that of its calling off, and is no news.
    const isLatest = busy.peek().get(seat) === deed;
    if (isLatest) setBusy(seat, null);
    if (isLatest || outcome.kind !== 'done') note(seat, outcome);
  };

  return {
    busy,
    notes,
    load: (seat) =>
      void ask(
        seat,
        'load',
        () => bridge.load(seat),
        ({ outcome, said, admission }) => ({
          kind:
            outcome === 'ready' ? 'done' : outcome === 'needs_shedding' || outcome === 'refused' ? 'refused' : 'failed',
          text: said,
          admission: outcome === 'ready' ? null : admission,
          asksToCut: false,
        }),
      ),
    keep: (seat, minutes) =>
      void ask(
        seat,
        'keep',
        () => bridge.keep(seat, minutes),
        ({ said }) => plain('done', said),
      ),
    release: (seat, cut, confirm = '') =>
      void ask(
        seat,
        'release',
        () => bridge.release(seat, cut, confirm),
        ({ outcome, said }) => ({
          ...plain(
            outcome === 'draining' || outcome === 'absent' ? 'done' : outcome === 'failed' ? 'failed' : 'refused',
            said,
          ),
          asksToCut: outcome === 'in_flight',
        }),
      ),
    putAway: (seat) => note(seat, null),
    clear: () => {
      notes.value = new Map();
    },
  };
};
