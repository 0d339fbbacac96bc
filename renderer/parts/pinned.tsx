import { useSignal } from '@preact/signals';
import type { RefObject } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Frozen } from '../../helper/protocol/relief.ts';
import type { Status } from '../../helper/protocol/status.ts';
import { cardKey, cardsOf, secondsLeft, spokenCard } from '../data/relief/approvals.ts';
import { type Asking, frozenKey } from '../data/relief/asking.ts';
import { frozenLine } from '../data/relief/relief.ts';
import type { Store } from '../data/state.ts';
import { clockSpan } from '../text/format.ts';
import { Aloud } from './aloud.tsx';
import { Card } from './card.tsx';
import { ModeStrip } from './mode-strip.tsx';
import { Paused } from './paused.tsx';
import { SaidStrip, useSaid } from './said.tsx';

interface Props {
  readonly status: Status;
  readonly store: Store;
  readonly asking: Asking;
  /** The keeper answers now. */
  readonly live: boolean;
}

const mostCards = 8;

const FrozenRow = ({
  frozen,
  store,
  asking,
  canAct,
}: { readonly frozen: Frozen; readonly canAct: boolean } & Props) => {
  const left = secondsLeft(frozen.resumesInSeconds, store.receivedAtMs.value, store.nowMs.value);
  return (
    <li class="frozen" data-testid="frozen" data-freeze={frozen.freeze}>
      <span class="frozen-name" title={`${frozen.name}, pid ${frozen.pid}`}>
        <b>{frozen.name}</b> <span class="quiet">{frozenLine(frozen)}</span>
      </span>
      <span class="countdown" title="Until it is resumed, whatever becomes of Castellan">
        <span>resumes</span> {clockSpan(left)}
      </span>
      {canAct && (
        <button
          type="button"
          class="plain-button"
          aria-label={`Resume ${frozen.name}`}
          aria-disabled={asking.busy.value.has(frozenKey(frozen))}
          onClick={() => asking.resume(frozen)}
        >
          Resume
        </button>
      )}
    </li>
  );
};

/** The first answer that does nothing; never the one that acts. */
const focusOn = (area: HTMLElement | null, episode: string | null): void => {
  const cards = [...(area?.querySelectorAll<HTMLElement>('[data-testid=approval]') ?? [])];
  const wanted = episode === null ? undefined : cards.find((each) => each.dataset.episode === episode);
  wanted?.scrollIntoView({ block: 'start' });
  (wanted ?? cards[0])?.querySelector<HTMLElement>('[data-first]')?.focus({ preventScroll: true });
};

/** When what had the focus in `area` has gone, the focus is on what came of it, or on what else waits: never on a button that acts. */
const useHeldFocus = (area: RefObject<HTMLElement | null>, changes: readonly unknown[]): void => {
  const isInside = useRef(false);
  useEffect(() => {
    const seen = (): void => {
      isInside.current = area.current?.contains(document.activeElement) === true;
    };
    seen();
    document.addEventListener('focusin', seen);
    return () => document.removeEventListener('focusin', seen);
  }, []);
  useEffect(() => {
    if (!isInside.current || document.activeElement !== document.body) return;
    const said = area.current?.querySelector<HTMLElement>('.said button');
    (said ?? area.current)?.focus({ preventScroll: true });
  }, changes);
};

/** Above what scrolls: what waits for the operator, what is frozen, what came of the last answer. Nothing: no height. */
export const Pinned = (props: Props) => {
  const { status, store, asking, live } = props;
  const area = useRef<HTMLElement>(null);
  const held = useRef<readonly string[]>([]);
  const spoken = useSignal('');
  const connection = store.connection.value;
  const mayAnswer = connection.kind === 'connected' && connection.tier !== 'read';
  const attention = store.attention.value;
  const visible = store.visible.value;

  // What a keeper that is gone asked for cannot be answered.
  const cards = live ? cardsOf(status.relief.pending, held.current) : [];
  const keys = cards.map(cardKey);
  useEffect(() => {
    const fresh = cards.filter((each) => !held.current.includes(cardKey(each)));
    held.current = keys;
    asking.keep(keys);
    if (fresh.length > 0) {
      const now = store.nowMs.peek();
      spoken.value = fresh
        .map((each) => spokenCard(each, secondsLeft(each.expiresInSeconds, store.receivedAtMs.peek(), now)))
        .join(' ');
    }
  }, [keys.join('\n')]);

  useEffect(() => {
    if (attention?.said != null) asking.tell(attention.said);
  }, [attention?.nth]);
  // At opening and when a notification asks for it; a card that comes later takes the focus from nobody.
  useEffect(() => {
    if (visible) {
      focusOn(area.current, attention?.episode ?? null);
      return;
    }
    // What was said or half asked when the popover was left is not met again at the next opening.
    asking.tell(null);
    asking.wishFor(null);
  }, [visible, attention?.nth]);

  useHeldFocus(area, [keys.join('\n'), asking.said.value, asking.wish.value]);

  const { frozen } = status.relief;
  // Of a keeper that is gone nothing holds any more.
  const paused = live ? status.relief.paused : null;
  const said = useSaid(store, asking);
  const wish = live && mayAnswer ? asking.wish.value : null;
  const shown = cards.slice(0, mostCards);
  const isEmpty = shown.length === 0 && frozen.length === 0 && paused === null && said === null && wish === null;
  return (
    <>
      <Aloud text={spoken.value} isUrgent />
      {!isEmpty && (
        <section class="pinned" ref={area} tabIndex={-1} aria-label="Waiting for you">
          {said !== null && <SaidStrip said={said} asking={asking} />}
          {wish !== null && <ModeStrip wish={wish} status={status} asking={asking} />}
          {shown.map((each) => (
            <Card
              key={cardKey(each)}
              proposal={each}
              store={store}
              asking={asking}
              mayAnswer={mayAnswer}
              confirmNth={attention?.confirm === each.hash ? attention.nth : null}
            />
          ))}
          {cards.length > shown.length && <p class="more quiet">{cards.length - shown.length} more wait.</p>}
          {paused !== null && <Paused paused={paused} store={store} asking={asking} canAct={mayAnswer} />}
          {frozen.length > 0 && (
            <ul class="frozen-list" aria-label="Frozen now">
              {frozen.map((each) => (
                <FrozenRow key={each.freeze} {...props} frozen={each} canAct={live && mayAnswer} />
              ))}
            </ul>
          )}
        </section>
      )}
    </>
  );
};
