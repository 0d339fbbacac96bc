import { useEffect, useRef } from 'preact/hooks';
import type { Status } from '../../helper/protocol/status.ts';
import type { Asking } from '../data/relief/asking.ts';
import { type ModeWish, modeQuestion } from '../data/relief/relief.ts';

interface Props {
  readonly wish: ModeWish;
  readonly status: Status;
  readonly asking: Asking;
}

/** Going live, and back, are asked once more. */
export const ModeStrip = ({ wish, status, asking }: Props) => {
  const no = useRef<HTMLButtonElement>(null);
  useEffect(() => no.current?.focus(), [wish]);
  const question = modeQuestion(wish, status);
  return (
    <section class="card" data-testid="mode-question" aria-label={question.title}>
      <h2>{question.title}</h2>
      <p>{question.text}</p>
      <div class="row answers">
        <button type="button" class="plain-button" ref={no} onClick={() => asking.wishFor(null)}>
          {question.no}
        </button>
        <button type="button" class="plain-button yes" onClick={() => asking.setMode(wish)}>
          {question.yes}
        </button>
      </div>
    </section>
  );
};
